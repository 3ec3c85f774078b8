//! Measures Undertone on labelled recordings.
//!
//! [`acoustic`] scores single clips: accuracy by condition and by sex. [`asr`] counts
//! the errors and inventions of a recogniser. [`spikes`] builds calls and measures the
//! alerts. [`load`] finds the number of calls that a machine can process in real time,
//! [`agreement`] compares a GPU with the CPU, and [`turn`] times a single turn.
//! [`text`](mod@text) scores labelled sentences. The figures are pure functions in
//! [`metrics`]; the transmission conditions are in [`condition`].

pub mod acoustic;
pub mod agreement;
pub mod asr;
pub mod clip;
pub mod condition;
mod error;
mod labels;
pub mod load;
pub mod manifest;
pub mod metrics;
pub mod spikes;
pub mod text;
pub mod turn;

pub use condition::Condition;
pub use error::EvalError;
