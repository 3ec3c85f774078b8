//! Recall and delay against false alarms, over the sensitivity range.

use super::{HeardCall, Outcome, score};
use undertone_fusion::{FusionConfig, FusionError};

/// One setting of the sensitivity.
#[derive(Debug, Clone)]
pub struct CurvePoint {
    /// What `raise_at` was multiplied by.
    pub factor: f32,
    /// What came out.
    pub outcome: Outcome,
}

/// Runs a detector over the range from eager to reluctant.
///
/// # Errors
/// [`FusionError`] if a setting is out of range.
pub fn sweep(calls: &[HeardCall], config: &FusionConfig) -> Result<Vec<CurvePoint>, FusionError> {
    const STEPS: i32 = 24;
    (-STEPS / 2..=STEPS / 2)
        .map(|step| {
            let factor = 2.0_f32.powf(step as f32 / 4.0);
            let mut config = config.clone();
            config.detector.raise_at *= factor;
            Ok(CurvePoint { factor, outcome: score(calls, &config)? })
        })
        .collect()
}

/// The point with the highest recall that keeps to a rate of false alarms; the
/// most reluctant one where none does.
pub fn best_within(curve: &[CurvePoint], false_alarms_per_hour: f64) -> Option<&CurvePoint> {
    curve
        .iter()
        .filter(|point| point.outcome.false_alarms_per_hour() <= false_alarms_per_hour)
        .max_by(|a, b| {
            let recall = |point: &CurvePoint| point.outcome.recall(|_| true).unwrap_or(0.0);
            recall(a).total_cmp(&recall(b))
        })
        .or_else(|| curve.last())
}
