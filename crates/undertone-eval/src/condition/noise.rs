//! Noise modulated like speech in the next room.

use fastrand::Rng;
use std::ops::Range;
use undertone_signal::SAMPLE_RATE;

/// Modulation rate in Hz, about that of syllables.
const SWELLS_HZ: usize = 4;
/// Depth of the modulation, ± dB.
const SWELL_DB: f32 = 6.0;

/// Adds noise `snr_db` decibels below the power of `samples[speech]`. A silent
/// clip stays silent.
pub(super) fn add(samples: &mut [f32], speech: Range<usize>, snr_db: f32, seed: u64) {
    let voice = power(samples.get(speech).unwrap_or_default());
    let noise = babble(samples.len(), seed);
    let ratio = voice / power(&noise);
    if !ratio.is_finite() {
        return;
    }
    let gain = (ratio * 10_f32.powf(-snr_db / 10.0)).sqrt();
    for (sample, noise) in samples.iter_mut().zip(noise) {
        *sample += gain * noise;
    }
}

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32
}

/// Pink noise, its level wandering between random points four times a second.
fn babble(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::with_seed(seed);
    let step = SAMPLE_RATE as usize / SWELLS_HZ;
    let points: Vec<f32> =
        (0..count / step + 2).map(|_| (2.0 * rng.f32() - 1.0) * SWELL_DB).collect();
    let mut pink = Pink::default();
    (0..count)
        .map(|n| {
            let (point, share) = (n / step, (n % step) as f32 / step as f32);
            let db = points[point] + share * (points[point + 1] - points[point]);
            pink.next(2.0 * rng.f32() - 1.0) * 10_f32.powf(db / 20.0)
        })
        .collect()
}

/// Paul Kellet's economy filter: white in, −3 dB an octave out, within half a
/// decibel over the band of speech.
#[derive(Default)]
struct Pink {
    poles: [f32; 3],
}

impl Pink {
    fn next(&mut self, white: f32) -> f32 {
        const POLES: [(f32, f32); 3] =
            [(0.99765, 0.099_046), (0.96300, 0.296_516_4), (0.57000, 1.052_691_3)];
        for (state, (pole, input)) in self.poles.iter_mut().zip(POLES) {
            *state = pole * *state + input * white;
        }
        self.poles.iter().sum::<f32>() + 0.1848 * white
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_lies_as_far_below_the_speech_as_asked() {
        let mut samples = vec![0.0; 64_000];
        for (n, sample) in samples[16_000..48_000].iter_mut().enumerate() {
            *sample = (n as f32 * 0.2).sin();
        }
        let clean = samples.clone();
        add(&mut samples, 16_000..48_000, 10.0, 5);
        let noise: Vec<f32> =
            samples.iter().zip(&clean).map(|(heard, sent)| heard - sent).collect();
        let snr = 10.0 * (power(&clean[16_000..48_000]) / power(&noise)).log10();
        assert!((snr - 10.0).abs() < 0.01, "{snr}");
    }

    #[test]
    fn lower_octaves_are_louder() {
        let noise = babble(160_000, 1);
        let slow: Vec<f32> = noise.chunks(16).map(|c| c.iter().sum::<f32>() / 16.0).collect();
        let fast: Vec<f32> = noise.windows(2).map(|pair| (pair[1] - pair[0]) / 2.0).collect();
        // White noise would keep 1/16 of its power below 500 Hz and 1/2 in differences.
        assert!(power(&slow) / power(&noise) > 0.3);
        assert!(power(&fast) / power(&noise) < 0.25);
    }

    #[test]
    fn silence_stays_silent() {
        let mut silent = vec![0.0; 100];
        add(&mut silent, 0..100, 10.0, 1);
        assert_eq!(silent, vec![0.0; 100]);
    }
}
