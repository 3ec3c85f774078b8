//! Any sample rate in, 16 kHz out.

use crate::DspError;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Indexing, Resampler as _, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};
use undertone_signal::SAMPLE_RATE;

/// Rates outside this range are refused.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Taps of the filter at the lower of the two rates: flat to 0.93 of the band
/// at 8 ms of delay for 8 kHz input.
const TAPS: usize = 128;
/// Points between two taps; cubic interpolation in between is then good to
/// better than 16 bit.
const OVERSAMPLING: usize = 64;
/// Blocks of 5 ms: short compared with the 10 ms frames that follow.
const BLOCKS_PER_SECOND: u32 = 200;

/// Any rate in, 16 kHz mono out.
///
/// The output is aligned in time with the input (the delay of the filter is removed) and
/// does not depend on how the input is split into calls. After construction nothing is
/// allocated except by the growth of the caller's `out`. Samples that are not finite become
/// 0 and are counted.
pub struct Resampler {
    filter: Option<Filter>,
    repaired: u64,
}

impl Resampler {
    /// A resampler for input at `input_rate` hertz.
    ///
    /// # Errors
    /// [`DspError::SampleRate`] outside 1 000 to 768 000 Hz.
    pub fn new(input_rate: u32) -> Result<Self, DspError> {
        if !RATES.contains(&input_rate) {
            return Err(DspError::SampleRate(input_rate));
        }
        let filter = if input_rate == SAMPLE_RATE { None } else { Some(Filter::new(input_rate)?) };
        Ok(Self { filter, repaired: 0 })
    }

    /// Processes `input` and appends the output that is complete to `out`.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        for &sample in input {
            let sample = if sample.is_finite() {
                sample
            } else {
                self.repaired += 1;
                0.0
            };
            match &mut self.filter {
                Some(filter) => filter.push(sample, out),
                None => out.push(sample),
            }
        }
    }

    /// Appends the remaining output of the filter. The total is then
    /// `input * 16000 / rate` samples, rounded. The next input starts a new stream.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if let Some(filter) = &mut self.filter {
            filter.finish(out);
        }
    }

    /// Samples that were not finite and were replaced by 0.
    pub const fn repaired(&self) -> u64 {
        self.repaired
    }
}

/// Taps for input at `rate`: as long in time for every rate that is lowered.
fn taps(rate: u32) -> usize {
    TAPS * rate.div_ceil(SAMPLE_RATE) as usize
}

/// If every output falls on an existing point, no interpolation is needed, which takes a
/// quarter of the time: at 8, 10, 12, 24, 32, 48 and 96 kHz, among others.
fn interpolation(rate: u32) -> SincInterpolationType {
    if (rate * OVERSAMPLING as u32).is_multiple_of(SAMPLE_RATE) {
        SincInterpolationType::Nearest
    } else {
        SincInterpolationType::Cubic
    }
}

/// Delay of the filter in output samples: half its length, less one output sample and one
/// step of oversampling, because the first output lies one step into the input and taps are
/// read one point late.
fn delay(rate: u32) -> usize {
    let input_samples = taps(rate) as f64 / 2.0 - 1.0 / OVERSAMPLING as f64;
    (input_samples * f64::from(SAMPLE_RATE) / f64::from(rate) - 1.0).round() as usize
}

/// The filter and the bookkeeping that aligns its output.
struct Filter {
    inner: Async<f32>,
    rate: u32,
    block: Vec<f32>,
    filled: usize,
    output: Vec<f32>,
    /// Samples still to be dropped from the start.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Filter {
    fn new(rate: u32) -> Result<Self, DspError> {
        let ratio = f64::from(SAMPLE_RATE) / f64::from(rate);
        let parameters =
            SincInterpolationParameters::new(taps(rate), WindowFunction::BlackmanHarris2)
                .oversampling_factor(OVERSAMPLING)
                .interpolation(interpolation(rate));
        let block = (rate / BLOCKS_PER_SECOND).max(8) as usize;
        let inner = Async::new_sinc(ratio, 1.0, &parameters, block, 1, FixedAsync::Input)
            .map_err(|e| DspError::Resampler { rate, cause: e.to_string() })?;
        Ok(Self {
            block: vec![0.0; block],
            filled: 0,
            output: vec![0.0; inner.output_frames_max()],
            delay: delay(rate),
            taken: 0,
            given: 0,
            rate,
            inner,
        })
    }

    fn push(&mut self, sample: f32, out: &mut Vec<f32>) {
        self.block[self.filled] = sample;
        self.filled += 1;
        self.taken += 1;
        if self.filled == self.block.len() {
            self.run(out, u64::MAX);
        }
    }

    /// Filters one block, silent from `filled` on; appends at most up to a
    /// total of `limit` samples.
    fn run(&mut self, out: &mut Vec<f32>, limit: u64) -> usize {
        let indexing = Indexing::new().partial_len(self.filled);
        self.filled = 0;
        let frames = self.output.len();
        let (Ok(input), Ok(mut output)) = (
            InterleavedSlice::new(&self.block, 1, self.block.len()),
            InterleavedSlice::new_mut(&mut self.output, 1, frames),
        ) else {
            return 0;
        };
        // The buffers have the sizes the resampler asked for, which is all it checks.
        let made = match self.inner.process_into_buffer(&input, &mut output, Some(&indexing)) {
            Ok((_, made)) => made,
            Err(_) => 0,
        };
        let dropped = self.delay.min(made);
        self.delay -= dropped;
        let room = usize::try_from(limit.saturating_sub(self.given)).unwrap_or(usize::MAX);
        let kept = (made - dropped).min(room);
        out.extend_from_slice(&self.output[dropped..dropped + kept]);
        self.given += kept as u64;
        made
    }

    fn finish(&mut self, out: &mut Vec<f32>) {
        let rate = u64::from(self.rate);
        let total = (self.taken * u64::from(SAMPLE_RATE) + rate / 2) / rate;
        while self.given < total && self.run(out, total) > 0 {}
        // The delay is a whole number of samples, so the count may be one too high.
        let excess = usize::try_from(self.given.saturating_sub(total)).unwrap_or(0);
        out.truncate(out.len().saturating_sub(excess));
        self.inner.reset();
        self.delay = delay(self.rate);
        (self.filled, self.taken, self.given) = (0, 0, 0);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn sine(hz: f64, rate: u32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (TAU * hz * n as f64 / f64::from(rate)).sin() as f32).collect()
    }

    fn resample(rate: u32, input: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        resampler.push(input, &mut out);
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn absurd_rates_are_refused() {
        for rate in [0, 1, 999, 768_001, u32::MAX] {
            assert_eq!(Resampler::new(rate).err(), Some(DspError::SampleRate(rate)));
        }
    }

    /// How late `out` is against a sine of `hz`, in samples, and the power of what
    /// is no such sine, in dB below it.
    fn shift_and_error(out: &[f32], hz: f64) -> (f64, f64) {
        let angle = |n: usize| TAU * hz * n as f64 / 16_000.0;
        let range = 4_000..28_000;
        let project = |f: fn(f64) -> f64| {
            let sum: f64 = range.clone().map(|n| f64::from(out[n]) * f(angle(n))).sum();
            2.0 * sum / range.len() as f64
        };
        let (sine, cosine) = (project(f64::sin), project(f64::cos));
        let fit = |n: usize| sine * angle(n).sin() + cosine * angle(n).cos();
        let error: f64 = range.clone().map(|n| (f64::from(out[n]) - fit(n)).powi(2)).sum();
        let power = f64::midpoint(sine * sine, cosine * cosine) * range.len() as f64;
        (-cosine.atan2(sine) / (TAU * hz) * 16_000.0, 10.0 * (error / power).log10())
    }

    #[test]
    fn a_tone_keeps_its_place_and_shape_at_every_rate() {
        for rate in [1_000, 8_000, 10_000, 11_025, 22_050, 44_100, 48_000, 96_000, 768_000] {
            let out = resample(rate, &sine(97.0, rate, 2 * rate as usize));
            let (shift, error) = shift_and_error(&out, 97.0);
            assert!(shift.abs() <= 0.51, "{rate} Hz: late by {shift} samples");
            assert!(error < -96.0, "{rate} Hz: error of {error} dB");
        }
    }

    #[test]
    fn what_16_khz_cannot_hold_is_filtered_out() {
        let out = resample(48_000, &sine(9_500.0, 48_000, 48_000));
        let peak = out[800..15_200].iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!(peak < 1e-3, "an alias of {peak} is left");
    }

    #[test]
    fn what_is_not_finite_becomes_silence_and_is_counted() {
        for rate in [8_000, 16_000] {
            let mut resampler = Resampler::new(rate).unwrap();
            let mut out = Vec::new();
            resampler.push(&[f32::NAN, f32::INFINITY, 0.5, f32::NEG_INFINITY], &mut out);
            resampler.finish(&mut out);
            assert_eq!(resampler.repaired(), 3);
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn length_and_samples_do_not_depend_on_the_cuts(
            rate in prop_oneof![Just(8_000u32), Just(16_000), Just(44_100), 1_000u32..50_000],
            samples in 0usize..5_000,
            cut in 1usize..700,
        ) {
            let input = sine(200.0, rate, samples);
            let whole = resample(rate, &input);
            let exact = samples as f64 * 16_000.0 / f64::from(rate);
            prop_assert!((whole.len() as f64 - exact).abs() <= 1.0);
            let mut resampler = Resampler::new(rate).unwrap();
            let mut pieces = Vec::new();
            for piece in input.chunks(cut) {
                resampler.push(piece, &mut pieces);
            }
            resampler.finish(&mut pieces);
            prop_assert_eq!(whole, pieces);
        }
    }
}
