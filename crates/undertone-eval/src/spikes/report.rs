//! The report of `eval spikes`.

use super::{Compared, CurvePoint, MomentFigures, Outcome, RisingFigures, best_within};
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
    /// Share of the spikes found whose alert has the tone angry.
    pub tone_right: Option<f64>,
    /// Alerts on the calm agent's lane, an hour of call.
    pub agent_alarms_per_hour: f64,
}

impl SpikeFigures {
    pub(super) fn new(outcome: &Outcome) -> Self {
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
            agent_alarms_per_hour: outcome.agent_alarms_per_hour(),
        }
    }

    /// Standard deviation of each figure from seed to seed; `None` of a single seed.
    pub(super) fn spread(seeds: &[Self]) -> Option<Self> {
        if seeds.len() < 2 {
            return None;
        }
        let some = |figure: fn(&Self) -> Option<f64>| {
            let values: Option<Vec<f64>> = seeds.iter().map(figure).collect();
            values.map(|values| deviation(&values))
        };
        let all =
            |figure: fn(&Self) -> f64| deviation(&seeds.iter().map(figure).collect::<Vec<_>>());
        Some(Self {
            recall: some(|f| f.recall),
            recall_strong: some(|f| f.recall_strong),
            recall_normal: some(|f| f.recall_normal),
            false_alarms_per_hour: all(|f| f.false_alarms_per_hour),
            delay_p50_s: some(|f| f.delay_p50_s),
            delay_p95_s: some(|f| f.delay_p95_s),
            tone_right: some(|f| f.tone_right),
            agent_alarms_per_hour: all(|f| f.agent_alarms_per_hour),
        })
    }
}

/// Sample standard deviation of two or more values.
fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
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

/// All figures of `eval spikes`.
#[derive(Debug, Clone, Serialize)]
pub struct SpikeReport {
    /// Name of the acoustic model.
    pub model: String,
    /// The condition.
    pub condition: String,
    /// Seeds of the built calls, measured together.
    pub seeds: Vec<u64>,
    /// Calls built.
    pub calls: usize,
    /// Spikes in them.
    pub spikes: usize,
    /// Hours of them outside spikes.
    pub calm_hours: f64,
    /// Clips that could not be read.
    pub unreadable: usize,
    /// The shipped detector with its settings.
    #[serde(flatten)]
    pub shipped: SpikeFigures,
    /// How much its figures differ from seed to seed, as a standard deviation; null of
    /// one seed.
    pub spread: Option<SpikeFigures>,
    /// Early warnings, on calls whose anger grows where there are any.
    pub rising: RisingFigures,
    /// Other moments and how often they occur.
    pub moments: Vec<MomentFigures>,
    /// Computing time from the end of a window to its alert, 99th percentile, in milliseconds.
    pub compute_p99_ms: f64,
    /// The shipped detector first, then the baselines.
    pub detectors: Vec<DetectorReport>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_the_seeds() {
        let seed = |recall, rate| SpikeFigures {
            recall: Some(recall),
            false_alarms_per_hour: rate,
            ..SpikeFigures::default()
        };
        assert!(SpikeFigures::spread(&[seed(0.9, 1.0)]).is_none());
        let spread = SpikeFigures::spread(&[seed(0.9, 1.0), seed(0.8, 3.0), seed(1.0, 2.0)]);
        let spread = spread.unwrap_or_default();
        assert!(spread.recall.is_some_and(|sd| (sd - 0.1).abs() < 1e-9));
        assert!((spread.false_alarms_per_hour - 1.0).abs() < 1e-9);
        assert_eq!(spread.delay_p50_s, None);
    }
}
