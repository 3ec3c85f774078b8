//! Signals and settings that tests of several files share.

use std::f32::consts::TAU;
use undertone_signal::FrontEnd;

/// The front end the golden file was made with.
pub(crate) fn front_end() -> FrontEnd {
    FrontEnd::TELEPHONE
}

/// Uniform noise in −1..1, the same for the same seed.
pub(crate) fn noise(seed: u32, samples: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples).map(|_| next()).collect()
}

/// A vowel-like sound of 16 kHz samples: harmonics of the F0 that `hz` gives at
/// each sample, shaped by two formants, only those between `low` and `high` Hz.
pub(crate) fn vowel(hz: impl Fn(usize) -> f32, samples: usize, low: f32, high: f32) -> Vec<f32> {
    let formant = |f: f32, at: f32, width: f32| 1.0 / (1.0 + ((f - at) / width).powi(2));
    let mut phase = 0.0f32;
    (0..samples)
        .map(|n| {
            let f0 = hz(n);
            phase = (phase + f0 / 16_000.0).fract();
            let harmonics = (1..).map(|k| (k, k as f32 * f0)).take_while(|(_, f)| *f < high);
            let sum: f32 = harmonics
                .filter(|(_, f)| *f >= low)
                .map(|(k, f)| {
                    let weight = formant(f, 600.0, 90.0) + 0.5 * formant(f, 1_400.0, 120.0) + 0.05;
                    weight * (TAU * k as f32 * phase).sin()
                })
                .sum();
            0.15 * sum
        })
        .collect()
}
