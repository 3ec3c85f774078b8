//! What can go wrong with an engine, by what the caller can do about it.

use undertone_signal::{CallId, Lane};

/// Why the engine refused.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There are as many calls as may be: end a call or raise `max_calls`.
    #[error("call {call} refused: {limit} calls are running, which is the limit")]
    Busy {
        /// The call that was refused.
        call: CallId,
        /// The limit.
        limit: usize,
    },
    /// A call of that name has not had its summary: wait for it, or choose another.
    #[error("call {call} refused: one of that name still waits for its last words")]
    Running {
        /// The call that was refused.
        call: CallId,
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
