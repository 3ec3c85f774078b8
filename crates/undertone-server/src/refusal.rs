//! Why a connection or a call is turned away.

use crate::origin::Foreign;
use undertone_telephony::TelephonyError;

/// Why a connection or a call is turned away.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("connections from {0} are not allowed")]
    Address(std::net::IpAddr),
    #[error("the token is wrong or missing")]
    Token,
    #[error("too many connections")]
    Connections,
    #[error("too many calls")]
    Calls,
    #[error("call {0} is running at another gateway")]
    Elsewhere(String),
    #[error("call {0} is ending; begin again when it has had its summary")]
    Ending(String),
    #[error("the engine refuses: {0}")]
    Engine(String),
    #[error("no call was started in time")]
    Handshake,
    #[error("a message is too long")]
    Oversize,
    #[error(transparent)]
    Protocol(#[from] TelephonyError),
    #[error(transparent)]
    Origin(Foreign),
    #[error("{0}")]
    Transport(String),
}

impl Refusal {
    /// Every label, as metrics show it.
    pub(crate) const LABELS: [&'static str; 12] = [
        "address",
        "token",
        "connections",
        "calls",
        "elsewhere",
        "ending",
        "engine",
        "handshake",
        "oversize",
        "protocol",
        "transport",
        "origin",
    ];

    /// Where in [`Self::LABELS`] this one is.
    pub(crate) const fn index(&self) -> usize {
        match self {
            Self::Address(_) => 0,
            Self::Token => 1,
            Self::Connections => 2,
            Self::Calls => 3,
            Self::Elsewhere(_) => 4,
            Self::Ending(_) => 5,
            Self::Engine(_) => 6,
            Self::Handshake => 7,
            Self::Oversize => 8,
            Self::Protocol(_) => 9,
            Self::Transport(_) => 10,
            Self::Origin(_) => 11,
        }
    }
}
