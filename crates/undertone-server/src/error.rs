//! Why a server cannot start.

/// The server cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration is at fault; the message names the field.
    #[error("{0}")]
    Config(String),
    /// An address cannot be listened on.
    #[error("{name}: cannot listen on {address}: {source}")]
    Bind {
        /// The gateway, or `http`.
        name: String,
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// What is kept of calls cannot be read or written to.
    #[error(transparent)]
    Store(#[from] undertone_store::StoreError),
    /// The machine is at fault.
    #[error("cannot start the server: {0}")]
    Start(#[from] std::io::Error),
}
