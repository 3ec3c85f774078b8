//! One line of the journal.

use serde::{Deserialize, Serialize};
use undertone_signal::Event;

/// An event and its place in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Number among all events of all calls, rising by one, also across restarts where
    /// a ledger keeps them. What a reader resumes from.
    pub position: u64,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}
