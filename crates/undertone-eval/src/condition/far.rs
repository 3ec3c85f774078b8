//! A distant microphone.

use super::noise;
use fastrand::Rng;
use std::ops::Range;
use undertone_signal::SAMPLE_RATE;

/// Reverberation time (RT60) in seconds: a furnished office.
const DECAY_S: f32 = 0.4;

/// Echo against direct sound, in dB: about even two metres away.
const ECHO_DB: f32 = 0.0;

/// Attenuation of the voice against a headset, in dB.
const DISTANCE_DB: f32 = -14.0;

/// Room noise below the voice, in dB.
const ROOM_SNR_DB: f32 = 20.0;

/// Echoes a second; each is one tap, so that a whole call is done in seconds.
const ECHOES_HZ: f32 = 1_500.0;

/// Simulates a microphone two metres away: attenuation, sparse exponential reverberation
/// that loses its high frequencies, and room noise.
pub(super) fn across_the_room(samples: &mut [f32], speech: Range<usize>, seed: u64) {
    let dry = samples.to_vec();
    let taps = echoes(&mut Rng::with_seed(seed));
    let gain = 10_f32.powf(DISTANCE_DB / 20.0);
    for (delay, tap) in taps {
        let delay = delay.min(samples.len());
        for (sample, dry) in samples[delay..].iter_mut().zip(&dry) {
            *sample += tap * dry;
        }
    }
    for sample in samples.iter_mut() {
        *sample *= gain;
    }
    noise::add(samples, speech, ROOM_SNR_DB, seed);
}

/// Delay in samples and strength of each echo.
fn echoes(rng: &mut Rng) -> Vec<(usize, f32)> {
    let rate = SAMPLE_RATE as f32;
    let count = (DECAY_S * ECHOES_HZ) as usize;
    let mut taps: Vec<(usize, f32)> = (0..count)
        .map(|_| {
            let seconds = 0.002 + rng.f32() * DECAY_S;
            let strength = 10_f32.powf(-3.0 * seconds / DECAY_S) * (2.0 * rng.f32() - 1.0);
            ((seconds * rate) as usize, strength)
        })
        .collect();
    let power: f32 = taps.iter().map(|(_, tap)| tap * tap).sum();
    let scale = (10_f32.powf(ECHO_DB / 10.0) / power).sqrt();
    for (_, tap) in &mut taps {
        *tap *= scale;
    }
    taps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_voice_is_fainter_and_rings_on() {
        let mut samples = vec![0.0_f32; 32_000];
        for (n, sample) in samples[..16_000].iter_mut().enumerate() {
            *sample = (n as f32 * 0.3).sin() * 0.3;
        }
        across_the_room(&mut samples, 0..16_000, 3);
        let level = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
        let (voice, ring, later) =
            (level(&samples[..16_000]), level(&samples[16_000..17_600]), level(&samples[26_000..]));
        assert!(voice < 0.3 * 0.3 / 2.0 / 5.0, "{voice}");
        assert!(ring > 4.0 * later, "{ring} {later}");
    }
}
