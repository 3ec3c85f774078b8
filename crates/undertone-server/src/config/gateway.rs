//! One gateway: what it speaks, where, and who may call.

use super::{Secret, TlsConfig, address, in_range, secret};
use crate::token::Token;
use ipnet::IpNet;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use undertone_telephony::Sides;

/// One gateway and its listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Its name in logs and metrics.
    pub name: String,
    /// What it speaks.
    pub kind: Kind,
    /// Address and port; for RTP, where the customer's packets go.
    #[serde(deserialize_with = "address::one")]
    pub listen: SocketAddr,
    /// For RTP, where the agent's packets go.
    #[serde(default, deserialize_with = "address::maybe")]
    pub agent_listen: Option<SocketAddr>,
    /// Asked of every connection: as `?token=`, as `Authorization: Bearer`, as last
    /// part of the path, or inside the stream where the protocol has a place for it.
    pub token: Option<Secret>,
    /// A file with the token.
    pub token_file: Option<PathBuf>,
    /// The token's SHA-256, in hexadecimal.
    pub token_sha256: Option<String>,
    /// Tokens that open it: its own, and those of the role ingest. None: it is open.
    #[serde(skip)]
    pub(crate) tokens: Vec<Token>,
    /// Networks connections may come from; empty: all.
    #[serde(default)]
    pub allow: Vec<IpNet>,
    /// Speak TLS (`wss`).
    pub tls: Option<TlsConfig>,
    /// Calls of this gateway at a time; more are refused.
    #[serde(default = "default_max_calls")]
    pub max_calls: usize,
    /// Connections at a time, admitted or not.
    #[serde(default = "default_max_connections")]
    pub max_connections: usize,
    /// Longest message, in bytes.
    #[serde(default = "default_max_message")]
    pub max_message_bytes: usize,
    /// From the connection to the start of its call, in seconds.
    #[serde(default = "default_handshake")]
    pub handshake_s: f64,
    /// A call without sound for so many seconds has ended.
    #[serde(default = "default_silence")]
    pub silence_s: f64,
    /// Which channel or track is the customer's.
    #[serde(default)]
    pub customer: Customer,
    /// For audio forks: samples a second, where the stream does not say.
    pub rate: Option<u32>,
    /// For audio forks: channels, 1 or 2.
    pub channels: Option<u8>,
    /// For RTP: calls at a time, each with ports of its own: the first at `listen` and
    /// `agent_listen`, each next one two ports further, as RTP's ports are even.
    pub ports: Option<u16>,
    /// For RTP: a session description that says what payload types mean.
    pub sdp: Option<PathBuf>,
    /// For RTP: what payload types mean, `96 = "opus/48000/2"`.
    #[serde(default)]
    pub payload_types: BTreeMap<String, String>,
    /// For RTP: the longest wait for a missing packet, in milliseconds.
    pub hold_ms: Option<u64>,
}

/// What a gateway speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Twilio Media Streams.
    Twilio,
    /// Telnyx media streaming.
    Telnyx,
    /// Asterisk's `AudioSocket`, over TCP.
    Audiosocket,
    /// Asterisk's `chan_websocket`.
    ChanWebsocket,
    /// `FreeSWITCH`'s `mod_audio_fork` and `mod_audio_stream`.
    Freeswitch,
    /// Vonage's WebSocket endpoint.
    Vonage,
    /// Our own protocol, for everything else.
    Raw,
    /// RTP, over UDP: a call to each port, or to each pair of them.
    Rtp,
}

/// Which channel or track is the customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Customer {
    /// The first channel, the inbound track: customers call us.
    #[default]
    First,
    /// The second channel, the outbound track: we call customers.
    Second,
}

impl From<Customer> for Sides {
    fn from(customer: Customer) -> Self {
        match customer {
            Customer::First => Self::CUSTOMER_FIRST,
            Customer::Second => Self::AGENT_FIRST,
        }
    }
}

pub(super) const fn default_max_calls() -> usize {
    64
}
const fn default_max_connections() -> usize {
    256
}
/// A second of 48 kHz stereo floats, three times over.
const fn default_max_message() -> usize {
    1 << 20
}
const fn default_handshake() -> f64 {
    5.0
}
const fn default_silence() -> f64 {
    20.0
}

impl GatewayConfig {
    /// Finds its token.
    pub(super) fn resolve(&mut self) -> Result<(), String> {
        let (file, sha256) = (self.token_file.as_deref(), self.token_sha256.as_deref());
        self.tokens.extend(secret::token(self.token.as_ref(), file, sha256)?);
        Ok(())
    }

    /// True if its protocol has a place for a token.
    pub(super) const fn has_token(&self) -> bool {
        !matches!(self.kind, Kind::Rtp | Kind::Audiosocket)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        in_range("max_connections", self.max_connections)?;
        in_range("max_calls", self.max_calls)?;
        let is_rtp = self.kind == Kind::Rtp;
        let is_fork = matches!(self.kind, Kind::Freeswitch | Kind::Vonage);
        let open = self.tokens.is_empty();
        let faults = [
            (self.name.is_empty(), "`name` is empty"),
            (!open && !self.has_token(), "its protocol has no place for a `token`; use `allow`"),
            (
                open && self.allow.is_empty() && !self.listen.ip().is_loopback(),
                "`token` or `allow` must be set, for `listen` is not a loopback address",
            ),
            (
                !(self.handshake_s > 0.0 && self.handshake_s < 3600.0),
                "`handshake_s` is out of range",
            ),
            (!(self.silence_s > 0.0 && self.silence_s < 86_400.0), "`silence_s` is out of range"),
            (is_rtp && self.tls.is_some(), "RTP has no `tls`"),
            (!is_fork && self.rate.is_some(), "`rate` is for audio forks"),
            (!is_fork && self.channels.is_some(), "`channels` is for audio forks"),
            (
                self.channels.is_some_and(|channels| !(1..=2).contains(&channels)),
                "`channels` must be 1 or 2",
            ),
            (
                self.rate.is_some_and(|rate| !(8_000..=192_000).contains(&rate)),
                "`rate` must be 8000 to 192000",
            ),
            (!is_rtp && self.agent_listen.is_some(), "`agent_listen` is for RTP"),
            (!is_rtp && self.ports.is_some(), "`ports` is for RTP"),
            (!self.ports_fit(), "`ports`: there are no so many from `listen` or `agent_listen` on"),
            (self.ports_meet(), "`ports`: those of `listen` and `agent_listen` overlap"),
            (!is_rtp && self.sdp.is_some(), "`sdp` is for RTP"),
            (!is_rtp && !self.payload_types.is_empty(), "`payload_types` is for RTP"),
            (!is_rtp && self.hold_ms.is_some(), "`hold_ms` is for RTP"),
        ];
        match faults.into_iter().find(|(at_fault, _)| *at_fault) {
            Some((_, fault)) => Err(fault.to_owned()),
            None => Ok(()),
        }
    }

    /// Ports from the first of a range to the last.
    fn range(&self) -> u16 {
        self.ports.unwrap_or(1).saturating_sub(1).saturating_mul(2)
    }

    fn ports_fit(&self) -> bool {
        let fits = |first: SocketAddr| {
            self.range() == 0
                || (first.port() > 0 && first.port().checked_add(self.range()).is_some())
        };
        self.ports != Some(0) && fits(self.listen) && self.agent_listen.is_none_or(fits)
    }

    fn ports_meet(&self) -> bool {
        let apart = self.agent_listen.map(|agent| agent.port().abs_diff(self.listen.port()));
        let same_host = self.agent_listen.is_some_and(|agent| agent.ip() == self.listen.ip());
        same_host
            && apart.is_some_and(|apart| apart.is_multiple_of(2) && apart <= self.range())
            && self.listen.port() > 0
    }

    /// Where the customer's and the agent's packets of RTP call `index` go.
    pub(crate) fn rtp_addresses(&self, index: u16) -> (SocketAddr, Option<SocketAddr>) {
        let next = |first: SocketAddr| SocketAddr::new(first.ip(), first.port() + 2 * index);
        (next(self.listen), self.agent_listen.map(next))
    }

    pub(crate) fn handshake(&self) -> Duration {
        Duration::from_secs_f64(self.handshake_s)
    }

    pub(crate) fn silence(&self) -> Duration {
        Duration::from_secs_f64(self.silence_s)
    }

    pub(crate) fn admits(&self, address: std::net::IpAddr) -> bool {
        let address = address.to_canonical();
        self.allow.is_empty() || self.allow.iter().any(|network| network.contains(&address))
    }
}
