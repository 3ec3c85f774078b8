//! Accumulates evidence over time.

use undertone_signal::StreamTime;

/// A leaky one-sided sum (CUSUM): it grows with evidence for a spike, decays at a
/// constant rate, and never falls below zero, so that long calm speech does not delay a
/// spike.
#[derive(Debug, Clone, Default)]
pub struct Accumulator {
    sum: f32,
    since: StreamTime,
}

impl Accumulator {
    /// Adds the evidence of a hop that starts at `start` to `memory` times the sum; at most
    /// `cap`. A rise begins at a tenth of `cap`.
    pub fn add(&mut self, evidence: f32, start: StreamTime, memory: f32, cap: f32) {
        let low = 0.1 * cap;
        let was_calm = self.sum <= low;
        let evidence = if evidence.is_finite() { evidence } else { 0.0 };
        self.sum = (self.sum * memory + evidence).clamp(0.0, cap);
        if was_calm && self.sum > low {
            self.since = start;
        }
    }

    /// The accumulated evidence.
    pub const fn sum(&self) -> f32 {
        self.sum
    }

    /// Start of the first hop of the current rise.
    pub const fn since(&self) -> StreamTime {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hop: u64) -> StreamTime {
        StreamTime::from_samples(hop * 4000)
    }

    #[test]
    fn it_rises_from_the_first_hop_that_speaks_for_a_spike() {
        let mut sum = Accumulator::default();
        for hop in 0..100 {
            sum.add(-5.0, at(hop), 0.9, 10.0);
        }
        assert!(sum.sum() <= 0.0);
        sum.add(0.5, at(100), 0.9, 10.0);
        sum.add(1.0, at(101), 0.9, 10.0);
        assert!((sum.sum() - 1.45).abs() < 1e-6);
        assert_eq!(sum.since(), at(101), "a tenth of the cap begins it");
        sum.add(1.0, at(102), 0.9, 10.0);
        assert_eq!(sum.since(), at(101));
    }

    #[test]
    fn it_is_capped_and_survives_nonsense() {
        let mut sum = Accumulator::default();
        sum.add(f32::INFINITY, at(0), 0.9, 4.0);
        sum.add(f32::NAN, at(0), 0.9, 4.0);
        assert!(sum.sum() <= 0.0);
        (1..50).for_each(|hop| sum.add(3.0, at(hop), 0.9, 4.0));
        assert!((sum.sum() - 4.0).abs() < 1e-6);
    }
}
