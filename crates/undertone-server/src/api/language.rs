//! The language of sentences: `?lang=de`, or the first of `Accept-Language` that is here.

use super::problem;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use undertone_journal::Language;

/// The language of sentences.
pub(super) struct Lang(pub(super) Language);

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let asked = Query::<Asked>::try_from_uri(&parts.uri).ok().and_then(|asked| asked.0.lang);
        let Some(tag) = asked else { return Ok(Self(accepted(&parts.headers))) };
        let language = Language::from_tag(&tag).map(Self);
        language.ok_or_else(|| {
            let detail = format!("`lang`: there is no {tag:?}, only en and de");
            problem(StatusCode::BAD_REQUEST, &detail)
        })
    }
}

/// The language the reader likes best of those that are here; English if none is.
fn accepted(headers: &HeaderMap) -> Language {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut best = (0.0, Language::default());
    for part in text.unwrap_or_default().split(',') {
        let (tag, parameter) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok());
        if let (Some(language), Some(weight)) = (Language::from_tag(tag.trim()), weight)
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_reader_gets_the_language_it_likes_best() {
        let accepted = |text: &str| {
            accepted(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, text.parse().unwrap())]))
        };
        assert_eq!(accepted("de-AT,de;q=0.9,en;q=0.8"), Language::German);
        assert_eq!(accepted("fr, en;q=0.3, de;q=0.5"), Language::German);
        assert_eq!(accepted("fr"), Language::English);
        assert_eq!(accepted("de;q=0"), Language::English);
        assert_eq!(accepted(""), Language::English);
    }
}
