//! Where chosen events are sent.

use super::secret::{self, Hidden, Secret};
use serde::Deserialize;
use std::path::PathBuf;
use undertone_signal::EventBody;

/// Where chosen events are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Its name in logs and among dead letters.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// What they are signed with: `whsec_` and base64, or any text.
    pub secret: Option<Secret>,
    /// A file with the secret.
    pub secret_file: Option<PathBuf>,
    /// Kinds of events.
    #[serde(default = "default_types")]
    pub types: Vec<String>,
    /// The secret, once found.
    #[serde(skip)]
    pub(crate) key: Option<Hidden>,
}

fn default_types() -> Vec<String> {
    ["alert", "summary"].map(str::to_owned).to_vec()
}

impl WebhookConfig {
    /// True of a kind of event that is sent.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.types.iter().any(|wanted| wanted == kind)
    }

    /// Finds its secret and checks the rest.
    pub(super) fn resolve(&mut self) -> Result<(), String> {
        let key = secret::secret("secret", self.secret.as_ref(), self.secret_file.as_deref())?;
        self.key = key.map(Hidden);
        if self.name.is_empty() {
            return Err("`name` is empty".to_owned());
        }
        if self.key.is_none() {
            return Err("`secret` or `secret_file` must be set: events are signed".to_owned());
        }
        let is_web = |uri: axum::http::Uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
        };
        if !self.url.parse().is_ok_and(is_web) {
            let url = &self.url;
            return Err(format!(
                "`url`: {url:?} is no address that begins with https:// or http://"
            ));
        }
        match self.types.iter().find(|kind| !EventBody::KINDS.contains(&kind.as_str())) {
            Some(kind) => {
                Err(format!("`types`: there is no {kind:?}, only {}", EventBody::KINDS.join(", ")))
            }
            None => Ok(()),
        }
    }
}
