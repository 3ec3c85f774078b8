//! The summary of a call.

use crate::{Lane, StreamTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The call has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryEvent {
    /// Length of the call.
    #[serde(rename = "audio_s", with = "crate::time::seconds")]
    pub audio: StreamTime,
    /// Processing time by the wall clock, in seconds.
    pub wall_s: f64,
    /// `wall_s / audio_s`.
    pub real_time_factor: f64,
    /// Each lane.
    pub lanes: BTreeMap<Lane, LaneSummary>,
    /// Computing time of one window: features, model and decision.
    pub compute: DelayStats,
    /// From the capture of a window's last sample to its scores; null when a recording was
    /// read faster than real time.
    pub delay: Option<DelayStats>,
    /// False when the input ended in an error; the events before it are valid.
    pub complete: bool,
}

/// Figures of one lane.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LaneSummary {
    /// Length of the lane, in seconds.
    pub audio_s: f64,
    /// Seconds of it that were speech.
    pub speech_s: f64,
    /// Speech segments.
    pub segments: u64,
    /// Windows that the acoustic model scored.
    pub windows: u64,
    /// Windows dropped because the machine could not keep up.
    pub dropped_windows: u64,
    /// Partial transcripts that were too late to be emitted.
    pub late_partials: u64,
    /// Seconds of audio that were lost and replaced by silence.
    pub lost_s: f64,
    /// Alerts raised.
    pub alerts: u64,
}

/// Percentiles of a time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DelayStats {
    /// Median, in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile, in milliseconds.
    pub p95_ms: f64,
    /// 99th percentile, in milliseconds.
    pub p99_ms: f64,
}
