//! A telephone line.

use super::filter::{HALF_BAND_REACH, Pass, butterworth, half_band};
use super::g711::companded;

/// Filters to 300–3400 Hz, resamples to 8 kHz, encodes as µ-law, and resamples back to
/// 16 kHz, in place and without delay.
pub(super) fn telephone(samples: &mut [f32]) {
    let band: Vec<f64> = band_limited(samples);
    let taps = half_band();
    let narrow: Vec<f64> = (0..samples.len().div_ceil(2))
        .map(|n| f64::from(companded(around(&band, 2 * n, &taps) as f32)))
        .collect();
    let mut stuffed = vec![0.0; samples.len()];
    for (wide, &sample) in stuffed.iter_mut().step_by(2).zip(&narrow) {
        *wide = 2.0 * sample;
    }
    for (n, sample) in samples.iter_mut().enumerate() {
        *sample = around(&stuffed, n, &taps) as f32;
    }
}

fn band_limited(samples: &[f32]) -> Vec<f64> {
    let mut high = butterworth(Pass::High, 300.0);
    let mut low = butterworth(Pass::Low, 3_400.0);
    let sections =
        |x: f32| high.iter_mut().chain(&mut low).fold(f64::from(x), |x, section| section.next(x));
    samples.iter().copied().map(sections).collect()
}

/// The filter `taps` with its middle on sample `at`; silence beyond the ends.
fn around(samples: &[f64], at: usize, taps: &[f64]) -> f64 {
    let start = at.saturating_sub(HALF_BAND_REACH);
    let end = samples.len().min(at + HALF_BAND_REACH + 1);
    let taps = &taps[start + HALF_BAND_REACH - at..];
    samples[start..end].iter().zip(taps).map(|(sample, tap)| sample * tap).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(hz: f32) -> f32 {
        let step = std::f32::consts::TAU * hz / 16_000.0;
        let mut samples: Vec<f32> = (0..16_000).map(|n| 0.5 * (step * n as f32).sin()).collect();
        telephone(&mut samples);
        let middle = &samples[4_000..12_000];
        (2.0 * middle.iter().map(|x| x * x).sum::<f32>() / middle.len() as f32).sqrt() / 0.5
    }

    #[test]
    fn the_speech_band_passes_and_the_rest_does_not() {
        assert!((level(1_000.0) - 1.0).abs() < 0.03);
        assert!((level(2_000.0) - 1.0).abs() < 0.06);
        assert!(level(60.0) < 0.02);
        assert!(level(5_000.0) < 0.02);
    }

    #[test]
    fn the_line_adds_the_noise_of_eight_bits() {
        let step = std::f32::consts::TAU * 1_000.0 / 16_000.0;
        let clean: Vec<f32> = (0..16_000).map(|n| 0.5 * (step * n as f32).sin()).collect();
        let mut heard = clean.clone();
        telephone(&mut heard);
        // Best delay-free gain and phase: project on the tone and its quadrature.
        let part = 4_000..12_000;
        let project = |phase: f32| -> f32 {
            let wave = part.clone().map(|n| (step * n as f32 + phase).sin() * heard[n]);
            2.0 * wave.sum::<f32>() / part.len() as f32
        };
        let (sine, cosine) = (project(0.0), project(std::f32::consts::FRAC_PI_2));
        let rest = part.clone().map(|n| {
            let wave = step * n as f32;
            (heard[n] - sine * wave.sin() - cosine * wave.cos()).powi(2)
        });
        let noise: f32 = rest.sum::<f32>() / part.len() as f32;
        let snr = 10.0 * (0.5 * (sine * sine + cosine * cosine) / noise).log10();
        assert!((33.0..48.0).contains(&snr), "{snr} dB");
    }
}
