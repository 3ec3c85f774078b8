//! A built call as the detector hears it.

use super::{BuiltCall, Script};
use crate::EvalError;
use std::time::{Duration, Instant};
use undertone_dsp::{Functionals, LaneAnalyzer, LaneConfig, LaneOutput};
use undertone_fusion::{FusionConfig, LaneFusion, Observation};
use undertone_infer::{AcousticModel, second_look};
use undertone_signal::Lane;

/// A built call, judged hop by hop. The detector can be run over it again and
/// again with other settings at no cost.
#[derive(Debug, Clone)]
pub struct HeardCall {
    /// What is known of it.
    pub script: Script,
    /// Every hop of the customer, in order.
    pub customer: Vec<Observation>,
    /// Every hop of the agent.
    pub agent: Vec<Observation>,
    /// Work for each judged hop of the customer, from the window's last block to what an
    /// alert rests on: features, model and detector.
    pub compute: Vec<Duration>,
}

impl HeardCall {
    /// Has `model` judge both lanes of `call`.
    ///
    /// # Errors
    /// As [`hear`].
    pub fn new(call: &BuiltCall, model: &mut dyn AcousticModel) -> Result<Self, EvalError> {
        let (customer, compute) = hear(&call.customer, model)?;
        let (agent, _) = hear(&call.agent, model)?;
        Ok(Self { script: call.script.clone(), customer, agent, compute })
    }
}

/// [`Functionals`] of both looks at a window, whole and newest half.
pub(super) type Looks = [Vec<f32>; 2];

/// The functionals of every hop of `samples` (16 kHz mono), in the order of what
/// [`hear`] observes: `None` where `model` judges nothing.
///
/// # Errors
/// [`EvalError`] if the lane refuses the model's front end.
pub(super) fn functionals(
    samples: &[f32],
    model: &dyn AcousticModel,
) -> Result<Vec<Option<Looks>>, EvalError> {
    let front_end = model.front_end();
    let mut lane = LaneAnalyzer::new(LaneConfig::new(front_end))?;
    let mut measure = Functionals::new(front_end);
    let (mut second, mut hops) = (Vec::new(), Vec::new());
    for block in samples.chunks(320) {
        lane.push(block, &mut |output| {
            let LaneOutput::Window(window) = output else { return };
            let mut looks = Looks::default();
            second_look(&window.features, front_end.columns(), &mut second);
            measure.measure(&window.features, &mut looks[0]);
            measure.measure(&second, &mut looks[1]);
            hops.push((!window.features.is_empty()).then_some(looks));
        });
    }
    Ok(hops)
}

/// Plays `samples` (16 kHz mono) through the lane and the model, one window at
/// a time as a live call would: every hop, and the work for each that was judged.
///
/// # Errors
/// [`EvalError`] if the lane refuses the model's front end or the model fails.
pub fn hear(
    samples: &[f32],
    model: &mut dyn AcousticModel,
) -> Result<(Vec<Observation>, Vec<Duration>), EvalError> {
    let mut lane = LaneAnalyzer::new(LaneConfig::new(model.front_end()))?;
    let mut fusion = LaneFusion::new(Lane::Customer, FusionConfig::default())?;
    let (mut observations, mut compute) = (Vec::new(), Vec::new());
    let mut windows = Vec::new();
    let mut judged = Vec::with_capacity(1);
    for block in samples.chunks(320) {
        let began = Instant::now();
        lane.push(block, &mut |output| {
            if let LaneOutput::Window(window) = output {
                windows.push((window, began.elapsed()));
            }
        });
        for (window, lane_time) in windows.drain(..) {
            let began = Instant::now();
            judged.clear();
            if !window.features.is_empty() {
                model.judge(&[&window.features], &mut judged)?;
            }
            let observation = Observation {
                span: window.span,
                speech_now: window.speech_now,
                prosody: window.prosody,
                judgement: judged.first().copied(),
            };
            // Only for its time: the alerts that count come from the settings under test.
            fusion.observe(&observation);
            if observation.judgement.is_some() {
                compute.push(lane_time + began.elapsed());
            }
            observations.push(observation);
        }
    }
    Ok((observations, compute))
}
