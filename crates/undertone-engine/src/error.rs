//! What can go wrong with an engine, by what the caller can do about it.

use undertone_signal::{CallId, Lane};

/// Why the engine refused.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Every permit is taken: end a call or raise `max_calls`.
    #[error("call {call} refused: {limit} calls are running, which is the limit")]
    Busy {
        /// The call that was refused.
        call: CallId,
        /// The limit.
        limit: usize,
    },
    /// A setting or model cannot be used as it is.
    #[error("{0}")]
    Settings(String),
    /// The call has no such lane.
    #[error("call {call} has no {lane} lane")]
    NoSuchLane {
        /// The call.
        call: CallId,
        /// The lane it lacks.
        lane: Lane,
    },
    /// A worker has died; start a new engine.
    #[error("the engine has stopped: {0}")]
    Stopped(String),
}
