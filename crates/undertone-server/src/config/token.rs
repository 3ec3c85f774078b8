//! Who may do what, by the token they show.

use super::{GatewayConfig, Secret, secret};
use crate::roles::Role;
use crate::token::Token;
use serde::Deserialize;
use std::path::PathBuf;

/// A token, and what it allows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// Whose it is: stands in feedback and logs.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// The token.
    pub token: Option<Secret>,
    /// A file with the token.
    pub token_file: Option<PathBuf>,
    /// The token's SHA-256, in hexadecimal.
    pub token_sha256: Option<String>,
    /// Of an agent: the calls it may see, by the ids their gateways give them; `anna-*`
    /// is every id that begins with `anna-`.
    #[serde(default)]
    pub calls: Vec<String>,
    /// Of ingest: the gateways it opens.
    #[serde(default)]
    pub gateways: Vec<String>,
    /// The token, once found.
    #[serde(skip)]
    pub(crate) secret: Option<Token>,
}

impl TokenConfig {
    /// True if it opens the API.
    pub(super) fn reads(&self) -> bool {
        self.role > Role::Ingest
    }

    /// Finds its token and checks the rest.
    pub(super) fn resolve(&mut self) -> Result<(), String> {
        let (file, sha256) = (self.token_file.as_deref(), self.token_sha256.as_deref());
        self.secret = secret::token(self.token.as_ref(), file, sha256)?;
        let faults = [
            (self.name.is_empty(), "`name` is empty"),
            (self.secret.is_none(), "`token`, `token_file` or `token_sha256` must be set"),
            (
                self.role == Role::Agent && self.calls.is_empty(),
                "`calls` must say which calls the agent may see, such as [\"anna-*\"]",
            ),
            (self.role != Role::Agent && !self.calls.is_empty(), "`calls` is for agents"),
            (
                self.role == Role::Ingest && self.gateways.is_empty(),
                "`gateways` must name the gateways it opens",
            ),
            (self.role != Role::Ingest && !self.gateways.is_empty(), "`gateways` is for ingest"),
        ];
        match faults.into_iter().find(|(at_fault, _)| *at_fault) {
            Some((_, fault)) => Err(fault.to_owned()),
            None => Ok(()),
        }
    }

    /// Gives itself to the gateways it opens.
    pub(super) fn open(&self, gateways: &mut [GatewayConfig]) -> Result<(), String> {
        for name in &self.gateways {
            let Some(gateway) = gateways.iter_mut().find(|gateway| gateway.name == *name) else {
                return Err(format!("`gateways`: there is no gateway {name:?}"));
            };
            if !gateway.has_token() {
                return Err(format!(
                    "`gateways`: the protocol of {name:?} has no place for a token; use its `allow`"
                ));
            }
            gateway.tokens.extend(self.secret.clone());
        }
        Ok(())
    }
}
