//! Calls come in from telephone gateways, events go out to whoever asks. The only
//! room that knows tokio.
//!
//! ```text
//! gateway ─► listener ─► protocol (undertone-telephony) ─► call task ─► engine
//!                                                                          │
//!   stdout, metrics, /v1/stream (WebSocket, SSE) ◄─ sinks ◄─ journal ◄─────┘
//! ```
//!
//! Every gateway has a listener, a token and limits of its own. A call belongs to a
//! task that outlives its connection: a gateway that comes back with the same call
//! id goes on where it was, and one that does not is given up after a silence.

mod api;
mod audiosocket;
mod auth;
mod call_task;
mod calls;
mod config;
mod error;
mod gateway;
mod http;
mod hub;
mod keeping;
mod listener;
mod metrics;
mod origin;
mod reader;
mod refusal;
mod roles;
mod rtp;
mod server;
mod session;
mod show;
mod sinks;
mod tickets;
mod token;
mod web;
mod webhook;

pub use config::{
    Config, Customer, EXAMPLE, GatewayConfig, HttpConfig, Kind, Secret, StoreConfig, TlsConfig,
    TokenConfig, Variable, WebhookConfig,
};
pub use error::ServerError;
pub use roles::Role;
pub use server::{Server, serve};
