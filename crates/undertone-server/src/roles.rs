//! Who may do what: roles, the calls they may see, and the tokens that say so.

use crate::config::{Config, TokenConfig};
use crate::token::Token;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use undertone_signal::{CallId, RunId};

/// What a token allows; each role may do what those before it may, except that ingest
/// may only bring calls in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Brings calls in, and sees nothing.
    Ingest,
    /// Sees its own calls, and says whether their alerts were right.
    Agent,
    /// Sees every call and the metrics, and records outcomes.
    Supervisor,
    /// Everything, webhooks too.
    Admin,
}

/// The calls that somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    Every,
    /// Those whose id is one of these, or begins as one that ends in `*`.
    Named(Arc<[String]>),
}

impl Scope {
    /// True if a call of this id may be seen.
    pub(crate) fn holds(&self, call: &CallId) -> bool {
        let Self::Named(names) = self else { return true };
        names.iter().any(|name| match name.strip_suffix('*') {
            Some(start) => call.as_str().starts_with(start),
            None => call.as_str() == name,
        })
    }
}

/// Who asks, once that is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    /// Whose token it is.
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    /// Every call must be in all of these.
    scopes: Vec<Scope>,
}

impl Access {
    pub(crate) fn new(name: &str, role: Role, scope: Scope) -> Self {
        Self { name: name.into(), role, scopes: vec![scope] }
    }

    /// True if it may see a call.
    pub(crate) fn sees(&self, call: &CallId) -> bool {
        self.scopes.iter().all(|scope| scope.holds(call))
    }

    /// The same access, to no other calls than these.
    pub(crate) fn narrowed(mut self, calls: Vec<String>) -> Self {
        self.scopes.push(Scope::Named(calls.into()));
        self
    }
}

/// The tokens of the API.
#[derive(Debug)]
pub(crate) struct Tokens {
    known: Vec<(Token, Access)>,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    Missing,
    Wrong,
}

impl Tokens {
    pub(crate) fn of(config: &Config) -> Self {
        let admin = config.http.secret.clone();
        let admin = admin.map(|token| (token, Access::new("http", Role::Admin, Scope::Every)));
        let named =
            config.tokens.iter().filter_map(|token| Some((token.secret.clone()?, access(token))));
        Self { known: admin.into_iter().chain(named).collect() }
    }

    /// Who shows these headers. Where nobody was given a token to read with, which only a
    /// loopback listener allows, everybody is an admin.
    pub(crate) fn access(&self, headers: &HeaderMap) -> Result<Access, Denied> {
        if self.known.iter().all(|(_, access)| access.role == Role::Ingest) {
            return Ok(Access::new("local", Role::Admin, Scope::Every));
        }
        let shown = bearer(headers).ok_or(Denied::Missing)?;
        // Every one is compared: which one is right takes no time of its own.
        let found =
            self.known.iter().fold(
                None,
                |found, (token, access)| {
                    if token.matches(shown) { Some(access) } else { found }
                },
            );
        found.cloned().ok_or(Denied::Wrong)
    }
}

fn access(token: &TokenConfig) -> Access {
    let scope = match token.role {
        Role::Agent => Scope::Named(token.calls.clone().into()),
        _ => Scope::Every,
    };
    Access::new(&token.name, token.role, scope)
}

/// The token of `Authorization: Bearer`; the scheme may be written in any case.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// True if `name` names this run: by its id, or by the id of its call.
pub(crate) fn is_named(name: &str, run: RunId, call: &CallId) -> bool {
    call.as_str() == name || name.parse() == Ok(run)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())])
    }

    #[test]
    fn the_scheme_may_be_written_in_any_case() {
        for said in ["Bearer a b", "bearer a b", "BEARER  a b "] {
            assert_eq!(bearer(&headers(said)), Some("a b"), "{said}");
        }
        for said in ["Basic a", "a", "Bearera b"] {
            assert_eq!(bearer(&headers(said)), None, "{said}");
        }
    }

    #[test]
    fn an_agent_sees_the_calls_it_is_given_and_a_ticket_narrows_that() {
        let names = vec!["anna-*".to_owned(), "CA1".to_owned()];
        let agent = Access::new("anna", Role::Agent, Scope::Named(names.into()));
        let sees = |access: &Access, call: &str| access.sees(&CallId::new(call));
        assert!(sees(&agent, "anna-7") && sees(&agent, "CA1") && sees(&agent, "anna-"));
        assert!(!sees(&agent, "anna") && !sees(&agent, "CA12") && !sees(&agent, "bert-1"));
        let narrow = agent.narrowed(vec!["anna-7".into(), "bert-1".into()]);
        assert!(sees(&narrow, "anna-7") && !sees(&narrow, "anna-8") && !sees(&narrow, "bert-1"));
    }

    #[test]
    fn a_token_gives_its_role_and_without_any_the_local_user_is_an_admin() {
        let http = "[http]\nlisten = \"127.0.0.1:0\"\n";
        let open = Tokens::of(&Config::parse(http).unwrap());
        assert_eq!(open.access(&HeaderMap::new()).unwrap().role, Role::Admin);
        let config = format!(
            "{http}token = \"a\"\n[[token]]\nname = \"s\"\nrole = \"supervisor\"\ntoken = \"b\"\n"
        );
        let tokens = Tokens::of(&Config::parse(&config).unwrap());
        let role = |token: &str| tokens.access(&headers(token)).map(|access| access.role);
        assert_eq!(role("Bearer a"), Ok(Role::Admin));
        assert_eq!(role("bearer b"), Ok(Role::Supervisor));
        assert_eq!(role("Bearer c"), Err(Denied::Wrong));
        assert_eq!(role("b"), Err(Denied::Missing));
    }
}
