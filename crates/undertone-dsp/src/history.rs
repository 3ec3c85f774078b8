//! The last samples of a lane, found by their place on its time line.

/// Samples from some point of the stream up to now. Grows only as far as its
/// owner fails to discard; room given up is used again.
#[derive(Debug, Default)]
pub(crate) struct History {
    samples: Vec<f32>,
    /// Samples at the front of the buffer that are no longer kept.
    dead: usize,
    /// Stream position of the first sample in the buffer, dead ones included.
    origin: u64,
}

impl History {
    /// Stream position after the last sample.
    pub(crate) fn end(&self) -> u64 {
        self.origin + self.samples.len() as u64
    }

    /// Appends `samples`.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
    }

    /// The kept part of the stretch from `from` to `to`.
    pub(crate) fn range(&self, from: u64, to: u64) -> &[f32] {
        let place = |at: u64| {
            let offset = usize::try_from(at.saturating_sub(self.origin)).unwrap_or(usize::MAX);
            offset.clamp(self.dead, self.samples.len())
        };
        let (from, to) = (place(from), place(to));
        &self.samples[from..to.max(from)]
    }

    /// Makes the newest `count` samples silent.
    pub(crate) fn silence_last(&mut self, count: usize) {
        let from = self.samples.len().saturating_sub(count);
        self.samples[from..].fill(0.0);
    }

    /// Forgets everything before `position`. The buffer is moved only once half
    /// of it is dead, so the cost of moving is constant a sample.
    pub(crate) fn discard_before(&mut self, position: u64) {
        let dead = usize::try_from(position.saturating_sub(self.origin)).unwrap_or(usize::MAX);
        self.dead = dead.clamp(self.dead, self.samples.len());
        if self.dead > self.samples.len() / 2 {
            self.samples.drain(..self.dead);
            self.origin += self.dead as u64;
            self.dead = 0;
        }
    }

    /// Samples in memory, dead ones included.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.samples.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_by_their_place_and_forgotten_when_told() {
        let mut history = History::default();
        for block in 0..1_000u16 {
            history.push(&[f32::from(block); 10]);
            history.discard_before(history.end().saturating_sub(50));
            assert!(history.held() <= 110);
        }
        assert_eq!(history.end(), 10_000);
        assert_eq!(history.range(9_989, 9_991), [998.0, 999.0]);
        assert_eq!(history.range(0, 9_951), [995.0]);
        assert!(history.range(20_000, 30_000).is_empty() && history.range(9_999, 9_990).is_empty());
    }
}
