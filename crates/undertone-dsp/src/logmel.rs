//! The input of acoustic models: level-normalised log-mel.

use crate::DspError;
use crate::mel::{BANDS, MelBank};
use crate::pitch_columns::{ClipPitch, with_pitch};
use crate::repair::repair;
use crate::vector::ln;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;
use undertone_signal::{FrontEnd, SAMPLE_RATE};

/// Turns frames of audio into mel magnitudes and windows of those into features,
/// exactly as [`FrontEnd`] defines. Has its own buffers; nothing is allocated after
/// construction.
pub struct LogMel {
    front_end: FrontEnd,
    fft: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    bank: MelBank,
    padded: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    magnitude: Vec<f32>,
}

impl LogMel {
    /// The computation for `front_end`.
    ///
    /// # Errors
    /// [`DspError::FrontEnd`] if a size is zero or contradicts another, or a
    /// number is not finite or not positive where it must be.
    pub fn new(front_end: FrontEnd) -> Result<Self, DspError> {
        check(&front_end)?;
        let fft = RealFftPlanner::new().plan_fft_forward(front_end.fft);
        let step = std::f64::consts::TAU / front_end.frame as f64;
        let hann = (0..front_end.frame).map(|n| (0.5 - 0.5 * (step * n as f64).cos()) as f32);
        Ok(Self {
            hann: hann.collect(),
            bank: MelBank::new(front_end.mels, front_end.fft, SAMPLE_RATE),
            padded: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            magnitude: vec![0.0; front_end.fft / 2 + 1],
            front_end,
            fft,
        })
    }

    /// The front end.
    pub const fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// Features of a whole clip at 16 kHz, normalised as one window of any length: row-major
    /// `[frames, columns]`, empty if shorter than one frame.
    ///
    /// # Errors
    /// As [`LogMel::new`].
    pub fn features(front_end: &FrontEnd, samples: &[f32]) -> Result<Vec<f32>, DspError> {
        let mut log_mel = Self::new(*front_end)?;
        let mut features = log_mel.magnitudes(samples);
        log_mel.normalise(&mut features);
        if !front_end.pitch {
            return Ok(features);
        }
        let frames = features.len() / front_end.mels;
        let contour = ClipPitch::new(front_end, samples).contour(0, frames);
        Ok(with_pitch(front_end, features, &contour))
    }

    /// Mel magnitudes of every whole frame of `samples`: row-major `[frames, mels]`.
    pub fn magnitudes(&mut self, samples: &[f32]) -> Vec<f32> {
        let FrontEnd { frame, hop, mels, .. } = self.front_end;
        let frames = if samples.len() < frame { 0 } else { (samples.len() - frame) / hop + 1 };
        let mut out = vec![0.0; frames * mels];
        for (row, start) in out.chunks_exact_mut(mels).zip((0..).step_by(hop)) {
            self.magnitude(&samples[start..start + frame], row);
        }
        out
    }

    /// Mel magnitudes of one frame: `samples` holds [`FrontEnd::frame`] samples (a
    /// shorter slice counts as followed by silence), `out` takes
    /// [`FrontEnd::mels`] numbers.
    pub fn magnitude(&mut self, samples: &[f32], out: &mut [f32]) {
        self.padded.fill(0.0);
        for ((padded, sample), weight) in self.padded.iter_mut().zip(samples).zip(&self.hann) {
            *padded = repair(*sample) * weight;
        }
        // The buffers are the plan's own, so their lengths, all it checks, are right.
        let transformed =
            self.fft.process_with_scratch(&mut self.padded, &mut self.spectrum, &mut self.scratch);
        debug_assert!(transformed.is_ok());
        for (magnitude, bin) in self.magnitude.iter_mut().zip(&self.spectrum) {
            *magnitude = bin.norm_sqr().sqrt();
        }
        self.bank.apply(&self.magnitude, out);
    }

    /// Turns mel magnitudes, row-major `[frames, mels]`, into features in place.
    pub fn normalise(&self, mel: &mut [f32]) {
        let mut levels: Vec<f32> = mel.chunks_exact(self.front_end.mels).map(level).collect();
        self.normalise_with(mel, &mut levels);
    }

    /// As [`LogMel::normalise`], with the [`level`] of each row known; `levels` is
    /// left in another order.
    pub(crate) fn normalise_with(&self, mel: &mut [f32], levels: &mut [f32]) {
        if levels.is_empty() {
            return;
        }
        let FrontEnd { level_ref, level_floor, log_offset, mean, std, .. } = self.front_end;
        let rank = (0.9 * (levels.len() - 1) as f64).floor() as usize;
        let (_, level, _) = levels.select_nth_unstable_by(rank, f32::total_cmp);
        let gain = level_ref / level.max(level_floor);
        let scale = 1.0 / std;
        pulp::Arch::new().dispatch(|| {
            for x in mel {
                *x = (ln(gain * *x + log_offset) - mean) * scale;
            }
        });
    }
}

/// Level of one mel frame.
pub(crate) fn level(row: &[f32]) -> f32 {
    row.iter().map(|x| x * x).sum::<f32>().sqrt()
}

fn check(front_end: &FrontEnd) -> Result<(), DspError> {
    let wrong =
        |field, problem: &str| Err(DspError::FrontEnd { field, problem: problem.to_owned() });
    let FrontEnd { window, frame, hop, fft, mels, .. } = *front_end;
    // Ten seconds at 16 kHz: beyond it a file is not describing a window of tone.
    if !(frame..=160_000).contains(&window) {
        return wrong("window", "must be at least a frame and at most ten seconds");
    }
    if frame == 0 || hop == 0 {
        return wrong("frame", "and hop must be above zero");
    }
    if !(frame..=65_536).contains(&fft) || !fft.is_multiple_of(2) {
        return wrong("fft", "must be even, at least a frame and at most 65536");
    }
    if !(1..=BANDS).contains(&mels) {
        return wrong("mels", "must be between 1 and 64");
    }
    let positive = [
        ("level_ref", front_end.level_ref),
        ("level_floor", front_end.level_floor),
        ("log_offset", front_end.log_offset),
        ("std", front_end.std),
    ];
    for (field, value) in positive {
        if !(value.is_finite() && value > 0.0) {
            return wrong(field, "must be finite and above zero");
        }
    }
    if !front_end.mean.is_finite() {
        return wrong("mean", "must be finite");
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::front_end;

    #[test]
    fn a_contradictory_front_end_is_refused_by_field() {
        type Spoil = fn(&mut FrontEnd);
        let cases: [(&str, Spoil); 6] = [
            ("fft", |f| f.fft = 256),
            ("mels", |f| f.mels = 65),
            ("frame", |f| f.hop = 0),
            ("window", |f| f.window = 100),
            ("std", |f| f.std = 0.0),
            ("mean", |f| f.mean = f32::NAN),
        ];
        for (name, spoil) in cases {
            let mut bad = front_end();
            spoil(&mut bad);
            let error = LogMel::new(bad).err();
            assert!(matches!(error, Some(DspError::FrontEnd { field, .. }) if field == name));
        }
    }

    #[test]
    fn silence_and_rubbish_give_finite_features() {
        let mut rubbish = vec![0.0f32; 32_000];
        rubbish[5] = f32::NAN;
        rubbish[900] = f32::INFINITY;
        rubbish[1_700] = f32::MAX;
        for clip in [vec![0.0; 32_000], rubbish] {
            let features = LogMel::features(&front_end(), &clip).unwrap();
            assert_eq!(features.len(), front_end().len());
            assert!(features.iter().all(|x| x.is_finite()));
        }
        assert!(LogMel::features(&front_end(), &[0.0; 399]).unwrap().is_empty());
    }

    #[test]
    fn loudness_is_normalised_away() {
        let clip: Vec<f32> = (0..32_000).map(|n| 0.1 * (n as f32 * 0.12).sin()).collect();
        let quiet: Vec<f32> = clip.iter().map(|x| x * 0.25).collect();
        let (a, b) = (
            LogMel::features(&front_end(), &clip).unwrap(),
            LogMel::features(&front_end(), &quiet).unwrap(),
        );
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3));
    }
}
