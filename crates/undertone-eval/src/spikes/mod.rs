//! Recall and delay of alerts: calls built from labelled clips, processed by the lane,
//! the model and the detector.

mod builder;
mod calls;
mod curve;
mod detectors;
mod dump;
mod judged;
mod line;
mod matching;
mod moments;
mod picture;
mod prepare;
mod report;
mod rising;

use crate::EvalError;
use crate::manifest::Manifest;
use undertone_fusion::FusionConfig;
use undertone_infer::AcousticModel;

pub use calls::{BuiltCall, CallPlan, Clip, Script, Spike, build_calls};
pub use curve::{CurvePoint, best_within, sweep};
pub use detectors::{Compared, detectors};
pub use dump::dump;
pub use judged::{JudgedCall, judge_lane};
pub use line::Line;
pub use matching::{Outcome, score};
pub use moments::{MomentFigures, moments};
pub use picture::html;
pub use report::{COMPARED_AT, DetectorReport, SpikeFigures, SpikeReport};
pub use rising::{RisingFigures, rising};

/// The clips of which calls are built.
#[derive(Debug)]
pub struct Bench {
    clips: Vec<Clip>,
    unreadable: usize,
}

impl Bench {
    /// Reads the angry and the calm clips of `manifest`. `progress` is called with the number
    /// read and the total.
    ///
    /// # Errors
    /// [`EvalError::NoClips`] if no call can be built.
    pub fn read(
        manifest: &Manifest,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, EvalError> {
        let (clips, unreadable) = prepare::clips(manifest, progress)?;
        Ok(Self { clips, unreadable })
    }

    /// The calls of `seed` after transmission over `line`.
    pub fn calls(&self, line: Line, seed: u64) -> impl ExactSizeIterator<Item = BuiltCall> {
        let plan = CallPlan { seed, ..CallPlan::default() };
        let recorded = (line == Line::Recorded).then(|| prepare::as_recorded(&self.clips));
        let clips = recorded.as_ref().unwrap_or(&self.clips);
        build_calls(clips, &plan).into_iter().enumerate().map(move |(number, mut call)| {
            line.apply(&mut call, seed.wrapping_add(number as u64));
            call
        })
    }

    /// Measures the detector `config` with `model` over `line` on the calls of all `seeds`
    /// together, and the baselines of [`detectors`]. `progress` is called with the number of
    /// processed calls of a seed and their total.
    ///
    /// # Errors
    /// The model's error, or [`EvalError::Fusion`] for a setting out of range.
    pub fn measure(
        &self,
        model: &mut dyn AcousticModel,
        config: &FusionConfig,
        line: Line,
        seeds: &[u64],
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<SpikeReport, EvalError> {
        let (mut steady, mut growing, mut each) = (Vec::new(), Vec::new(), Vec::new());
        for &seed in seeds {
            let first = steady.len();
            let calls = self.calls(line, seed);
            let total = calls.len();
            for (done, call) in calls.enumerate() {
                progress(done, total);
                let judged = JudgedCall::new(&call, model)?;
                if judged.script.grows() { growing.push(judged) } else { steady.push(judged) }
            }
            each.push(SpikeFigures::new(&score(&steady[first..], config)?));
        }
        let outcome = score(&steady, config)?;
        let reports = detectors(config)
            .iter()
            .map(|detector| {
                Ok(DetectorReport::new(detector, &sweep(&steady, &detector.config, COMPARED_AT)?))
            })
            .collect::<Result<Vec<_>, EvalError>>()?;
        Ok(SpikeReport {
            model: model.name().to_owned(),
            condition: line.to_string(),
            seeds: seeds.to_vec(),
            calls: steady.len(),
            spikes: outcome.spikes.len(),
            calm_hours: outcome.calm_hours,
            unreadable: self.unreadable,
            compute_p99_ms: compute_p99(&steady),
            rising: rising(if growing.is_empty() { &steady } else { &growing }, config)?,
            moments: moments(&steady, config)?,
            shipped: SpikeFigures::new(&outcome),
            spread: SpikeFigures::spread(&each),
            detectors: reports,
        })
    }
}

/// 99th percentile of the computing time from the end of a window to its alert, in milliseconds.
fn compute_p99(calls: &[JudgedCall]) -> f64 {
    let mut all: Vec<_> = calls.iter().flat_map(|judged| judged.compute.iter()).collect();
    all.sort_unstable();
    all.get(all.len() * 99 / 100).map_or(0.0, |compute| compute.as_secs_f64() * 1e3)
}
