//! F0 candidates of one frame, from its autocorrelation.
//!
//! After Boersma, "Accurate short-term analysis of the fundamental frequency and
//! the harmonics-to-noise ratio of a sampled sound" (1993): the autocorrelation of
//! the windowed frame divided by that of the window. It finds the period from the
//! harmonics, so it also works where the telephone has cut the fundamental off.

use crate::repair::repair;
use crate::vector::{peak, sum};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;
use undertone_signal::SAMPLE_RATE;

/// Lowest F0 looked for, in hertz.
pub const MIN_HZ: f32 = 60.0;
/// Highest F0 looked for, in hertz.
pub const MAX_HZ: f32 = 500.0;
/// Samples a frame holds: 47 ms, just under three periods of the lowest F0, so
/// that frame and longest lag fit a transform of 1024 points.
pub const PITCH_FRAME: usize = 750;
const FFT: usize = 1_024;
const RATE: f32 = SAMPLE_RATE as f32;
/// From one bin of a frame's spectrum to the next, in hertz.
pub(crate) const BIN_HZ: f32 = RATE / FFT as f32;
const SHORTEST: usize = (RATE / MAX_HZ) as usize;
const LONGEST: usize = (RATE / MIN_HZ) as usize + 1;
/// Only what a telephone may carry counts: above it lies friction, not voice.
const BAND_HZ: std::ops::Range<f32> = 50.0..4_000.0;
/// Candidates kept of one frame.
const CANDIDATES: usize = 6;
/// Peaks lower than this cannot win against "unvoiced".
const WEAKEST: f32 = 0.225;
/// How much a candidate an octave higher is preferred: without it the double
/// period, just as periodic, would win half of the time.
const OCTAVE_COST: f32 = 0.01;

/// One possible period.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Candidate {
    /// Its F0, in hertz.
    pub hz: f32,
    /// Normalised autocorrelation at its period, up to 1.
    pub periodicity: f32,
    /// The same after the octave cost, by which candidates compete.
    pub strength: f32,
    /// log2 of `hz`.
    pub octave: f32,
}

/// The possible periods of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Candidates {
    list: [Candidate; CANDIDATES],
    len: usize,
    /// Largest magnitude in the frame, its mean taken off.
    pub peak: f32,
}

impl Candidates {
    /// The candidates, in no order.
    pub fn as_slice(&self) -> &[Candidate] {
        &self.list[..self.len]
    }

    /// The strongest candidate.
    pub fn best(&self) -> Option<&Candidate> {
        self.as_slice().iter().max_by(|a, b| a.strength.total_cmp(&b.strength))
    }

    fn offer(&mut self, candidate: Candidate) {
        if self.len < CANDIDATES {
            self.list[self.len] = candidate;
            self.len += 1;
            return;
        }
        let weakest = self.list.iter_mut().min_by(|a, b| a.strength.total_cmp(&b.strength));
        if let Some(weakest) = weakest
            && weakest.strength < candidate.strength
        {
            *weakest = candidate;
        }
    }
}

/// Finds the candidates of frames. Allocates nothing after construction.
pub struct PitchAnalyzer {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    hann: Vec<f32>,
    /// What a lag's autocorrelation loses to the window, one at lag 0.
    window_gain: Vec<f32>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    /// Power of each bin of the last frame, outside of the band zero.
    power: Vec<f32>,
    forward_scratch: Vec<Complex<f32>>,
    inverse_scratch: Vec<Complex<f32>>,
}

impl Default for PitchAnalyzer {
    fn default() -> Self {
        Self::new()
    }
}

impl PitchAnalyzer {
    /// An analyzer for 16 kHz audio.
    pub fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(FFT), planner.plan_fft_inverse(FFT));
        let step = std::f32::consts::TAU / PITCH_FRAME as f32;
        let hann = (0..PITCH_FRAME).map(|n| 0.5 - 0.5 * (step * (n as f32 + 0.5)).cos()).collect();
        let mut analyzer = Self {
            hann,
            window_gain: Vec::new(),
            time: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            power: vec![0.0; FFT / 2 + 1],
            forward_scratch: forward.make_scratch_vec(),
            inverse_scratch: inverse.make_scratch_vec(),
            forward,
            inverse,
        };
        analyzer.time[..PITCH_FRAME].copy_from_slice(&analyzer.hann);
        analyzer.correlate(0..FFT / 2 + 1);
        let zero = analyzer.time[0];
        analyzer.window_gain = analyzer.time[..LONGEST + 2].iter().map(|r| zero / r).collect();
        analyzer
    }

    /// Candidates of a frame of [`PITCH_FRAME`] samples; its middle is where they
    /// hold. A shorter slice counts as followed by silence.
    pub fn analyze(&mut self, frame: &[f32]) -> Candidates {
        let mut found = Candidates { peak: self.load(frame), ..Candidates::default() };
        if found.peak < 1e-5 {
            self.power.fill(0.0);
            return found;
        }
        let bin = |hz: f32| (hz * FFT as f32 / RATE) as usize;
        self.correlate(bin(BAND_HZ.start)..bin(BAND_HZ.end));
        let zero = self.time[0];
        if zero <= 0.0 {
            return found;
        }
        let scale = 1.0 / zero;
        for (r, w) in self.time.iter_mut().zip(&self.window_gain) {
            *r *= scale * w;
        }
        for lag in SHORTEST..=LONGEST {
            let (before, here, after) = (self.time[lag - 1], self.time[lag], self.time[lag + 1]);
            if here > WEAKEST && here > before && here >= after {
                found.offer(candidate(lag, before, here, after));
            }
        }
        found
    }

    /// Power of the bins of the frame last analysed, [`BIN_HZ`] apart, Hann window; zero
    /// outside of what a telephone may carry.
    pub(crate) fn power(&self) -> &[f32] {
        &self.power
    }

    /// Windows the frame, its mean taken off, and returns its largest magnitude.
    fn load(&mut self, frame: &[f32]) -> f32 {
        let frame = &frame[..frame.len().min(PITCH_FRAME)];
        let (used, padding) = self.time.split_at_mut(frame.len());
        used.iter_mut().zip(frame).for_each(|(out, x)| *out = repair(*x));
        padding.fill(0.0);
        let mean = sum(used) / frame.len().max(1) as f32;
        for x in &mut *used {
            *x -= mean;
        }
        let peak = peak(used);
        used.iter_mut().zip(&self.hann).for_each(|(x, w)| *x *= w);
        peak
    }

    /// Replaces what `time` holds by its autocorrelation over the bins `band`.
    fn correlate(&mut self, band: std::ops::Range<usize>) {
        // All buffers are the plans' own, so their lengths, all that is checked, are right.
        let there = self.forward.process_with_scratch(
            &mut self.time,
            &mut self.spectrum,
            &mut self.forward_scratch,
        );
        let bins = self.spectrum.iter_mut().zip(&mut self.power);
        for (index, (bin, power)) in bins.enumerate() {
            *power = if band.contains(&index) { bin.norm_sqr() } else { 0.0 };
            *bin = Complex::new(*power, 0.0);
        }
        let back = self.inverse.process_with_scratch(
            &mut self.spectrum,
            &mut self.time,
            &mut self.inverse_scratch,
        );
        debug_assert!(there.is_ok() && back.is_ok());
    }
}

/// The candidate at the peak of the parabola through three lags.
fn candidate(lag: usize, before: f32, here: f32, after: f32) -> Candidate {
    let curve = before - 2.0 * here + after;
    let shift = if curve < 0.0 { 0.5 * (before - after) / curve } else { 0.0 };
    let hz = (RATE / (lag as f32 + shift)).clamp(MIN_HZ, MAX_HZ);
    let periodicity = (here - 0.25 * (before - after) * shift).min(1.0);
    let octave = hz.log2();
    let strength = periodicity + OCTAVE_COST * (octave - MIN_HZ.log2());
    Candidate { hz, periodicity, strength, octave }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{noise, vowel};

    fn best(frame: &[f32]) -> f32 {
        PitchAnalyzer::new().analyze(frame).best().map_or(0.0, |c| c.hz)
    }

    #[test]
    fn steady_vowels_have_their_f0_with_and_without_the_fundamental() {
        for hz in [65.0, 90.0, 120.0, 180.0, 240.0, 330.0, 460.0] {
            for (low, high) in [(0.0, 7_000.0), (300.0, 3_400.0)] {
                let found = best(&vowel(|_| hz, PITCH_FRAME, low, high));
                assert!((found / hz - 1.0).abs() < 0.01, "{hz} from {low} Hz on: {found}");
            }
        }
    }

    #[test]
    fn a_pulse_train_has_its_rate_as_f0() {
        for period in [40usize, 100, 160, 250] {
            let frame: Vec<f32> =
                (0..PITCH_FRAME).map(|n| if n % period == 0 { 0.8 } else { 0.0 }).collect();
            let hz = 16_000.0 / period as f32;
            assert!((best(&frame) / hz - 1.0).abs() < 0.01, "{hz}: {}", best(&frame));
        }
    }

    #[test]
    fn noise_is_not_periodic_and_silence_and_rubbish_have_no_candidates() {
        let mut analyzer = PitchAnalyzer::new();
        let strong = (0..40).filter(|seed| {
            let found = analyzer.analyze(&noise(*seed, PITCH_FRAME));
            found.as_slice().iter().any(|c| c.periodicity > 0.5)
        });
        assert!(strong.count() <= 2);
        assert!(analyzer.analyze(&[0.0; PITCH_FRAME]).as_slice().is_empty());
        assert!(analyzer.analyze(&[]).as_slice().is_empty());
        for rubbish in [f32::NAN, f32::MAX, f32::MIN_POSITIVE] {
            let found = analyzer.analyze(&[rubbish; PITCH_FRAME]);
            assert!(found.as_slice().iter().all(|c| c.hz.is_finite() && c.strength.is_finite()));
        }
    }
}
