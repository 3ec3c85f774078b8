//! Lost packets.

use fastrand::Rng;

/// Samples of a 20 ms packet.
const PACKET: usize = 320;
/// Gain of each further repeat.
const FADE: f32 = 0.6;

/// Drops each packet with a probability of `percent` in a hundred. The receiver repeats
/// the last good one, quieter each time, or plays silence if there was none.
pub(super) fn lose(samples: &mut [f32], percent: f32, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut last = [0.0; PACKET];
    for packet in samples.chunks_mut(PACKET) {
        if rng.f32() * 100.0 < percent {
            for (sample, last) in packet.iter_mut().zip(&mut last) {
                *last *= FADE;
                *sample = *last;
            }
        } else {
            last[..packet.len()].copy_from_slice(packet);
        }
    }
}

#[cfg(test)]
mod tests {
    // Silence and what arrived untouched are exact.
    #![allow(clippy::float_cmp)]
    use super::*;

    #[test]
    fn as_many_packets_are_lost_as_asked_for() {
        let mut samples: Vec<f32> = (0..2_000 * PACKET).map(|n| 1.0 + n as f32).collect();
        let clean = samples.clone();
        lose(&mut samples, 10.0, 3);
        let packets = samples.chunks(PACKET).zip(clean.chunks(PACKET));
        let lost = packets.filter(|(heard, sent)| heard != sent).count();
        assert!((160..=240).contains(&lost), "{lost}");
        lose(&mut samples, 0.0, 3);
        let before = samples.clone();
        lose(&mut samples, 0.0, 9);
        assert_eq!(samples, before);
    }

    #[test]
    fn a_lost_packet_is_the_last_one_fading() {
        let mut all_lost = vec![1.0; 3 * PACKET];
        lose(&mut all_lost, 100.0, 1);
        assert!(all_lost.iter().all(|&x| x == 0.0));
        // A seed under which the first packet arrives and a later one does not.
        let heard = (0..64).find_map(|seed| {
            let mut samples = vec![1.0; 3 * PACKET];
            lose(&mut samples, 50.0, seed);
            (samples[0] == 1.0 && samples[PACKET] != 1.0).then_some(samples)
        });
        let heard = heard.unwrap_or_default();
        assert!((heard[PACKET] - FADE).abs() < 1e-6);
    }
}
