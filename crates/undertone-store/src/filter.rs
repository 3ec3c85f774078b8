//! What is asked for, and a call as the list has it.

use serde::Serialize;
use undertone_signal::{AlertState, CallId, Lane, RunId, Timestamp};

/// Which calls; the default is the newest hundred.
#[derive(Debug, Clone, PartialEq)]
pub struct CallFilter {
    /// That began at or after this instant.
    pub since: Option<Timestamp>,
    /// That began before this instant: how to turn the page.
    pub until: Option<Timestamp>,
    /// Of this name.
    pub call: Option<CallId>,
    /// With an alert raised.
    pub charged: bool,
    /// At most so many, newest first.
    pub limit: usize,
}

impl Default for CallFilter {
    fn default() -> Self {
        Self { since: None, until: None, call: None, charged: false, limit: 100 }
    }
}

/// Which alerts; the default is the newest hundred steps of any.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertFilter {
    /// Emitted at or after this instant.
    pub since: Option<Timestamp>,
    /// With a position before this one: how to turn the page.
    pub before: Option<u64>,
    /// Of this run.
    pub run: Option<RunId>,
    /// This step alone.
    pub state: Option<AlertState>,
    /// At most so many, newest first.
    pub limit: usize,
}

impl Default for AlertFilter {
    fn default() -> Self {
        Self { since: None, before: None, run: None, state: None, limit: 100 }
    }
}

/// Which entries; the default is all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntryFilter {
    /// Of this run.
    pub run: Option<RunId>,
    /// Of calls of this name.
    pub call: Option<CallId>,
    /// Of these kinds, as [`EventBody::kind`](undertone_signal::EventBody::kind) has them;
    /// all where there is none.
    pub kinds: Vec<&'static str>,
}

/// A call, as the list has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallRow {
    /// The run.
    pub run: RunId,
    /// The call.
    pub call: CallId,
    /// When its first event was emitted.
    pub started: Timestamp,
    /// When its last event was emitted; null while it goes on.
    pub ended: Option<Timestamp>,
    /// Its length in seconds; null while it goes on.
    pub audio_s: Option<f64>,
    /// False where it, or the program, ended in an error; null while it goes on.
    pub complete: Option<bool>,
    /// Its lanes.
    pub lanes: Vec<Lane>,
    /// The acoustic model.
    pub acoustic_model: Option<String>,
    /// The model that transcribed; null without one.
    pub transcriber: Option<String>,
    /// Alerts raised.
    pub alerts: u64,
    /// What is still kept of it.
    pub kept: Kept,
}

/// What is still kept of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The words that were said.
    pub words: bool,
    /// Tone events.
    pub tone: bool,
    /// All other events.
    pub events: bool,
}
