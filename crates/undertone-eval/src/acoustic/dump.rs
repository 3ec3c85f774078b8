//! Writes the training data of a model's prosody layer.

use super::windows::VoicedPart;
use super::{Unreadable, features, seed};
use crate::manifest::{Entry, Manifest};
use crate::{Condition, EvalError, clip};
use serde::Serialize;
use std::io::Write;
use undertone_dsp::{Functionals, LogMel};
use undertone_infer::{AcousticModel, second_look};
use undertone_signal::{FrontEnd, Judgement, Scores};

/// One inference on one window, a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    /// Number of the clip in the manifest, counting from 0 without those skipped.
    clip: usize,
    speaker: &'a str,
    label: &'a str,
    tone: &'a str,
    intensity: &'a str,
    /// `whole`, or `recent`: the newest half, repeated to the full length.
    look: &'static str,
    /// The model's output: seven probabilities, arousal, valence.
    scores: [f32; 9],
    functionals: &'a [f32],
}

/// Writes a line to `out` for each inference on each window of each clip of `manifest`
/// under `condition`: the functionals and the output of `model`. Clips that cannot be
/// read are skipped and counted. `progress` is called after each clip with the number
/// done and the total.
///
/// # Errors
/// [`EvalError::Model`] if the model fails, [`EvalError::Write`] if `out` does.
pub fn dump(
    manifest: &Manifest,
    model: &mut dyn AcousticModel,
    condition: Condition,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Unreadable, EvalError> {
    let front_end = FrontEnd { pitch: true, ..model.front_end() };
    let mut log_mel = LogMel::new(front_end)?;
    let mut unreadable = Unreadable::default();
    let mut looker = Looker::new(front_end, model);
    for (clip, entry) in manifest.entries.iter().enumerate() {
        match clip::read(&entry.path) {
            Ok(mut samples) => {
                let voiced = VoicedPart::of(&mut log_mel, &samples);
                let speech = voiced.samples(&front_end, samples.len());
                condition.apply(&mut samples, speech, seed(entry));
                for window in features(&mut log_mel, &samples, voiced) {
                    looker.write(clip, entry, &window, out)?;
                }
            }
            Err(error) => unreadable.add(error.to_string()),
        }
        progress(clip + 1, manifest.entries.len());
    }
    out.flush().map_err(|source| EvalError::Write { source })?;
    Ok(unreadable)
}

/// Runs a model that may not need pitch on windows that have it.
struct Looker<'a> {
    front_end: FrontEnd,
    model: &'a mut dyn AcousticModel,
    functionals: Functionals,
}

impl<'a> Looker<'a> {
    fn new(front_end: FrontEnd, model: &'a mut dyn AcousticModel) -> Self {
        let functionals = Functionals::new(front_end);
        Self { front_end, model, functionals }
    }

    fn write(
        &mut self,
        clip: usize,
        entry: &Entry,
        window: &[f32],
        out: &mut dyn Write,
    ) -> Result<(), EvalError> {
        let FrontEnd { mels, .. } = self.front_end;
        let columns = self.front_end.columns();
        let wants_pitch = self.model.front_end().columns() == columns;
        let kept = if wants_pitch { columns } else { mels };
        let heard: Vec<f32> =
            window.chunks_exact(columns).flat_map(|frame| &frame[..kept]).copied().collect();
        let mut judged = Vec::new();
        self.model.judge(&[&heard], &mut judged)?;
        let Judgement { whole, recent } = judged.first().copied().unwrap_or_default();
        let mut twice = Vec::new();
        second_look(window, columns, &mut twice);
        let mut numbers = Vec::new();
        for (look, shown, scores) in [("whole", window, whole), ("recent", &twice, recent)] {
            self.functionals.measure(shown, &mut numbers);
            let line = Line {
                clip,
                speaker: &entry.speaker,
                label: &entry.label,
                tone: entry.tone.name(),
                intensity: &entry.intensity,
                look,
                scores: flat(&scores),
                functionals: &numbers,
            };
            serde_json::to_writer(&mut *out, &line)
                .map_err(|error| EvalError::Write { source: error.into() })?;
            out.write_all(b"\n").map_err(|source| EvalError::Write { source })?;
        }
        Ok(())
    }
}

fn flat(scores: &Scores) -> [f32; 9] {
    let mut numbers = [0.0; 9];
    for (number, probability) in numbers.iter_mut().zip(scores.probabilities) {
        *number = probability.get();
    }
    [numbers[7], numbers[8]] = [scores.arousal, scores.valence];
    numbers
}
