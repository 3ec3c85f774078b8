//! The alert.

use crate::{Evidence, Lane, StreamTime, Tone};
use serde::{Deserialize, Serialize};

/// Number of an alert within its call, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub u32);

/// The state of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The tone has turned.
    Raised,
    /// It has lasted, or words agree.
    Confirmed,
    /// Calm has returned.
    Cleared,
}

/// How strong a spike is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Noticeable.
    Mild,
    /// Clear.
    Strong,
    /// Unmistakable.
    Severe,
}

/// One change of an alert's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The same from raised to cleared.
    pub id: AlertId,
    /// The new state.
    pub state: AlertState,
    /// The lane.
    pub lane: Lane,
    /// The tone it turned to.
    pub tone: Tone,
    /// How strong it is.
    pub severity: Severity,
    /// Estimated start of the spike.
    #[serde(rename = "onset_s", with = "crate::time::seconds")]
    pub onset: StreamTime,
    /// The last sample that this state rests on.
    #[serde(rename = "at_s", with = "crate::time::seconds")]
    pub at: StreamTime,
    /// Its timing; filled in by the engine, which has the clock.
    #[serde(flatten)]
    pub timing: Timing,
    /// Why it was raised.
    pub evidence: Evidence,
}

/// The timing of an alert, by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Computing time: features, model and decision, in milliseconds.
    pub compute_ms: f64,
    /// From the capture of its last sample to its event, in milliseconds; null when a
    /// recording is read faster than real time.
    pub delay_ms: Option<f64>,
}
