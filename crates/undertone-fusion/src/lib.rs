//! Decides when a tone has turned.
//!
//! [`CallFusion`] has one [`LaneFusion`] a lane. It compares each hop with the speaker's
//! [`Baseline`], accumulates evidence over time, and raises, confirms and clears alerts. It
//! also detects moments and turn-taking. Pure and deterministic: no clock and no randomness;
//! the same hops and words give the same alerts.

mod accumulator;
mod baseline;
mod call;
mod config;
mod conversation;
mod cues;
mod detector;
mod lane;
mod moods;
mod spike;
mod words;

pub use accumulator::Accumulator;
pub use baseline::Baseline;
pub use call::CallFusion;
pub use config::{FusionConfig, FusionError, MomentRules, Sensitivity, SpikeRules, WordRules};
pub use cues::{CueSet, Measures};
pub use detector::{Detector, Weights};
pub use lane::{LaneFusion, Observation, Verdict};
pub use words::Words;
