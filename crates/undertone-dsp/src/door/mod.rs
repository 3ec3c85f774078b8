//! What a line adds to a voice is taken off before anything else sees the samples: an
//! offset, mains hum and its harmonics. What was found is counted on the way.

mod biquad;
mod hum;
mod quality;

use crate::repair::repair;
use biquad::Biquad;
use hum::{HumDetector, HumFilter};
pub use quality::{LevelCount, LineFault, LineFinding};

/// Elliptic high-pass of fifth order: .5 dB of ripple from 84 Hz up, 48 dB or more down
/// at and below 55 Hz, 40 dB at 60 Hz, and nothing left of an offset. Made by
/// `scipy.signal.ellip(5, 0.5, 48, 84, "highpass", fs=16000, output="sos")`. A deep voice
/// loses its fundamental, as on the telephone; its F0 is read off the harmonics.
#[allow(clippy::excessive_precision, reason = "as SciPy prints them")]
const HIGH_PASS: [[f64; 5]; 3] = [
    [0.945_492_301_359_080_9, -0.945_492_301_359_080_9, 0.0, -0.926_871_956_808_312, 0.0],
    [1.0, -1.999_777_002_022_116_7, 1.0, -1.966_927_849_484_067, 0.968_746_398_808_932_9],
    [1.0, -1.999_509_285_122_663_2, 1.0, -1.993_948_307_510_469_4, 0.995_000_654_766_471_3],
];

/// The first thing a lane's samples go through. Allocates nothing after construction.
#[derive(Debug)]
pub struct Door {
    high_pass: [Biquad; 3],
    /// False until the first sample, which counts as having lasted for ever: a line with
    /// an offset does not begin with a bang.
    primed: bool,
    hum: HumDetector,
    filter: HumFilter,
    count: LevelCount,
}

impl Default for Door {
    fn default() -> Self {
        Self::new()
    }
}

impl Door {
    /// A door nothing has gone through.
    pub fn new() -> Self {
        Self {
            high_pass: HIGH_PASS.map(Biquad::new),
            primed: false,
            hum: HumDetector::new(),
            filter: HumFilter::default(),
            count: LevelCount::default(),
        }
    }

    /// The next sample, without what the line added. One that is not finite is silence.
    pub fn pass(&mut self, raw: f32) -> f32 {
        self.count.take(raw);
        let sample = f64::from(repair(raw));
        if !self.primed {
            self.primed = true;
            // Only the first section sees an offset; behind it there is none.
            self.high_pass[0].settle(sample);
        }
        if let Some(lines) = self.hum.push(sample) {
            self.filter.follow(lines);
        }
        let passed = self.high_pass.iter_mut().fold(sample, |x, section| section.pass(x));
        self.filter.pass(passed) as f32
    }

    /// What is wrong with the line, each fault once. To be asked every so often.
    pub fn finding(&mut self) -> Option<LineFinding> {
        self.count.finding(self.hum.level())
    }

    /// What has been counted of the samples as they came.
    pub const fn count(&self) -> &LevelCount {
        &self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn pass(samples: impl Iterator<Item = f32>) -> Vec<f32> {
        let mut door = Door::new();
        samples.map(|sample| door.pass(sample)).collect()
    }

    fn tone(hz: f32, gain: f32, seconds: f32) -> impl Iterator<Item = f32> {
        let step = f64::from(hz) / 16_000.0;
        (0..(seconds * 16_000.0) as u32)
            .map(move |n| gain * (TAU * (f64::from(n) * step).fract() as f32).sin())
    }

    /// Level of the second half, in dB relative to full scale of a sine.
    fn level(samples: &[f32]) -> f32 {
        let late = &samples[samples.len() / 2..];
        let power = late.iter().map(|x| x * x).sum::<f32>() / late.len() as f32;
        10.0 * (2.0 * power).max(1e-20).log10()
    }

    #[test]
    fn an_offset_is_gone_from_the_first_sample_on() {
        for offset in [0.1, -0.1, 0.005] {
            let passed = pass(std::iter::repeat_n(offset, 16_000));
            assert!(passed.iter().all(|x| x.abs() < 1e-6), "{offset}");
        }
    }

    #[test]
    fn mains_are_taken_off_and_voices_are_not() {
        for (hz, at_most) in [(50.0, -45.0), (60.0, -39.0), (50.2, -45.0), (59.8, -39.0)] {
            let level = level(&pass(tone(hz, 1.0, 1.0)));
            assert!(level < at_most, "{hz} Hz: {level} dB");
        }
        for hz in [90.0, 110.0, 140.0, 210.0, 300.0, 1_000.0, 7_000.0] {
            let level = level(&pass(tone(hz, 1.0, 1.0)));
            assert!((-0.6..0.1).contains(&level), "{hz} Hz: {level} dB");
        }
    }

    #[test]
    fn harmonics_of_hum_are_taken_off_within_seconds_even_when_the_mains_drift() {
        for hz in [50.0, 49.9, 60.0, 60.1] {
            let parts = [(1.0, 0.1), (2.0, 0.05), (3.0, 0.03), (4.0, 0.01)];
            let all = parts.map(|(k, gain)| tone(k * hz, gain, 12.0).collect::<Vec<_>>());
            let hum = (0..all[0].len()).map(|n| all.iter().map(|part| part[n]).sum::<f32>());
            let level = level(&pass(hum));
            assert!(level < -42.0, "{hz} Hz: {level} dB");
        }
    }

    #[test]
    fn a_steady_low_voice_is_no_hum() {
        let glide = |n: usize| 100.0 + 4.0 * (TAU * 0.37 * n as f32 / 16_000.0).sin();
        let voice = crate::testing::vowel(glide, 160_000, 0.0, 4_000.0);
        let mut door = Door::new();
        let passed: Vec<f32> = voice.iter().map(|x| door.pass(*x)).collect();
        assert!(door.finding().is_none());
        assert!((level(&passed) - level(&voice)).abs() < 1.0);
    }

    #[test]
    fn each_fault_of_a_line_is_found_once() {
        let mut door = Door::new();
        let mut found = Vec::new();
        for x in tone(50.0, 0.05, 10.0).zip(tone(440.0, 0.1, 10.0)).map(|(a, b)| a + b + 0.05) {
            door.pass(x);
            found.extend(door.finding());
        }
        let faults: Vec<_> = found.iter().map(|finding| finding.fault).collect();
        assert_eq!(faults, [LineFault::Offset, LineFault::Hum], "{found:?}");
        assert!((found[0].value - 5.0).abs() < 0.5, "{found:?}");
        assert!((found[1].value + 26.0).abs() < 1.0, "{found:?}");
    }

    #[test]
    fn silence_after_sound_becomes_exact_silence() {
        let mut door = Door::new();
        for x in tone(300.0, 0.3, 1.0).chain(std::iter::repeat_n(0.0, 80_000)) {
            door.pass(x);
        }
        let late = (0..16_000).map(|_| door.pass(0.0)).all(|x| x.to_bits() << 1 == 0);
        let still = |section: &Biquad| section.is_still();
        assert!(late && door.high_pass.iter().all(still));
    }

    #[test]
    fn samples_that_are_no_numbers_are_silence_and_counted() {
        let mut door = Door::new();
        for x in [f32::NAN, f32::INFINITY, 1e30, -1e30, f32::MIN_POSITIVE].repeat(1_000) {
            assert!(door.pass(x).is_finite());
        }
        assert_eq!(door.count().not_finite(), 2_000);
    }
}
