//! The alert: what the agent is told.

use crate::{Evidence, LaneKey, StreamTime, Tone};
use serde::{Deserialize, Serialize};
use std::time::Instant;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Same id through the life of one spike.
    pub id: AlertId,
    /// What happened.
    pub state: AlertState,
    /// Whose tone turned.
    pub key: LaneKey,
    /// To what.
    pub tone: Tone,
    /// How strongly.
    pub severity: Severity,
    /// Estimated start of the spike.
    pub onset: StreamTime,
    /// Stream time of the last sample this step used.
    pub at: StreamTime,
    /// Wall-clock instant at which that sample was captured.
    pub captured_at: Instant,
    /// What moved.
    pub evidence: Evidence,
}
