//! Writes built calls with the detector's inputs, for fitting it.

use super::BuiltCall;
use super::judged::{Halves, Measure, judge_lane};
use crate::EvalError;
use serde::Serialize;
use std::io::Write;
use undertone_fusion::Observation;
use undertone_infer::AcousticModel;
use undertone_signal::{Probability, Scores, Tone};

/// One call, written as one line of JSON.
#[derive(Serialize)]
struct Call<'a> {
    speaker: &'a str,
    seconds: f64,
    /// Onset, end, intensity.
    spikes: Vec<(f64, f64, Option<&'a str>)>,
    hops: Vec<Hop>,
}

/// Probabilities, arousal, valence and contrast.
type Numbers = ([f32; Tone::ALL.len()], f32, f32, Option<f32>);

/// End, share of speech, the window whole and recent, prosody, functionals.
#[derive(Serialize)]
struct Hop(f64, f32, Option<(Numbers, Numbers)>, [Option<f32>; 5], Option<Halves>);

/// Writes the customer's lane of `call` to `out`, a line of JSON: `speaker`, `seconds`,
/// `spikes` and `hops`, each hop `[end_s, speech_now, [whole, recent], [f0_hz, f0_range_st,
/// loudness_db, rate_hz, roughness], [whole, recent]]`, each judgement `[probabilities,
/// arousal, valence, contrast]`, at last the functionals that `model`'s prosody is judged by, if it is.
///
/// # Errors
/// [`EvalError::Write`] if `out` fails, or as [`judge_lane`].
pub fn dump(
    call: &BuiltCall,
    model: &mut dyn AcousticModel,
    out: &mut dyn Write,
) -> Result<(), EvalError> {
    let write = |source| EvalError::Write { source };
    let pitch = model.front_end().pitch;
    let (mut measure, mut hops) = (Measure::new(model.front_end()), Vec::new());
    judge_lane(&call.customer, model, &mut |hop| {
        let halves = if pitch { measure.of(&hop) } else { None };
        hops.push(line_of(&hop.observation, halves));
    })?;
    let script = &call.script;
    let line = Call {
        speaker: &script.speaker,
        seconds: script.seconds,
        spikes: script
            .spikes
            .iter()
            .map(|s| (s.onset_s, s.end_s, s.intensity.as_deref()))
            .collect(),
        hops,
    };
    serde_json::to_writer(&mut *out, &line).map_err(|error| write(error.into()))?;
    out.write_all(b"\n").map_err(write)
}

fn line_of(hop: &Observation, halves: Option<Halves>) -> Hop {
    let p = &hop.prosody;
    // Four digits are more than the measures are good for.
    let short = |value: f32| (value * 1e3).round() / 1e3;
    let halves = halves.filter(|_| hop.judgement.is_some());
    Hop(
        hop.span.end.seconds(),
        hop.speech_now,
        hop.judgement.map(|judgement| (numbers(&judgement.whole), numbers(&judgement.recent))),
        [p.f0_hz, p.f0_range_st, p.loudness_db, p.rate_hz, p.roughness],
        halves.map(|halves| halves.map(|half| half.into_iter().map(short).collect())),
    )
}

fn numbers(scores: &Scores) -> Numbers {
    let probabilities = scores.probabilities.map(Probability::get);
    (probabilities, scores.arousal, scores.valence, scores.contrast)
}
