//! When has a tone turned?
//!
//! [`LaneFusion`] compares what is heard on a lane with that speaker's own
//! [`Baseline`], adds the evidence up over time and decides when to raise,
//! confirm and clear an alert. Pure and deterministic: no clock, no randomness,
//! the same observations give the same alerts.

mod accumulator;
mod baseline;
mod config;
mod cues;
mod lane;
mod sentence;
mod spike;

pub use accumulator::Accumulator;
pub use baseline::{Baseline, Prior};
pub use config::{FusionConfig, FusionError, Sensitivity, Weights};
pub use cues::{CueSet, Measures};
pub use lane::{AlertStep, LaneFusion, Observation, Verdict};
pub use spike::{Spike, SpikeChange};
