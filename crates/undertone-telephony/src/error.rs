//! What a gateway can do wrong, by what can be done about it.

/// The connection cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TelephonyError {
    /// A message is not what its protocol says: the gateway or its settings are at
    /// fault.
    #[error("{protocol}: {cause}")]
    Malformed {
        /// The protocol.
        protocol: &'static str,
        /// What is wrong with it, and where.
        cause: String,
    },
    /// A message came before the one that must precede it.
    #[error("{protocol}: {what} before {missing}")]
    OutOfOrder {
        /// The protocol.
        protocol: &'static str,
        /// What came.
        what: &'static str,
        /// What should have come first.
        missing: &'static str,
    },
    /// Well said, but nothing Undertone can hear: choose another format at the
    /// gateway.
    #[error("{what} is not supported; use {instead}")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// What to ask for instead.
        instead: &'static str,
    },
}

impl TelephonyError {
    pub(crate) fn malformed(protocol: &'static str, cause: impl Into<String>) -> Self {
        Self::Malformed { protocol, cause: cause.into() }
    }
}
