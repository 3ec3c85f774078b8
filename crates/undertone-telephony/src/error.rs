//! Errors of a gateway's connection, by their remedy.

/// The connection cannot continue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TelephonyError {
    /// A message violates its protocol: check the gateway and its settings.
    #[error("{protocol}: {cause}")]
    Malformed {
        /// The protocol.
        protocol: &'static str,
        /// The fault and its place.
        cause: String,
    },
    /// A message arrived before one that must precede it.
    #[error("{protocol}: {what} before {missing}")]
    OutOfOrder {
        /// The protocol.
        protocol: &'static str,
        /// The message.
        what: &'static str,
        /// The message that was expected first.
        missing: &'static str,
    },
    /// A valid format that Undertone cannot decode: choose another at the gateway.
    #[error("{what} is not supported; use {instead}")]
    Unsupported {
        /// The format.
        what: String,
        /// Formats that are supported.
        instead: &'static str,
    },
}

impl TelephonyError {
    pub(crate) fn malformed(protocol: &'static str, cause: impl Into<String>) -> Self {
        Self::Malformed { protocol, cause: cause.into() }
    }
}
