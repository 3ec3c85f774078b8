//! Built calls with everything the detector was given, for those who fit it.

use super::{BuiltCall, HeardCall};
use serde::Serialize;
use std::io::{self, Write};
use undertone_fusion::Observation;
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

/// Probabilities, arousal and valence.
type Look = ([f32; Tone::ALL.len()], f32, f32);

/// End, share of speech, the window whole and recent, prosody.
#[derive(Serialize)]
struct Hop(f64, f32, Option<(Look, Look)>, [Option<f32>; 5]);

/// Writes the calls to `out`, one JSON object a line: `speaker`, `seconds`, `spikes`
/// and `hops`, each hop `[end_s, speech_now, [whole, recent], [f0_hz, f0_range_st,
/// loudness_db, rate_hz, roughness]]`, each look `[probabilities, arousal, valence]`.
///
/// # Errors
/// What `out` says.
pub fn dump(calls: &[(BuiltCall, HeardCall)], out: &mut dyn Write) -> io::Result<()> {
    for (call, heard) in calls {
        let spikes = call.spikes.iter();
        let call = Call {
            speaker: &call.speaker,
            seconds: call.seconds(),
            spikes: spikes.map(|s| (s.onset_s, s.end_s, s.intensity.as_deref())).collect(),
            hops: heard.observations.iter().map(hop).collect(),
        };
        serde_json::to_writer(&mut *out, &call)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn hop(hop: &Observation) -> Hop {
    let p = &hop.prosody;
    Hop(
        hop.span.end.seconds(),
        hop.speech_now,
        hop.judgement.map(|judgement| (look(&judgement.whole), look(&judgement.recent))),
        [p.f0_hz, p.f0_range_st, p.loudness_db, p.rate_hz, p.roughness],
    )
}

fn look(scores: &Scores) -> Look {
    (scores.probabilities.map(Probability::get), scores.arousal, scores.valence)
}
