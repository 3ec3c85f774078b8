//! Filters of the telephone line.

use std::f64::consts::{PI, TAU};
use undertone_signal::SAMPLE_RATE;

/// Second-order section in transposed direct form II.
pub(super) struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

/// Which side of the corner passes.
#[derive(Clone, Copy)]
pub(super) enum Pass {
    Low,
    High,
}

/// Qualities of the two sections of a fourth-order Butterworth filter.
const BUTTERWORTH_4: [f64; 2] = [0.541_196_100_146_197, 1.306_562_964_876_377];

/// A fourth-order Butterworth filter at 16 kHz with its corner (−3 dB) at `hz`.
pub(super) fn butterworth(pass: Pass, hz: f64) -> [Biquad; 2] {
    BUTTERWORTH_4.map(|quality| Biquad::new(pass, hz, quality))
}

impl Biquad {
    /// After R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad filters".
    fn new(pass: Pass, hz: f64, quality: f64) -> Self {
        let (sin, cos) = (TAU * hz / f64::from(SAMPLE_RATE)).sin_cos();
        let alpha = sin / (2.0 * quality);
        let a0 = 1.0 + alpha;
        let (side, middle) = match pass {
            Pass::Low => (f64::midpoint(1.0, -cos), 1.0 - cos),
            Pass::High => (f64::midpoint(1.0, cos), -1.0 - cos),
        };
        Self {
            b: [side / a0, middle / a0, side / a0],
            a: [-2.0 * cos / a0, (1.0 - alpha) / a0],
            state: [0.0; 2],
        }
    }

    /// Filters one sample.
    pub(super) fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// Taps of [`half_band`] on each side of the middle.
pub(super) const HALF_BAND_REACH: usize = 64;

/// Low-pass for halving and doubling 16 kHz: a windowed sinc that passes up to
/// about 3.6 kHz and stops from 4 kHz. Symmetric; sums to 1.
pub(super) fn half_band() -> Vec<f64> {
    const CORNER: f64 = 3_800.0;
    let reach = HALF_BAND_REACH as f64;
    let tap = |n: usize| {
        let t = n as f64 - reach;
        let x = TAU * CORNER / f64::from(SAMPLE_RATE) * t;
        let sinc = if t == 0.0 { 1.0 } else { x.sin() / x };
        sinc * (0.54 + 0.46 * (PI * t / (reach + 1.0)).cos())
    };
    let taps: Vec<f64> = (0..=2 * HALF_BAND_REACH).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain(pass: Pass, corner: f64, hz: f64) -> f64 {
        let mut sections = butterworth(pass, corner);
        let tone = (0..16_000).map(|n| (TAU * hz * f64::from(n) / 16_000.0).sin());
        let filtered: Vec<f64> =
            tone.map(|x| sections.iter_mut().fold(x, |x, section| section.next(x))).collect();
        let power: f64 = filtered[8_000..].iter().map(|y| y * y).sum::<f64>() / 8_000.0;
        (2.0 * power).sqrt()
    }

    #[test]
    fn a_butterworth_filter_halves_the_power_at_its_corner() {
        for (pass, corner) in [(Pass::High, 300.0), (Pass::Low, 3_400.0)] {
            assert!((gain(pass, corner, corner) - 0.5_f64.sqrt()).abs() < 1e-3);
        }
        assert!(gain(Pass::High, 300.0, 1_200.0) > 0.999);
        // Fourth order: 24 dB an octave.
        assert!((gain(Pass::High, 300.0, 150.0) - 0.0624).abs() < 1e-3);
    }

    #[test]
    fn the_half_band_filter_passes_speech_and_stops_above_4_khz() {
        let response = |hz: f64| {
            let taps = half_band();
            let w = TAU * hz / 16_000.0;
            let (mut re, mut im) = (0.0, 0.0);
            for (n, tap) in taps.iter().enumerate() {
                re += tap * (w * n as f64).cos();
                im += tap * (w * n as f64).sin();
            }
            f64::hypot(re, im)
        };
        assert!((response(300.0) - 1.0).abs() < 0.01);
        assert!((response(3_400.0) - 1.0).abs() < 0.01);
        assert!(response(4_200.0) < 0.01);
        assert!(response(7_000.0) < 0.01);
    }
}
