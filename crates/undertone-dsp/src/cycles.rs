//! Irregularity of the voice from cycle to cycle.

use crate::vector::dot;

/// Irregularity of neighbouring cycles in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cycles {
    /// Relative difference of neighbouring periods.
    pub jitter: f32,
    /// Natural-log ratio of neighbouring amplitudes, without its sign.
    pub shimmer: f32,
    /// 1 − the correlation of neighbouring cycles.
    pub noise: f32,
}

impl Cycles {
    /// Compares three cycles of about `period` samples around the middle of
    /// `frame`; `None` if they do not fit into it or one is silent.
    pub fn measure(frame: &[f32], period: f32) -> Option<Self> {
        let length = period.round() as usize;
        let reach = (length / 8).clamp(2, MAX_REACH);
        let start = (frame.len() / 2).checked_sub(3 * length / 2)?;
        if length < 8 || start + 3 * (length + reach) > frame.len() {
            return None;
        }
        let first = Match::find(frame, start, length, reach)?;
        let second = Match::find(frame, start + first.whole, length, reach)?;
        let third = first.whole + second.whole + start;
        let amplitude = |at: usize| norm(&frame[at..at + length]).max(f32::MIN_POSITIVE);
        let ratio = |a: usize, b: usize| (amplitude(a) / amplitude(b)).ln().abs();
        let middle = start + first.whole;
        Some(Self {
            jitter: (first.lag - second.lag).abs() / period,
            shimmer: 0.5 * (ratio(start, middle) + ratio(middle, third)),
            noise: (1.0 - 0.5 * (first.correlation + second.correlation)).clamp(0.0, 1.0),
        })
    }

    /// Roughness, 0 smooth to 1 rough. Each part is divided by the value at which a voice
    /// begins to sound hoarse (jitter 2 %, shimmer 1.2 dB, noise 8 dB below the voice); there
    /// the sum is about two thirds.
    pub fn roughness(self) -> f32 {
        let sum = self.jitter / 0.02 + self.shimmer / 0.14 + self.noise / 0.14;
        1.0 - (-sum / 3.0).exp()
    }
}

/// Most samples that a cycle may be longer or shorter than the one before: an
/// eighth of the longest.
const MAX_REACH: usize = 34;

/// Start of the next cycle.
struct Match {
    whole: usize,
    lag: f32,
    correlation: f32,
}

impl Match {
    /// The lag within `reach` of `length` at which the cycle from `start` on
    /// correlates best with the one after it.
    fn find(frame: &[f32], start: usize, length: usize, reach: usize) -> Option<Self> {
        let cycle = frame.get(start..start + length)?;
        let energy = dot(cycle, cycle);
        let search = frame.get(start + length - reach - 1..start + 2 * length + reach + 1)?;
        // The energy of each next cycle follows from that of the one a sample before.
        let mut next_energy = dot(&search[..length], &search[..length]);
        let mut correlations = [0.0f32; 2 * MAX_REACH + 3];
        let correlations = correlations.get_mut(..2 * reach + 3)?;
        for (shift, correlation) in correlations.iter_mut().enumerate() {
            let both = (energy * next_energy).max(0.0).sqrt();
            if both <= 1e-9 {
                return None;
            }
            *correlation = dot(cycle, &search[shift..shift + length]) / both;
            let gone = search[shift];
            let come = search.get(shift + length).copied().unwrap_or(0.0);
            next_energy += come * come - gone * gone;
        }
        let inner = 1..correlations.len() - 1;
        let best = inner.max_by(|a, b| correlations[*a].total_cmp(&correlations[*b]))?;
        let (before, here, after) =
            (correlations[best - 1], correlations[best], correlations[best + 1]);
        let whole = length - reach - 1 + best;
        let curve = before - 2.0 * here + after;
        let shift =
            if curve < 0.0 { (0.5 * (before - after) / curve).clamp(-0.5, 0.5) } else { 0.0 };
        let correlation = (here - 0.25 * (before - after) * shift).min(1.0);
        Some(Self { whole, lag: whole as f32 + shift, correlation })
    }
}

fn norm(x: &[f32]) -> f32 {
    dot(x, x).sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{noise, vowel};

    #[test]
    fn a_steady_vowel_is_smooth_and_a_noisy_or_shaking_one_is_rough() {
        for hz in [90.0f32, 150.0, 260.0] {
            let clean = vowel(|_| hz, 750, 0.0, 7_000.0);
            let smooth = Cycles::measure(&clean, 16_000.0 / hz).unwrap().roughness();
            let noisy: Vec<f32> =
                clean.iter().zip(noise(7, 750)).map(|(x, n)| x + 0.1 * n).collect();
            let noisy = Cycles::measure(&noisy, 16_000.0 / hz).unwrap().roughness();
            let period = (16_000.0 / hz) as usize;
            let shaking = vowel(|n| hz * [1.03, 0.97][n / period % 2], 750, 0.0, 7_000.0);
            let shaking = Cycles::measure(&shaking, 16_000.0 / hz).unwrap().roughness();
            assert!(smooth < 0.15, "{hz}: smooth {smooth}");
            assert!(noisy > smooth + 0.15 && shaking > smooth + 0.3, "{hz}: {noisy} {shaking}");
        }
    }

    #[test]
    fn what_has_no_cycles_has_no_roughness() {
        assert_eq!(Cycles::measure(&[0.0; 750], 100.0), None);
        assert_eq!(Cycles::measure(&[0.1; 750], 266.0), None);
        assert_eq!(Cycles::measure(&[], 100.0), None);
        assert_eq!(Cycles::measure(&[0.1; 750], f32::NAN), None);
    }
}
