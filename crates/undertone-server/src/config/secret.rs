//! Secrets in the configuration: written there, in a file, in the environment, or hashed.

use crate::token::Token;
use serde::Deserialize;
use std::path::Path;

/// A secret, or where it is.
#[derive(Clone, Deserialize)]
#[serde(untagged, expecting = "a secret must be \"TEXT\" or { env = \"NAME\" }")]
pub enum Secret {
    /// The secret itself.
    Text(String),
    /// A variable of the environment.
    Elsewhere(Variable),
}

/// A variable of the environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub env: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(…)"),
            Self::Elsewhere(variable) => variable.fmt(f),
        }
    }
}

/// A secret that is not printed.
#[derive(Clone)]
pub(crate) struct Hidden(pub(crate) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// The secret that `field = …` or `field_file = …` gives.
///
/// # Errors
/// What is wrong with it, and the way out.
pub(super) fn secret(
    field: &str,
    said: Option<&Secret>,
    file: Option<&Path>,
) -> Result<Option<String>, String> {
    let text = match (said, file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(format!("`{field}` and `{field}_file` exclude each other"));
        }
        (Some(Secret::Text(text)), None) if text.contains("${") => {
            return Err(format!(
                "`{field}` holds \"${{\": variables are not replaced inside a text; write \
                 `{field} = {{ env = \"NAME\" }}`, or `{field}_file = \"PATH\"`"
            ));
        }
        (Some(Secret::Text(text)), None) => text.clone(),
        (Some(Secret::Elsewhere(Variable { env })), None) => std::env::var(env)
            .map_err(|error| format!("`{field}`: environment variable {env}: {error}"))?,
        (None, Some(path)) => std::fs::read_to_string(path)
            .map_err(|error| format!("`{field}_file`: {}: {error}", path.display()))?
            .trim()
            .to_owned(),
    };
    if text.is_empty() { Err(format!("`{field}` is empty")) } else { Ok(Some(text)) }
}

/// The token that `token`, `token_file` or `token_sha256` gives.
///
/// # Errors
/// As [`secret`].
pub(super) fn token(
    said: Option<&Secret>,
    file: Option<&Path>,
    sha256: Option<&str>,
) -> Result<Option<Token>, String> {
    let text = secret("token", said, file)?;
    match (text, sha256) {
        (Some(_), Some(_)) => Err("`token` and `token_sha256` exclude each other".to_owned()),
        (Some(text), None) => Ok(Some(Token::of(&text))),
        (None, Some(hex)) => Token::from_hex(hex).map(Some).ok_or_else(|| {
            "`token_sha256` must be 64 hexadecimal digits: `printf %s TOKEN | sha256sum`".to_owned()
        }),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_comes_from_the_text_a_file_the_environment_or_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "from a file\n").unwrap();
        let text = Secret::Text("written".into());
        assert!(token(Some(&text), None, None).unwrap().unwrap().matches("written"));
        assert!(token(None, Some(&path), None).unwrap().unwrap().matches("from a file"));
        let variable = Secret::Elsewhere(Variable { env: "CARGO_PKG_NAME".into() });
        let name = std::env::var("CARGO_PKG_NAME").unwrap();
        assert!(token(Some(&variable), None, None).unwrap().unwrap().matches(&name));
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        assert!(token(None, None, Some(hash)).unwrap().unwrap().matches("secret"));
        assert_eq!(token(None, None, None).unwrap(), None);
    }

    #[test]
    fn what_is_no_token_is_refused_with_the_way_out() {
        let said = |text: &str| token(Some(&Secret::Text(text.into())), None, None).unwrap_err();
        assert!(said("${TOKEN}").contains("token = { env = \"NAME\" }"), "{}", said("${TOKEN}"));
        assert!(said("").contains("`token` is empty"));
        let missing = Secret::Elsewhere(Variable { env: "UNDERTONE_NO_SUCH_VARIABLE".into() });
        let fault = token(Some(&missing), None, None).unwrap_err();
        assert!(fault.contains("UNDERTONE_NO_SUCH_VARIABLE"), "{fault}");
        let fault = token(None, Some(Path::new("/no/such/file")), None).unwrap_err();
        assert!(fault.contains("`token_file`: /no/such/file"), "{fault}");
        assert!(token(None, None, Some("abc")).unwrap_err().contains("64 hexadecimal digits"));
        let both = Secret::Text("a".into());
        assert!(token(Some(&both), Some(Path::new("x")), None).is_err());
        assert_eq!(format!("{both:?}"), "Text(…)");
    }
}
