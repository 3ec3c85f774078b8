//! One running engine: audio of many calls in, events out.
//!
//! ```text
//! Call::push ─► lane thread ─► WindowQueue ─► acoustic worker ─► state thread ─► events
//!                    └────────► segments ──► whisper worker ─► text ─┘
//! ```
//!
//! Synchronous threads and bounded queues; a library call, no sockets, no devices, no
//! async runtime. See ARCHITECTURE.md for each queue's capacity and policy.
//!
//! ```
//! use undertone_engine::{Engine, EngineSettings, fake};
//! use undertone_signal::{CallId, EventBody, Lane};
//!
//! // Models without weights; `undertone-models` loads real ones.
//! let (engine, events) = Engine::start(EngineSettings::default(), fake::models())?;
//! let mut call = engine.open(CallId::new("call"), &[Lane::Customer])?;
//! fake::speak(&mut call, Lane::Customer, &fake::voice(5.0), f64::INFINITY)?;
//! call.finish(None);
//! let mut windows = 0;
//! for event in events {
//!     match event.body {
//!         EventBody::Tone(_) => windows += 1,
//!         EventBody::Summary(summary) => {
//!             assert!(summary.complete);
//!             break;
//!         }
//!         _ => {}
//!     }
//! }
//! // One every 250 ms, from the first two seconds on.
//! assert!(windows >= 12, "{windows} windows");
//! # Ok::<(), undertone_engine::EngineError>(())
//! ```

mod agreement;
mod alarm;
mod call;
mod call_state;
mod delays;
mod engine;
mod error;
pub mod fake;
mod findings;
mod heard;
mod lane_thread;
mod messages;
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
pub use settings::{EngineSettings, Pace};
