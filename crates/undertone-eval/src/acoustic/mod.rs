//! Accuracy of an acoustic model on labelled clips.
//!
//! A clip's score is the mean of the scores of its 2 s windows, one every 250 ms over
//! the voiced part. A shorter clip is centred in one window and padded with silence.

mod dump;
mod figures;
mod html;
mod picture;
mod report;
mod windows;

pub use dump::dump;
pub use figures::{ClipScore, Figures};
pub use html::html;
pub(crate) use html::{STYLE, escape};
pub use report::{AcousticReport, Skipped, Unreadable};

use crate::manifest::{Entry, Manifest};
use crate::{Condition, EvalError, clip};
use std::time::{Duration, Instant};
use undertone_dsp::{ClipPitch, LogMel, with_pitch};
use undertone_infer::AcousticModel;
use undertone_signal::{SAMPLE_RATE, Tone};
use windows::{VoicedPart, cut};

/// Windows in one forward pass.
const BATCH: usize = 32;

/// Measures `model` on every clip of `manifest` under `condition`. `progress` is
/// called after each clip with the number done and the total.
///
/// # Errors
/// [`EvalError::NoClips`] if nothing could be read, [`EvalError::Model`] if the
/// model fails. A clip that cannot be read is skipped and counted in the report.
pub fn evaluate(
    manifest: &Manifest,
    model: &mut dyn AcousticModel,
    condition: Condition,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<AcousticReport, EvalError> {
    let mut judge = Judge::new(model, condition)?;
    let mut clips = Vec::with_capacity(manifest.entries.len());
    let mut unreadable = Unreadable::default();
    for (done, entry) in manifest.entries.iter().enumerate() {
        match judge.clip(entry) {
            Ok(probabilities) => clips.push(ClipScore { entry, probabilities }),
            Err(EvalError::Recording(error)) => unreadable.add(error.to_string()),
            Err(error) => return Err(error),
        }
        progress(done + 1, manifest.entries.len());
    }
    if clips.is_empty() {
        return Err(EvalError::NoClips { path: manifest.path.clone(), cause: unreadable.cause() });
    }
    Ok(report::assemble(manifest, &clips, unreadable, judge.into_work()))
}

/// Counts for the report.
struct Work {
    model: String,
    condition: Condition,
    audio_s: f64,
    windows: u64,
    /// Time spent on features and model, without reading and augmenting clips.
    spent: Duration,
}

/// A model and the state it needs to process clips as it would process a call.
struct Judge<'a> {
    model: &'a mut dyn AcousticModel,
    log_mel: LogMel,
    work: Work,
}

impl<'a> Judge<'a> {
    fn new(model: &'a mut dyn AcousticModel, condition: Condition) -> Result<Self, EvalError> {
        let log_mel = LogMel::new(model.front_end())?;
        let model_name = model.name().to_owned();
        let work =
            Work { model: model_name, condition, audio_s: 0.0, windows: 0, spent: Duration::ZERO };
        Ok(Self { model, log_mel, work })
    }

    /// Probability of each tone in one clip.
    fn clip(&mut self, entry: &Entry) -> Result<[f64; Tone::ALL.len()], EvalError> {
        let mut samples = clip::read(&entry.path)?;
        // The labelled words are where they are whatever happens on the line, so
        // they are looked for in the clean recording.
        let voiced = VoicedPart::of(&mut self.log_mel, &samples);
        let speech = voiced.samples(self.log_mel.front_end(), samples.len());
        self.work.condition.apply(&mut samples, speech, seed(entry));
        self.work.audio_s += samples.len() as f64 / f64::from(SAMPLE_RATE);

        let began = Instant::now();
        let windows = features(&mut self.log_mel, &samples, voiced);
        let probabilities = self.mean(&windows);
        self.work.spent += began.elapsed();
        self.work.windows += windows.len() as u64;
        probabilities
    }

    fn mean(&mut self, windows: &[Vec<f32>]) -> Result<[f64; Tone::ALL.len()], EvalError> {
        let mut sums = [0.0; Tone::ALL.len()];
        let mut scores = Vec::with_capacity(BATCH);
        for batch in windows.chunks(BATCH) {
            let batch: Vec<&[f32]> = batch.iter().map(Vec::as_slice).collect();
            self.model.score(&batch, &mut scores)?;
            for scores in &scores {
                for (sum, probability) in sums.iter_mut().zip(scores.probabilities) {
                    *sum += f64::from(probability.get());
                }
            }
        }
        Ok(sums.map(|sum| sum / windows.len() as f64))
    }

    fn into_work(self) -> Work {
        self.work
    }
}

/// Features of the windows over the voiced part of a clip.
fn features(log_mel: &mut LogMel, samples: &[f32], voiced: VoicedPart) -> Vec<Vec<f32>> {
    let front_end = *log_mel.front_end();
    let mel = log_mel.magnitudes(samples);
    let mut pitch = front_end.pitch.then(|| ClipPitch::new(&front_end, samples));
    let windows = cut(&front_end, &mel, voiced).into_iter().map(|(start, mut window)| {
        log_mel.normalise(&mut window);
        match &mut pitch {
            Some(pitch) => {
                with_pitch(&front_end, window, &pitch.contour(start, front_end.frames()))
            }
            None => window,
        }
    });
    windows.collect()
}

/// A number that identifies a clip in any folder (FNV-1a of its name).
fn seed(entry: &Entry) -> u64 {
    let name = entry.path.file_name().unwrap_or_default();
    name.as_encoded_bytes().iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
