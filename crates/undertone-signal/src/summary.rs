//! What is known of a call once it has ended.

use crate::{Lane, StreamTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The call has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryEvent {
    /// Length of the call.
    #[serde(rename = "audio_s", with = "crate::time::seconds")]
    pub audio: StreamTime,
    /// Wall-clock time it took, in seconds.
    pub wall_s: f64,
    /// `wall_s / audio_s`.
    pub real_time_factor: f64,
    /// Each lane.
    pub lanes: BTreeMap<Lane, LaneSummary>,
    /// Work for one judged window: features, model and decision.
    pub compute: DelayStats,
    /// From the capture of a window's last sample to its judgement; null when a
    /// recording was read faster than it was spoken.
    pub delay: Option<DelayStats>,
    /// False when the input ended in an error; what stands before it is good.
    pub complete: bool,
}

/// What one lane held.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LaneSummary {
    /// Length of the lane, in seconds.
    pub audio_s: f64,
    /// Seconds of it that were speech.
    pub speech_s: f64,
    /// Speech segments.
    pub segments: u64,
    /// Windows the acoustic model judged.
    pub windows: u64,
    /// Windows dropped because the machine could not keep up.
    pub dropped_windows: u64,
    /// Partial transcripts that came too late to be emitted.
    pub late_partials: u64,
    /// Seconds of sound that never arrived and count as silence.
    pub lost_s: f64,
    /// Alerts raised.
    pub alerts: u64,
}

/// Percentiles of the time from the last sample of a window to its judgement.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DelayStats {
    /// Median, in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile, in milliseconds.
    pub p95_ms: f64,
    /// 99th percentile, in milliseconds.
    pub p99_ms: f64,
}
