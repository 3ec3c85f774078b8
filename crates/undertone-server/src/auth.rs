//! Tokens of gateways: where a connection may carry one, and whether it is right.

use crate::roles::bearer;
use crate::token::Token;
use axum::http::{HeaderMap, Uri};

/// What a connection's address and headers say about its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Right,
    Wrong,
    Nothing,
}

/// True if `shown` is one of the tokens.
#[allow(clippy::unnecessary_fold, reason = "`any` would stop at the right one")]
pub(crate) fn matches(tokens: &[Token], shown: &str) -> bool {
    // Every one is compared: which one is right takes no time of its own.
    tokens.iter().fold(false, |found, token| token.matches(shown) || found)
}

/// Looks for one of the tokens in `?token=`, in `Authorization: Bearer` and as last part
/// of the path; without a token to ask for, everything is right.
pub(crate) fn shown(tokens: &[Token], uri: &Uri, headers: &HeaderMap) -> Shown {
    if tokens.is_empty() {
        return Shown::Right;
    }
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    match query(uri, "token").or(bearer(headers).map(str::to_owned)) {
        Some(shown) if matches(tokens, &shown) => Shown::Right,
        Some(_) => Shown::Wrong,
        None if matches(tokens, last) => Shown::Right,
        None => Shown::Nothing,
    }
}

/// A parameter of the query, percent-decoded.
pub(crate) fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs: axum::extract::Query<Vec<(String, String)>> =
        axum::extract::Query::try_from_uri(uri).ok()?;
    pairs.0.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::http::header;

    #[test]
    fn a_token_may_be_in_the_query_the_header_or_the_path() {
        let none = HeaderMap::new();
        let mut bearer = HeaderMap::new();
        bearer.insert(header::AUTHORIZATION, "Bearer a b".parse().unwrap());
        let shown = |uri: &str, headers| {
            shown(&[Token::of("x"), Token::of("a b")], &uri.parse().unwrap(), headers)
        };
        assert_eq!(shown("/x?call=1&token=a%20b", &none), Shown::Right);
        assert_eq!(shown("/x", &bearer), Shown::Right);
        assert_eq!(shown("/x?token=c", &bearer), Shown::Wrong);
        assert_eq!(shown("/x/y", &none), Shown::Nothing);
        let in_path = super::shown(&[Token::of("ab")], &"/twilio/ab".parse().unwrap(), &none);
        assert_eq!(in_path, Shown::Right);
    }
}
