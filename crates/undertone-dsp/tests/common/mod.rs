//! A signal that the tests share.

use std::f32::consts::TAU;

/// Four syllables a second of a gliding vowel with formants, enough like speech.
pub(crate) fn speech(samples: usize, gain: f32) -> Vec<f32> {
    let mut phase = 0.0f32;
    let formant = |f: f32, at: f32, width: f32| 1.0 / (1.0 + ((f - at) / width).powi(2));
    (0..samples)
        .map(|n| {
            let t = n as f32 / 16_000.0;
            let f0 = 140.0 + 25.0 * (TAU * 0.9 * t).sin();
            phase = (phase + f0 / 16_000.0).fract();
            let first = 550.0 + 150.0 * (TAU * 2.0 * t).sin();
            let second = 1_500.0 + 500.0 * (TAU * 1.3 * t).sin();
            let harmonics = (1..24).map(|k| {
                let f = k as f32 * f0;
                let weight = formant(f, first, 80.0) + 0.4 * formant(f, second, 120.0) + 0.02;
                weight * (TAU * k as f32 * phase).sin()
            });
            let envelope = (0.5 - 0.5 * (TAU * 4.0 * t).cos()).sqrt();
            gain * 0.3 * envelope * harmonics.sum::<f32>()
        })
        .collect()
}
