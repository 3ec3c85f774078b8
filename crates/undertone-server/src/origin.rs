//! Which web pages may talk to the server. A browser lets any page open a WebSocket to
//! this machine, send it requests, and call it by a name of the page's own (DNS
//! rebinding); so what a browser says about the page is checked on every request.

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use std::net::IpAddr;

/// The names the server answers to, and the pages that may use it.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    /// Answers to `localhost`, IP addresses and `hosts` alone.
    strict: bool,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    #[error("this server is not called {0:?}; if it should be, add the name to `hosts` of [http]")]
    Host(String),
    #[error("pages of {0} may not use this server; if they should, add it to `origins` of [http]")]
    Origin(String),
    #[error("pages of other sites may not use this server without saying their origin")]
    Site,
}

impl Guard {
    /// The guard of a listener, which is on a loopback address or not.
    pub(crate) fn new(hosts: &[String], origins: &[String], loopback: bool) -> Self {
        let hosts: Vec<String> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        let strict = loopback || !hosts.is_empty();
        Self { hosts, origins: origins.to_vec(), strict }
    }

    /// Pages of other origins that may use the server.
    pub(crate) fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Whether a request may come in.
    ///
    /// # Errors
    /// [`Foreign`]: it comes from a page that has no business here.
    pub(crate) fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Foreign> {
        let host = host(uri, headers)?;
        if let Some(host) = &host
            && self.strict
            && !self.answers_to(host)
        {
            return Err(Foreign::Host(host.clone()));
        }
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        if origins.peek().is_none() {
            // Images and scripts of other pages say no origin, but they say this.
            let site = headers.get("sec-fetch-site").map_or(&b"none"[..], |site| site.as_bytes());
            return if matches!(site, b"cross-site" | b"same-site") {
                Err(Foreign::Site)
            } else {
                Ok(())
            };
        }
        for origin in origins {
            let origin = origin.to_str().unwrap_or("an unreadable origin");
            let own = origin.split_once("://").map(|(_, rest)| rest.to_ascii_lowercase());
            let is_own = own.is_some() && own == host;
            if !is_own && !self.origins.iter().any(|allowed| allowed == origin) {
                return Err(Foreign::Origin(origin.to_owned()));
            }
        }
        Ok(())
    }

    fn answers_to(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || address.parse::<IpAddr>().is_ok()
            || self.hosts.iter().any(|own| own == name || own == host)
    }
}

/// What the request calls the server, in lower case; nothing in old HTTP, which no
/// browser speaks.
fn host(uri: &Uri, headers: &HeaderMap) -> Result<Option<String>, Foreign> {
    let mut said = headers.get_all(header::HOST).iter();
    let host = match (said.next(), said.next()) {
        (None, _) => None,
        (Some(host), None) => {
            Some(host.to_str().unwrap_or("an unreadable name").to_ascii_lowercase())
        }
        (Some(_), Some(_)) => return Err(Foreign::Host("two names at once".to_owned())),
    };
    match (uri.authority(), host) {
        (Some(authority), Some(host)) if authority.as_str().eq_ignore_ascii_case(&host) => {
            Ok(Some(host))
        }
        (Some(authority), Some(_)) => Err(Foreign::Host(authority.to_string())),
        (Some(authority), None) => Ok(Some(authority.as_str().to_ascii_lowercase())),
        (None, host) => Ok(host),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn admitted(guard: &Guard, said: &[(&'static str, &str)]) -> bool {
        let pairs = said
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        guard.admit(&"/v1/calls".parse().unwrap(), &pairs.collect::<HeaderMap>()).is_ok()
    }

    #[test]
    fn a_loopback_listener_answers_to_its_own_names_alone() {
        let guard = Guard::new(&["Desk.example".into()], &[], true);
        for host in
            ["localhost:8710", "LOCALHOST", "127.0.0.1:8710", "[::1]:8710", "desk.example:1"]
        {
            assert!(admitted(&guard, &[("host", host)]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b"]
        {
            assert!(!admitted(&guard, &[("host", host)]), "{host}");
        }
        assert!(admitted(&Guard::new(&[], &[], false), &[("host", "undertone.example")]));
    }

    #[test]
    fn pages_of_other_origins_are_refused_unless_they_are_listed() {
        let guard = Guard::new(&[], &["https://desk.example".into()], true);
        let from = |origin: &str| admitted(&guard, &[("host", "localhost:1"), ("origin", origin)]);
        assert!(from("https://desk.example") && from("http://localhost:1"));
        for evil in
            ["https://evil.example", "null", "http://localhost:2", "https://desk.example:2", ""]
        {
            assert!(!from(evil), "{evil}");
        }
    }

    #[test]
    fn images_and_scripts_of_other_pages_are_refused() {
        let guard = Guard::new(&[], &[], true);
        let site =
            |site: &str| admitted(&guard, &[("host", "localhost:1"), ("sec-fetch-site", site)]);
        assert!(site("none") && site("same-origin") && !site("cross-site") && !site("same-site"));
    }
}
