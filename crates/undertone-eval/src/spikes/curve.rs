//! Recall and delay against false alarms, over the sensitivity range.

use super::{JudgedCall, Outcome, score};
use undertone_fusion::{FusionConfig, FusionError};

/// One setting of the sensitivity.
#[derive(Debug, Clone)]
pub struct CurvePoint {
    /// Factor on `raise_at`.
    pub factor: f32,
    /// The figures.
    pub outcome: Outcome,
}

/// Runs a detector over a range of thresholds from low to high, in steps of a quarter
/// octave. Steps are finer around the first point that keeps to `false_alarms_per_hour`,
/// where one step may remove all remaining false alarms.
///
/// # Errors
/// [`FusionError`] if a setting is out of range.
pub fn sweep(
    calls: &[JudgedCall],
    config: &FusionConfig,
    false_alarms_per_hour: f64,
) -> Result<Vec<CurvePoint>, FusionError> {
    const STEPS: i32 = 24;
    const FINER: i32 = 8;
    let at = |octaves: f32| {
        let factor = 2.0_f32.powf(octaves);
        let mut config = config.clone();
        config.detector.raise_at *= factor;
        Ok(CurvePoint { factor, outcome: score(calls, &config)? })
    };
    let quarter = |step: i32| step as f32 / 4.0;
    let mut curve: Vec<CurvePoint> =
        (-STEPS / 2..=STEPS / 2).map(|step| at(quarter(step))).collect::<Result<_, _>>()?;
    let keeps = |point: &CurvePoint| point.outcome.false_alarms_per_hour() <= false_alarms_per_hour;
    if let Some(first) = curve.iter().position(keeps).filter(|first| *first > 0) {
        let before = curve[first - 1].factor.log2();
        let between = (1..FINER).map(|part| at(before + quarter(1) * part as f32 / FINER as f32));
        let between = between.collect::<Result<Vec<_>, _>>()?;
        curve.splice(first..first, between);
    }
    Ok(curve)
}

/// The point with the highest recall that keeps to a rate of false alarms, and of equal
/// ones the one with the lowest threshold; the highest threshold where none does.
pub fn best_within(curve: &[CurvePoint], false_alarms_per_hour: f64) -> Option<&CurvePoint> {
    curve
        .iter()
        .rev()
        .filter(|point| point.outcome.false_alarms_per_hour() <= false_alarms_per_hour)
        .max_by(|a, b| {
            let recall = |point: &CurvePoint| point.outcome.recall(|_| true).unwrap_or(0.0);
            recall(a).total_cmp(&recall(b))
        })
        .or_else(|| curve.last())
}
