//! Readers of the journal and their guarantees.

use crate::Entry;
use std::sync::Arc;

/// What happens when a sink is slower than the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It receives every entry: the journal waits for it, and so does the engine.
    Lossless,
    /// It may be this many entries behind; then it misses the newest, and
    /// [`Sink::missed`] says how many.
    Lossy {
        /// Entries that may wait for it.
        behind: usize,
    },
}

/// Why a sink could not take an entry.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Its reader has gone: it receives nothing more. This is not a fault.
    #[error("the reader has gone")]
    Gone,
    /// It failed; the entries given to it may be lost.
    #[error("{0}")]
    Failed(String),
}

impl From<std::io::Error> for SinkError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Gone,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// A reader of the journal: stdout, a timeline, metrics, a stream, a webhook.
pub trait Sink: Send {
    /// Its name, for health and logs.
    fn name(&self) -> &str;

    /// Its policy.
    fn policy(&self) -> Policy;

    /// Receives entries in the journal's order, all that are ready at once.
    ///
    /// # Errors
    /// [`SinkError`]; the sink is then not written to again.
    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError>;

    /// This many of the entries since the last [`write`](Self::write) were dropped.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn missed(&mut self, entries: u64) -> Result<(), SinkError>;
}

/// Stores the journal: entries are appended before any sink receives them, so that what a
/// reader has received is still there after a crash.
pub trait Ledger: Send {
    /// Stores entries durably: once this returns, the end of the process loses none.
    ///
    /// # Errors
    /// [`SinkError::Failed`] with a cause a person can act on (disk full, file locked or
    /// read-only). The same entries are appended again later.
    fn append(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError>;
}
