//! How much of one lane there is in another, and how late.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples compared at a time: 1.024 s at [`RATE`].
pub(super) const WINDOW: usize = 4_096;
/// Samples a second that are compared: below 2 kHz lies most of a voice.
pub(super) const RATE: usize = 4_000;
const FFT: usize = 2 * WINDOW;
/// Longest delay sought, either way: 400 ms.
const LONGEST: usize = 1_600;

/// Where two windows agree best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Agreement {
    /// How late the second is, in samples at [`RATE`]; below zero the first is late.
    pub(super) lag: i32,
    /// Normalised correlation there, 0..1.
    pub(super) correlation: f32,
    /// Gain from the louder window to the softer that explains the softer best.
    pub(super) gain: f32,
    /// True if the first window is the louder.
    pub(super) first_louder: bool,
}

/// Compares windows. Allocates nothing after construction.
pub(super) struct Correlator {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectra: [Vec<Complex<f32>>; 2],
    forward_scratch: Vec<Complex<f32>>,
    inverse_scratch: Vec<Complex<f32>>,
}

impl Correlator {
    pub(super) fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(FFT), planner.plan_fft_inverse(FFT));
        Self {
            time: forward.make_input_vec(),
            spectra: [forward.make_output_vec(), forward.make_output_vec()],
            forward_scratch: forward.make_scratch_vec(),
            inverse_scratch: inverse.make_scratch_vec(),
            forward,
            inverse,
        }
    }

    /// Compares two windows of [`WINDOW`] samples; `None` if one has no sound.
    pub(super) fn compare(&mut self, first: &[f32], second: &[f32]) -> Option<Agreement> {
        let powers = [self.transform(first, 0), self.transform(second, 1)];
        let scale = (powers[0] * powers[1]).sqrt();
        if !scale.is_finite() || scale < 1e-9 {
            return None;
        }
        let (a, b) = self.spectra.split_at_mut(1);
        for (a, b) in a[0].iter_mut().zip(&b[0]) {
            *a = a.conj() * b;
        }
        // The ends have no imaginary part, which is all the inverse asks for.
        let ends = [0, FFT / 2];
        ends.iter().for_each(|end| self.spectra[0][*end].im = 0.0);
        let done = self.inverse.process_with_scratch(
            &mut self.spectra[0],
            &mut self.time,
            &mut self.inverse_scratch,
        );
        debug_assert!(done.is_ok());
        let (place, peak) = self.peak();
        let lag = if place < FFT / 2 { place as i32 } else { place as i32 - FFT as i32 };
        // The windows overlap by so much less than their length.
        let overlap = (WINDOW - lag.unsigned_abs() as usize) as f32 / WINDOW as f32;
        let product = peak / FFT as f32 / overlap;
        let louder = powers[0].max(powers[1]);
        Some(Agreement {
            lag,
            correlation: (product / scale).min(1.0),
            gain: product / louder,
            first_louder: powers[0] >= powers[1],
        })
    }

    /// Transforms the differences of `window`, which are as strong at 1 kHz as lower
    /// down, and returns their power.
    fn transform(&mut self, window: &[f32], place: usize) -> f32 {
        self.time.fill(0.0);
        let mut last = window.first().copied().unwrap_or(0.0);
        for (out, x) in self.time.iter_mut().zip(window) {
            *out = x - last;
            last = *x;
        }
        let power = self.time.iter().map(|x| x * x).sum();
        let done = self.forward.process_with_scratch(
            &mut self.time,
            &mut self.spectra[place],
            &mut self.forward_scratch,
        );
        debug_assert!(done.is_ok());
        power
    }

    /// Place and size of the greatest agreement, of either sign: a line may turn the wave
    /// over.
    fn peak(&self) -> (usize, f32) {
        let late = self.time[..LONGEST].iter().enumerate();
        let early = self.time.iter().enumerate().skip(FFT - LONGEST);
        let all = late.chain(early).map(|(place, value)| (place, value.abs()));
        all.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
    }
}
