//! Measures Undertone against labelled recordings.
//!
//! [`acoustic`] judges single clips: how often the model names the right tone,
//! through which telephone, for whom. [`asr`] counts the words a recogniser gets
//! wrong or invents. [`spikes`] builds calls and times the alerts. [`load`] finds how
//! many calls a machine holds, [`agreement`] whether a card says what the CPU says,
//! [`turn`] what one turn costs alone.
//! [`text`](mod@text) reads labelled sentences. The figures themselves are pure
//! functions in [`metrics`], what is done to the sound is in [`condition`].

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
