//! What reads the journal, and what it is promised.

use crate::Entry;
use std::sync::Arc;

/// What happens when a sink is slower than the events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It gets every entry: the journal waits for it, and so does the engine.
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
    /// Whoever reads it has gone: it gets nothing more, and nobody is at fault.
    #[error("the reader has gone")]
    Gone,
    /// It failed; what it was given may be lost.
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

    /// What it is promised.
    fn policy(&self) -> Policy;

    /// Takes entries, in the journal's order. All that are ready come at once.
    ///
    /// # Errors
    /// [`SinkError`]; the sink is then not written to again.
    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError>;

    /// Of the entries since the last [`write`](Self::write), this many will not come.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn missed(&mut self, entries: u64) -> Result<(), SinkError>;
}

/// What keeps the journal: entries are appended before any sink sees them, so that what a
/// reader has seen is there after a crash.
pub trait Ledger: Send {
    /// Keeps entries for good: when this returns, the end of the process loses none.
    ///
    /// # Errors
    /// [`SinkError::Failed`] with a cause a person can act on (disk full, file locked or
    /// read-only). The same entries come again.
    fn append(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError>;
}
