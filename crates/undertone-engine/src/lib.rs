//! One running engine: audio of many calls in, events out.
//!
//! ```text
//! Call::push ─► lane thread ─► WindowQueue ─► acoustic worker ─► state thread ─► events
//!                    └────────► segments ──► whisper worker ─► text ─┘
//! ```
//!
//! Synchronous threads and bounded queues; a library call, no sockets and no
//! async runtime. See ARCHITECTURE.md for each queue's capacity and policy.

mod agreement;
mod alarm;
mod call;
mod call_state;
mod delays;
mod engine;
mod error;
mod heard;
mod lane_thread;
mod listening;
mod messages;
mod playback;
mod running;
mod settings;
mod state_thread;
mod text_thread;
mod transcriber_thread;
mod watch;

pub use agreement::Agreement;
pub use call::Call;
pub use call_state::CallState;
pub use delays::Delays;
pub use engine::{Engine, Models};
pub use error::EngineError;
pub use heard::Heard;
pub use listening::{LaneSource, ListenError, Notice, listen};
pub use playback::{Playback, PlaybackError, lanes_of, play};
pub use settings::{EngineSettings, Pace};
