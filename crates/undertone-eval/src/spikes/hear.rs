//! A built call as the detector hears it.

use crate::EvalError;
use std::time::{Duration, Instant};
use undertone_dsp::{LaneAnalyzer, LaneConfig, LaneOutput};
use undertone_fusion::{FusionConfig, LaneFusion, Observation};
use undertone_infer::AcousticModel;
use undertone_signal::Lane;

/// The hops of one lane, judged. The detector can be run over them again and
/// again with other settings at no cost.
#[derive(Debug, Clone)]
pub struct HeardCall {
    /// Every hop, in order.
    pub observations: Vec<Observation>,
    /// Work for each judged hop, from the window's last block to what an alert rests on:
    /// features, model and detector.
    pub compute: Vec<Duration>,
}

/// Plays `samples` (16 kHz mono) through the lane and the model, one window at
/// a time as a live call would.
///
/// # Errors
/// [`EvalError`] if the lane refuses the model's front end or the model fails.
pub fn hear(samples: &[f32], model: &mut dyn AcousticModel) -> Result<HeardCall, EvalError> {
    let mut lane = LaneAnalyzer::new(LaneConfig::new(model.front_end()))?;
    let mut fusion = LaneFusion::new(Lane::Customer, FusionConfig::default())?;
    let mut heard = HeardCall { observations: Vec::new(), compute: Vec::new() };
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
                heard.compute.push(lane_time + began.elapsed());
            }
            heard.observations.push(observation);
        }
    }
    Ok(heard)
}
