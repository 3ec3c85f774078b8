//! Tokens: where a connection may carry one, and whether it is right.

use axum::http::{HeaderMap, Uri, header};
use subtle::ConstantTimeEq;

/// What a connection's address and headers say about its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Right,
    Wrong,
    Nothing,
}

/// True if `shown` is `token`; takes as long whatever is wrong with it.
pub(crate) fn matches(token: &str, shown: &str) -> bool {
    token.as_bytes().ct_eq(shown.as_bytes()).into()
}

/// Looks for `token` in `?token=`, in `Authorization: Bearer` and as last part of
/// the path; without a token to ask for, everything is right.
pub(crate) fn shown(token: Option<&str>, uri: &Uri, headers: &HeaderMap) -> Shown {
    let Some(token) = token else { return Shown::Right };
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned));
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    match query(uri, "token").or(bearer) {
        Some(shown) if matches(token, &shown) => Shown::Right,
        Some(_) => Shown::Wrong,
        None if matches(token, last) => Shown::Right,
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

    #[test]
    fn a_token_may_be_in_the_query_the_header_or_the_path() {
        let none = HeaderMap::new();
        let mut bearer = HeaderMap::new();
        bearer.insert(header::AUTHORIZATION, "Bearer a b".parse().unwrap());
        let shown = |uri: &str, headers| shown(Some("a b"), &uri.parse().unwrap(), headers);
        assert_eq!(shown("/x?call=1&token=a%20b", &none), Shown::Right);
        assert_eq!(shown("/x", &bearer), Shown::Right);
        assert_eq!(shown("/x?token=c", &bearer), Shown::Wrong);
        assert_eq!(shown("/x/y", &none), Shown::Nothing);
        let in_path = super::shown(Some("ab"), &"/twilio/ab".parse().unwrap(), &none);
        assert_eq!(in_path, Shown::Right);
    }
}
