//! Processing time of a single turn, from its last sample to the text model's scores.

use crate::EvalError;
use crate::load::Material;
use serde::Serialize;
use std::time::{Duration, Instant};
use undertone_dsp::LogMel;
use undertone_engine::Models;
use undertone_infer::TextInput;
use undertone_signal::{Lane, LaneKey, RunId, SAMPLE_RATE, Segment, Span, StreamTime};

/// Number of timed runs, after one that is not.
const RUNS: usize = 5;

/// Milliseconds of wall-clock, medians.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// Length of the turn, in seconds.
    pub seconds: f64,
    /// Both inferences on its last window, including features.
    pub tone_ms: f64,
    /// Transcription.
    pub words_ms: f64,
    /// The text model; null without one.
    pub meaning_ms: Option<f64>,
    /// The sum.
    pub total_ms: f64,
}

/// Times a turn of `seconds` from the beginning of the first lane, alone.
///
/// # Errors
/// [`EvalError`] if there is no recogniser, the recording is shorter than a window or
/// the turn, or a model fails.
pub fn turn(material: &Material, models: &mut Models, seconds: f64) -> Result<Turn, EvalError> {
    let fault = |cause: &str| EvalError::Load { cause: cause.to_owned() };
    let front_end = models.acoustic.front_end();
    let wanted = ((seconds * f64::from(SAMPLE_RATE)) as usize).max(front_end.window);
    let samples = material.samples().next().and_then(|lane| lane.get(..wanted));
    let samples = samples.ok_or_else(|| fault("the recording is shorter than the turn"))?;
    let key = LaneKey::new(RunId::from_u128(0), Lane::Customer);
    let segment = Segment {
        key,
        index: 0,
        span: Span::new(StreamTime::ZERO, StreamTime::from_samples(wanted as u64)),
        captured_at: Instant::now(),
        samples: samples.to_vec(),
        is_final: true,
    };
    let transcriber =
        models.transcribers.first_mut().ok_or_else(|| fault("a turn needs a recogniser"))?;
    let (mut runs, mut judged, mut scored) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=RUNS {
        let began = Instant::now();
        let features = LogMel::features(&front_end, &samples[wanted - front_end.window..])?;
        models.acoustic.judge(&[&features], &mut judged)?;
        let tone = began.elapsed();
        let words = transcriber.transcribe(&segment)?.map_or_else(String::new, |words| words.text);
        let heard = began.elapsed();
        let reading = Instant::now();
        if let Some(text) = &mut models.text {
            let input = TextInput { text: &words, context: "", lane: Lane::Customer };
            text.score(&[input], &mut scored)?;
        }
        runs.push([tone, heard.saturating_sub(tone), reading.elapsed(), began.elapsed()]);
    }
    let runs = &runs[1..];
    Ok(Turn {
        seconds: wanted as f64 / f64::from(SAMPLE_RATE),
        tone_ms: median(runs, 0),
        words_ms: median(runs, 1),
        meaning_ms: models.text.is_some().then(|| median(runs, 2)),
        total_ms: median(runs, 3),
    })
}

fn median(runs: &[[Duration; 4]], of: usize) -> f64 {
    let mut millis: Vec<f64> = runs.iter().map(|run| run[of].as_secs_f64() * 1e3).collect();
    millis.sort_by(f64::total_cmp);
    millis.get(millis.len() / 2).copied().unwrap_or_default()
}
