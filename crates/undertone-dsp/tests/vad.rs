//! Voice activity on sounds that can be made without a recording.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::speech;
use undertone_dsp::{PITCH_FRAME, PitchAnalyzer, Vad, VadConfig};

/// Share of 10 ms frames that are called speech.
fn share(samples: &[f32]) -> f32 {
    let mut vad = Vad::new(VadConfig::default()).unwrap();
    let mut pitch = PitchAnalyzer::new();
    let ends = (160..=samples.len()).step_by(160);
    let frames = samples.len() / 160;
    let speech = ends.filter(|&end| {
        let found = pitch.analyze(&samples[end.saturating_sub(PITCH_FRAME)..end]);
        let periodicity = found.best().map_or(0.0, |best| best.periodicity);
        vad.push(&samples[end - 160..end], periodicity)
    });
    speech.count() as f32 / frames as f32
}

fn white(samples: usize, gain: f32) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples).map(|_| gain * (next() + next() + next())).collect()
}

/// Noise that falls by 3 dB an octave, from seven first-order filters (P. Kellet).
fn pink(samples: usize, gain: f32) -> Vec<f32> {
    const POLES: [(f32, f32); 6] = [
        (0.998_86, 0.055_517_9),
        (0.993_32, 0.075_075_9),
        (0.969, 0.153_852),
        (0.866_5, 0.310_485_6),
        (0.55, 0.532_952_2),
        (-0.761_6, -0.016_898),
    ];
    let mut state = [0.0f32; 6];
    let filter = |white: f32| {
        for (state, (pole, gain)) in state.iter_mut().zip(POLES) {
            *state = pole * *state + gain * white;
        }
        gain * 0.1 * (state.iter().sum::<f32>() + 0.536_2 * white)
    };
    white(samples, 1.0).into_iter().map(filter).collect()
}

#[test]
fn silence_and_steady_noise_are_not_speech() {
    assert!(share(&vec![0.0; 80_000]) < f32::EPSILON);
    for gain in [0.3, 0.03, 0.003] {
        assert!(share(&white(160_000, gain)) < 0.01, "white noise at {gain}");
        assert!(share(&pink(160_000, gain)) < 0.01, "pink noise at {gain}");
    }
}

#[test]
fn speech_is_heard_from_loud_to_minus_45_db() {
    for gain in [1.0, 0.2, 0.05] {
        let samples = speech(64_000, gain);
        let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32;
        let found = share(&samples);
        assert!(found > 0.6, "at {:.0} dB: {found}", 10.0 * power.log10());
    }
    let quiet = speech(64_000, 1.0);
    let power = quiet.iter().map(|x| x * x).sum::<f32>() / quiet.len() as f32;
    let gain = 10f32.powf(-45.0 / 20.0) / power.sqrt();
    assert!(share(&speech(64_000, gain)) > 0.6);
}

#[test]
fn speech_in_noise_20_db_below_it_is_still_heard() {
    let mut samples = speech(64_000, 0.5);
    let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32;
    let noise = white(64_000, 1.0);
    for (x, n) in samples.iter_mut().zip(noise) {
        *x += 0.1 * power.sqrt() * n;
    }
    assert!(share(&samples) > 0.6);
}
