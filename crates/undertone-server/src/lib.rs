//! Calls come in from telephone gateways, events go out to whoever asks. The only
//! room that knows tokio.
//!
//! ```text
//! gateway ─► listener ─► protocol (undertone-telephony) ─► call task ─► engine
//!                                                                          │
//!            stdout, /v1/events (WebSocket, SSE) ◄─ hub ◄──────────────────┘
//! ```
//!
//! Every gateway has a listener, a token and limits of its own. A call belongs to a
//! task that outlives its connection: a gateway that comes back with the same call
//! id goes on where it was, and one that does not is given up after a silence.

mod audiosocket;
mod auth;
mod call_task;
mod calls;
mod config;
mod error;
mod gateway;
mod http;
mod hub;
mod listener;
mod metrics;
mod refusal;
mod rtp;
mod server;
mod session;
mod web;

pub use config::{Config, Customer, GatewayConfig, HttpConfig, Kind, TlsConfig};
pub use error::ServerError;
pub use server::{Server, serve};
