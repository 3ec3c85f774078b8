//! The configuration file. Unknown keys are refused.

mod address;
mod gateway;
mod http;
mod place;
mod secret;
mod store;
mod token;
mod webhook;

pub use gateway::{Customer, GatewayConfig, Kind};
pub use http::{HttpConfig, TlsConfig};
pub use secret::{Secret, Variable};
pub use store::StoreConfig;
pub use token::TokenConfig;
pub use webhook::WebhookConfig;

use crate::ServerError;
use gateway::default_max_calls;
use place::Fault;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A configuration with every field explained, which works as it is.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Everything `undertone serve` can be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Calls at a time, over all gateways; more are refused.
    #[serde(default = "default_max_calls")]
    pub max_calls: usize,
    /// Judge the agent's voice too; see `docs/privacy.md`.
    #[serde(default)]
    pub agent_emotion: bool,
    /// Where calls, events, health and metrics are to be had.
    pub http: HttpConfig,
    /// Who may do what.
    #[serde(default, rename = "token")]
    pub tokens: Vec<TokenConfig>,
    /// The telephone gateways.
    #[serde(default, rename = "gateway")]
    pub gateways: Vec<GatewayConfig>,
    /// What is kept of calls; nothing without it.
    pub store: Option<StoreConfig>,
    /// Where chosen events are sent.
    #[serde(default, rename = "webhook")]
    pub webhooks: Vec<WebhookConfig>,
}

impl Config {
    /// Reads and checks a configuration. Tokens are read from their files and from the
    /// environment now, and only their hashes kept.
    ///
    /// # Errors
    /// [`ServerError::Config`], naming the line and the field at fault.
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| place::line_of(text, span.start));
            let message = error.message().replace('\n', " ");
            ServerError::Config(format!("line {line}: {message}"))
        })?;
        config.check().map_err(|fault| ServerError::Config(fault.within(text)))?;
        Ok(config)
    }

    fn check(&mut self) -> Result<(), Fault> {
        in_range("max_calls", self.max_calls).map_err(|fault| Fault::of("", 0, fault))?;
        self.http.resolve().map_err(|fault| Fault::of("http", 0, fault))?;
        self.check_tokens()?;
        self.check_webhooks()?;
        let mut names = BTreeSet::new();
        for (index, gateway) in self.gateways.iter().enumerate() {
            let name = &gateway.name;
            let fault = |fault| Fault::of("gateway", index, format!("gateway {name:?}: {fault}"));
            gateway.check().map_err(fault)?;
            if !names.insert(name) {
                return Err(fault("two gateways have this `name`".to_owned()));
            }
        }
        let reads = self.http.secret.is_some() || self.tokens.iter().any(TokenConfig::reads);
        if !reads && !self.http.listen.ip().is_loopback() {
            let fault = "http: `token` must be set, or a [[token]] that reads, for `listen` is \
                         not a loopback address";
            return Err(Fault::of("http", 0, fault.to_owned()));
        }
        Ok(())
    }

    fn check_webhooks(&mut self) -> Result<(), Fault> {
        let mut names = BTreeSet::new();
        for (index, webhook) in self.webhooks.iter_mut().enumerate() {
            let name = webhook.name.clone();
            let fault = |fault| Fault::of("webhook", index, format!("webhook {name:?}: {fault}"));
            webhook.resolve().map_err(fault)?;
            if !names.insert(name.clone()) {
                return Err(fault("two webhooks have this `name`".to_owned()));
            }
        }
        Ok(())
    }

    /// Finds every token, and gives gateways those that open them.
    fn check_tokens(&mut self) -> Result<(), Fault> {
        for (index, gateway) in self.gateways.iter_mut().enumerate() {
            let name = gateway.name.clone();
            let fault = |fault| Fault::of("gateway", index, format!("gateway {name:?}: {fault}"));
            gateway.resolve().map_err(fault)?;
        }
        let mut names = BTreeSet::new();
        for (index, token) in self.tokens.iter_mut().enumerate() {
            let name = token.name.clone();
            let fault = |fault| Fault::of("token", index, format!("token {name:?}: {fault}"));
            token.resolve().map_err(fault)?;
            token.open(&mut self.gateways).map_err(fault)?;
            if !names.insert(name.clone()) {
                return Err(fault("two tokens have this `name`".to_owned()));
            }
        }
        Ok(())
    }
}

/// Each has room made for it when the server starts.
fn in_range(field: &str, value: usize) -> Result<(), String> {
    if (1..=100_000).contains(&value) {
        return Ok(());
    }
    Err(format!("`{field}` is {value}; it must be from 1 to 100000"))
}

#[cfg(test)]
mod tests;
