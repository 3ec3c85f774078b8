//! When has a tone turned?
//!
//! [`CallFusion`] holds a [`LaneFusion`] a lane, which compares what is heard with
//! that speaker's own [`Baseline`], adds the evidence up over time and decides when to
//! raise, confirm and clear an alert, and notices what the two sides do to each other.
//! Pure and deterministic: no clock, no randomness, the same observations and words
//! give the same alerts.

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
