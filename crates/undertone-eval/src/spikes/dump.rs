//! Writes built calls with the detector's inputs, for fitting it.

use super::BuiltCall;
use super::hear::{Looks, functionals, hear};
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
type Look = ([f32; Tone::ALL.len()], f32, f32, Option<f32>);

/// End, share of speech, the window whole and recent, prosody, functionals.
#[derive(Serialize)]
struct Hop(f64, f32, Option<(Look, Look)>, [Option<f32>; 5], Option<Looks>);

/// Writes the customer's lane of `call` to `out`, a line of JSON: `speaker`, `seconds`,
/// `spikes` and `hops`, each hop `[end_s, speech_now, [whole, recent], [f0_hz, f0_range_st,
/// loudness_db, rate_hz, roughness], [whole, recent]]`, each look first `[probabilities,
/// arousal, valence, contrast]`, at last the functionals that `model`'s prosody is judged by, if it is.
///
/// # Errors
/// [`EvalError::Write`] if `out` fails, or as [`hear`].
pub fn dump(
    call: &BuiltCall,
    model: &mut dyn AcousticModel,
    out: &mut dyn Write,
) -> Result<(), EvalError> {
    let write = |source| EvalError::Write { source };
    let (heard, _) = hear(&call.customer, model)?;
    let looks = if model.front_end().pitch {
        functionals(&call.customer, model)?
    } else {
        vec![None; heard.len()]
    };
    let script = &call.script;
    let line = Call {
        speaker: &script.speaker,
        seconds: script.seconds,
        spikes: script
            .spikes
            .iter()
            .map(|s| (s.onset_s, s.end_s, s.intensity.as_deref()))
            .collect(),
        hops: heard.iter().zip(looks).map(|(heard, looks)| hop(heard, looks)).collect(),
    };
    serde_json::to_writer(&mut *out, &line).map_err(|error| write(error.into()))?;
    out.write_all(b"\n").map_err(write)
}

fn hop(hop: &Observation, looks: Option<Looks>) -> Hop {
    let p = &hop.prosody;
    // Four digits are more than the measures are good for.
    let short = |value: f32| (value * 1e3).round() / 1e3;
    let looks = looks.filter(|_| hop.judgement.is_some());
    Hop(
        hop.span.end.seconds(),
        hop.speech_now,
        hop.judgement.map(|judgement| (look(&judgement.whole), look(&judgement.recent))),
        [p.f0_hz, p.f0_range_st, p.loudness_db, p.rate_hz, p.roughness],
        looks.map(|looks| looks.map(|look| look.into_iter().map(short).collect())),
    )
}

fn look(scores: &Scores) -> Look {
    let probabilities = scores.probabilities.map(Probability::get);
    (probabilities, scores.arousal, scores.valence, scores.contrast)
}
