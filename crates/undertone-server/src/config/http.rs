//! Where calls, events, health and metrics are to be had.

use super::{Secret, address, secret};
use crate::token::Token;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where calls, events, health and metrics are to be had.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port.
    #[serde(deserialize_with = "address::one")]
    pub listen: SocketAddr,
    /// Token of an admin.
    pub token: Option<Secret>,
    /// A file with the token.
    pub token_file: Option<PathBuf>,
    /// The token's SHA-256, in hexadecimal.
    pub token_sha256: Option<String>,
    /// Names the server may be called by, beside `localhost` and IP addresses. Without
    /// any, a listener that is not on a loopback address answers to every name.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Origins of web pages that may use the API, beside the server's own.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Speak TLS.
    pub tls: Option<TlsConfig>,
    /// The admin's token.
    #[serde(skip)]
    pub(crate) secret: Option<Token>,
}

/// A certificate and its key, both PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl HttpConfig {
    /// Finds its token and checks the rest.
    pub(super) fn resolve(&mut self) -> Result<(), String> {
        let (file, sha256) = (self.token_file.as_deref(), self.token_sha256.as_deref());
        let token = secret::token(self.token.as_ref(), file, sha256);
        self.secret = token.map_err(|fault| format!("http: {fault}"))?;
        if let Some(origin) = self.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(format!(
                "http: `origins`: {origin:?} is no origin; write \"https://desk.example.com\" \
                 or \"http://localhost:3000\", without a path"
            ));
        }
        Ok(())
    }
}

/// True of `SCHEME://HOST[:PORT]`, as browsers send it.
fn is_origin(text: &str) -> bool {
    text.parse::<axum::http::Uri>().is_ok_and(|uri| {
        let rest = uri.authority().map(|authority| format!("://{authority}"));
        uri.scheme_str().zip(rest).is_some_and(|(scheme, rest)| format!("{scheme}{rest}") == text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_scheme_and_no_path() {
        assert!(is_origin("https://desk.example.com") && is_origin("http://localhost:3000"));
        for wrong in ["*", "null", "desk.example.com", "https://desk.example.com/", "https://a/b"] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
