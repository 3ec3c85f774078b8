//! The alert: what the agent sees.

use crate::{Evidence, Lane, StreamTime, Tone};
use serde::{Deserialize, Serialize};

/// Number of an alert within its call, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub u32);

/// Where an alert stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The tone has turned.
    Raised,
    /// More evidence agrees.
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

/// One step in the life of a tone spike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Same id through the life of one spike.
    pub id: AlertId,
    /// What happened.
    pub state: AlertState,
    /// Whose tone turned.
    pub lane: Lane,
    /// To what.
    pub tone: Tone,
    /// How strongly.
    pub severity: Severity,
    /// Estimated start of the spike.
    #[serde(rename = "onset_s", with = "crate::time::seconds")]
    pub onset: StreamTime,
    /// The last sample this step used.
    #[serde(rename = "at_s", with = "crate::time::seconds")]
    pub at: StreamTime,
    /// What it cost; filled in by the engine, which has the clock.
    #[serde(flatten)]
    pub timing: Timing,
    /// What moved.
    pub evidence: Evidence,
}

/// What a step cost, on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Work done for it: features, model and decision, in milliseconds.
    pub compute_ms: f64,
    /// From the capture of its last sample to its event, in milliseconds; null when a
    /// recording is read faster than it was spoken.
    pub delay_ms: Option<f64>,
}
