//! A built call with the model's judgement of every hop.

use super::{BuiltCall, Script};
use crate::EvalError;
use std::time::Duration;
use undertone_dsp::Functionals;
use undertone_engine::{EngineSettings, Hop, Pipeline};
use undertone_fusion::Observation;
use undertone_infer::{AcousticModel, second_look};
use undertone_signal::{FrontEnd, Lane};

/// Samples pushed at a time: 20 ms, as telephony hands audio over.
const BLOCK: usize = 320;

/// A built call, judged hop by hop. The detector can be run over it again and
/// again with other settings at no cost.
#[derive(Debug, Clone)]
pub struct JudgedCall {
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

impl JudgedCall {
    /// Has `model` judge both lanes of `call`.
    ///
    /// # Errors
    /// As [`judge_lane`].
    pub fn new(call: &BuiltCall, model: &mut dyn AcousticModel) -> Result<Self, EvalError> {
        let (mut customer, mut agent, mut compute) = (Vec::new(), Vec::new(), Vec::new());
        judge_lane(&call.customer, model, &mut |hop| {
            compute.extend(hop.observation.judgement.map(|_| hop.compute));
            customer.push(hop.observation);
        })?;
        judge_lane(&call.agent, model, &mut |hop| agent.push(hop.observation))?;
        Ok(Self { script: call.script.clone(), customer, agent, compute })
    }
}

/// Plays `samples` (16 kHz mono) through the engine's [`Pipeline`], one window at a time as
/// a live call would, and hands every hop to `each`.
///
/// The detector in it runs for its time alone: the alerts that are measured come from the
/// settings under test.
///
/// # Errors
/// [`EvalError`] if the lane refuses the model's front end or the model fails.
pub fn judge_lane(
    samples: &[f32],
    model: &mut dyn AcousticModel,
    each: &mut dyn FnMut(Hop),
) -> Result<(), EvalError> {
    let lane = Lane::Customer;
    let mut pipeline = Pipeline::new(&[lane], EngineSettings::default(), model)?;
    for block in samples.chunks(BLOCK) {
        pipeline.push(lane, block, each)?;
    }
    Ok(())
}

/// [`Functionals`] of a window, whole and its newest half.
pub(super) type Halves = [Vec<f32>; 2];

/// Measures the [`Functionals`] of hops.
pub(super) struct Measure {
    front_end: FrontEnd,
    functionals: Functionals,
    newest: Vec<f32>,
}

impl Measure {
    pub(super) fn new(front_end: FrontEnd) -> Self {
        Self { front_end, functionals: Functionals::new(front_end), newest: Vec::new() }
    }

    /// The functionals of `hop`; `None` where the model was not asked.
    pub(super) fn of(&mut self, hop: &Hop) -> Option<Halves> {
        if hop.features.is_empty() {
            return None;
        }
        let mut halves = Halves::default();
        second_look(&hop.features, self.front_end.columns(), &mut self.newest);
        self.functionals.measure(&hop.features, &mut halves[0]);
        self.functionals.measure(&self.newest, &mut halves[1]);
        Some(halves)
    }
}
