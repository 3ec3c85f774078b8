//! Errors of an engine, by their remedy.

use undertone_signal::{CallId, Lane};

/// Why the engine refused or stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The limit of calls is reached: end a call or raise `max_calls`.
    #[error("call {call} refused: {limit} calls are running, which is the limit")]
    Busy {
        /// The call that was refused.
        call: CallId,
        /// The limit.
        limit: usize,
    },
    /// A call of that id has not had its summary: wait for it, or choose another id.
    #[error("call {call} refused: one of that name still waits for its last words")]
    Running {
        /// The call that was refused.
        call: CallId,
    },
    /// A setting or model is invalid.
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
    /// A worker has died: start a new engine.
    #[error("the engine has stopped: {0}")]
    Stopped(String),
}
