//! What `eval spikes` reports.

use super::RisingFigures;
use super::{Compared, CurvePoint, Outcome, best_within};
use serde::Serialize;

/// False alarms a calm hour at which detectors are compared.
pub const COMPARED_AT: f64 = 2.0;

/// The figures of one operating point.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SpikeFigures {
    /// Share of spikes found.
    pub recall: Option<f64>,
    /// The same for spikes acted strongly, where the manifest says.
    pub recall_strong: Option<f64>,
    /// The same for spikes acted at normal intensity.
    pub recall_normal: Option<f64>,
    /// Alerts in calm speech, an hour.
    pub false_alarms_per_hour: f64,
    /// Onset to the last sample the alert used: median, in seconds.
    pub delay_p50_s: Option<f64>,
    /// The same, 95th percentile.
    pub delay_p95_s: Option<f64>,
    /// Share of hits whose alert named anger.
    pub tone_right: Option<f64>,
}

impl SpikeFigures {
    fn new(outcome: &Outcome) -> Self {
        let acted =
            |how: &'static str| move |spike: &super::Spike| spike.intensity.as_deref() == Some(how);
        let hits = outcome.spikes.iter().filter(|(_, delay)| delay.is_some()).count();
        Self {
            recall: outcome.recall(|_| true),
            recall_strong: outcome.recall(acted("strong")),
            recall_normal: outcome.recall(acted("normal")),
            false_alarms_per_hour: outcome.false_alarms_per_hour(),
            delay_p50_s: outcome.delay(0.5),
            delay_p95_s: outcome.delay(0.95),
            tone_right: (hits > 0).then(|| outcome.right_tone as f64 / hits as f64),
        }
    }
}

/// One detector at the common rate of false alarms, and over its whole range.
#[derive(Debug, Clone, Serialize)]
pub struct DetectorReport {
    /// Its name.
    pub name: &'static str,
    /// At the most eager setting with at most [`COMPARED_AT`] false alarms an hour.
    pub compared: SpikeFigures,
    /// Over the sensitivity range, eager first.
    pub curve: Vec<SpikeFigures>,
}

impl DetectorReport {
    pub(super) fn new(detector: &Compared, curve: &[CurvePoint]) -> Self {
        let compared = best_within(curve, COMPARED_AT);
        Self {
            name: detector.name,
            compared: compared.map(|p| SpikeFigures::new(&p.outcome)).unwrap_or_default(),
            curve: curve.iter().map(|point| SpikeFigures::new(&point.outcome)).collect(),
        }
    }
}

/// Everything `eval spikes` found.
#[derive(Debug, Clone, Serialize)]
pub struct SpikeReport {
    /// Name of the acoustic model.
    pub model: String,
    /// What was done to the sound.
    pub condition: String,
    /// Seed of the built calls.
    pub seed: u64,
    /// Calls built.
    pub calls: usize,
    /// Spikes in them.
    pub spikes: usize,
    /// Hours of them outside spikes.
    pub calm_hours: f64,
    /// Clips that could not be read.
    pub unreadable: usize,
    /// The shipped detector as it is set.
    #[serde(flatten)]
    pub shipped: SpikeFigures,
    /// Early warnings, on calls whose anger grows where there are any.
    pub rising: RisingFigures,
    /// Work from the end of a window to its alert, 99th percentile, in milliseconds.
    pub compute_p99_ms: f64,
    /// Ours first, then the baselines.
    pub detectors: Vec<DetectorReport>,
}

impl SpikeReport {
    pub(super) fn shipped(outcome: &Outcome) -> SpikeFigures {
        SpikeFigures::new(outcome)
    }
}
