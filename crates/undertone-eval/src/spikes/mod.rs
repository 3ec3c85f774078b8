//! How soon and how surely a turn of tone is found: calls built from labelled
//! clips, played through the lane, the model and the detector.

mod calls;
mod curve;
mod detectors;
mod dump;
mod hear;
mod matching;
mod picture;
mod prepare;
mod report;
mod rising;

use crate::manifest::Manifest;
use crate::{Condition, EvalError};
use undertone_fusion::FusionConfig;
use undertone_infer::AcousticModel;

pub use calls::{BuiltCall, CallPlan, Clip, Spike, build_calls};
pub use curve::{CurvePoint, best_within, sweep};
pub use detectors::{Compared, detectors};
pub use dump::dump;
pub use hear::{HeardCall, hear};
pub use matching::{Outcome, score};
pub use picture::html;
pub use report::{COMPARED_AT, DetectorReport, SpikeFigures, SpikeReport};
pub use rising::{RisingFigures, rising};

/// Builds the calls of `manifest` by `plan`, does to them what `condition`
/// says, and lets `model` hear them. Returns them with the number of clips that
/// could not be read.
///
/// # Errors
/// [`EvalError::NoClips`] if no call can be built, or the model's own error.
pub fn heard_calls(
    manifest: &Manifest,
    model: &mut dyn AcousticModel,
    condition: Condition,
    plan: &CallPlan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Vec<(BuiltCall, HeardCall)>, usize), EvalError> {
    let (clips, unreadable) = prepare::clips(manifest, progress)?;
    let mut calls = build_calls(&clips, plan);
    let total = calls.len();
    let mut heard = Vec::with_capacity(total);
    for (done, mut call) in calls.drain(..).enumerate() {
        progress(done, total);
        let whole = 0..call.samples.len();
        condition.apply(&mut call.samples, whole, plan.seed.wrapping_add(done as u64));
        let hops = hear(&call.samples, model)?;
        heard.push((call, hops));
    }
    Ok((heard, unreadable))
}

/// Measures the detector `config` with `model` on calls built from `manifest`,
/// beside the baselines of [`detectors`].
///
/// # Errors
/// As [`heard_calls`], or a detector setting out of range.
pub fn evaluate(
    manifest: &Manifest,
    model: &mut dyn AcousticModel,
    config: &FusionConfig,
    condition: Condition,
    plan: &CallPlan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<SpikeReport, EvalError> {
    let (calls, unreadable) = heard_calls(manifest, model, condition, plan, progress)?;
    let (growing, calls): (Vec<_>, Vec<_>) = calls.into_iter().partition(|(call, _)| call.grows());
    let shipped = score(&calls, config)?;
    let reports = detectors(config)
        .iter()
        .map(|detector| Ok(DetectorReport::new(detector, &sweep(&calls, &detector.config)?)))
        .collect::<Result<Vec<_>, EvalError>>()?;
    Ok(SpikeReport {
        model: model.name().to_owned(),
        condition: condition.to_string(),
        seed: plan.seed,
        calls: calls.len(),
        spikes: shipped.spikes.len(),
        calm_hours: shipped.calm_hours,
        unreadable,
        compute_p99_ms: compute_p99(&calls),
        rising: rising(if growing.is_empty() { &calls } else { &growing }, config)?,
        shipped: SpikeReport::shipped(&shipped),
        detectors: reports,
    })
}

/// 99th percentile of the work from the end of a window to its alert, in milliseconds.
fn compute_p99(calls: &[(BuiltCall, HeardCall)]) -> f64 {
    let mut all: Vec<_> = calls.iter().flat_map(|(_, heard)| heard.compute.iter()).collect();
    all.sort_unstable();
    all.get(all.len() * 99 / 100).map_or(0.0, |compute| compute.as_secs_f64() * 1e3)
}
