//! Fakes for tests and examples: models without weights ([`undertone_infer::fake`],
//! re-exported), and a synthetic voice.

pub use undertone_infer::fake::{
    Conduct, FakeAcoustic, FakeText, FakeTranscriber, neutral_words, segment,
};

use crate::{Call, EngineError, Models};
use std::f32::consts::TAU;
use std::time::{Duration, Instant};
use undertone_signal::{Lane, SAMPLE_RATE};

/// Samples of a block: 20 ms, as in telephony.
const BLOCK: usize = SAMPLE_RATE as usize / 50;
/// A turn of speech and the silence after it, in seconds.
const TURN_S: f32 = 5.0;
const PAUSE_S: f32 = 1.2;
/// The voice's pitch and syllables a second.
const PITCH_HZ: f32 = 130.0;
const SYLLABLES_HZ: f32 = 4.0;

/// Models that score every voice as calm and transcribe nothing.
pub fn models() -> Models {
    Models { acoustic: Box::new(FakeAcoustic::calm()), transcribers: Vec::new(), text: None }
}

/// A voice of this many seconds, 16 kHz mono: a buzz with syllables that the VAD accepts as
/// speech, in turns of five seconds with a pause after each.
pub fn voice(seconds: f64) -> Vec<f32> {
    let samples = (seconds * f64::from(SAMPLE_RATE)) as usize;
    (0..samples).map(|n| voice_at(n as f32 / SAMPLE_RATE as f32)).collect()
}

fn voice_at(t: f32) -> f32 {
    if t % (TURN_S + PAUSE_S) > TURN_S {
        return 0.0;
    }
    let syllables = 1.0 - 0.8 * (TAU * SYLLABLES_HZ * t).cos();
    let buzz: f32 = (1..20).map(|k| (TAU * PITCH_HZ * k as f32 * t).sin() / k as f32).sum();
    0.1 * syllables * buzz
}

/// Pushes `samples` to a lane in blocks of 20 ms, at `speed` times real time;
/// [`f64::INFINITY`] is as fast as the engine accepts them.
///
/// # Errors
/// As [`Call::push`].
pub fn speak(call: &mut Call, lane: Lane, samples: &[f32], speed: f64) -> Result<(), EngineError> {
    let began = Instant::now();
    let mut spoken = 0;
    for block in samples.chunks(BLOCK) {
        spoken += block.len();
        let due = Duration::from_secs_f64(spoken as f64 / f64::from(SAMPLE_RATE) / speed);
        std::thread::sleep((began + due).saturating_duration_since(Instant::now()));
        call.push(lane, block.to_vec(), Instant::now())?;
    }
    Ok(())
}
