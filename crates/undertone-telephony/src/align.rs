//! Aligns a lane's stream time with the sender's clock.

use std::time::{Duration, Instant};

/// A timestamp this far ahead of the wall clock is a jump. Less is allowed, because
/// senders buffer and then send faster than real time.
const SLACK: Duration = Duration::from_secs(2);
/// Longest silence that is inserted at once. A call that is silent for longer has been
/// ended by its gateway.
const LONGEST: Duration = Duration::from_secs(60);

/// The place of a block of audio in stream time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Directly after the block before.
    Next,
    /// After a gap of this many ticks.
    After(u64),
    /// A duplicate.
    Past,
    /// The sender's clock has jumped.
    Jump,
}

/// Compares each block's timestamp with the end of the one before.
#[derive(Debug)]
pub(crate) struct Aligner {
    clock_rate: u32,
    tolerance: u64,
    end: Option<u64>,
    seen: Instant,
}

impl Aligner {
    /// Timestamps count `clock_rate` ticks a second and are good to `tolerance`;
    /// the lane begins at timestamp `origin`, if that is known, at the instant
    /// `began`.
    pub(crate) fn new(
        clock_rate: u32,
        tolerance: Duration,
        origin: Option<u64>,
        began: Instant,
    ) -> Self {
        let tolerance = ticks(tolerance, clock_rate);
        Self { clock_rate, tolerance, end: origin, seen: began }
    }

    /// The place of a block with this `timestamp` that arrives at `now`.
    pub(crate) fn place(&mut self, timestamp: u64, now: Instant) -> Placement {
        let Some(end) = self.end else {
            self.end = Some(timestamp);
            self.seen = now;
            return Placement::Next;
        };
        let elapsed = now.saturating_duration_since(self.seen);
        self.seen = now;
        let believable = ticks((elapsed + SLACK).min(LONGEST), self.clock_rate);
        match (timestamp.checked_sub(end), end.checked_sub(timestamp)) {
            (Some(ahead), _) if ahead <= self.tolerance => Placement::Next,
            (Some(ahead), _) if ahead <= believable => {
                self.end = Some(end + ahead);
                Placement::After(ahead)
            }
            (None, Some(behind)) if behind <= self.tolerance => Placement::Next,
            (None, Some(behind)) if behind <= ticks(SLACK, self.clock_rate) => Placement::Past,
            _ => {
                self.end = Some(timestamp);
                Placement::Jump
            }
        }
    }

    /// When the last block arrived.
    pub(crate) const fn seen(&self) -> Instant {
        self.seen
    }

    /// Advances by a block of this many ticks.
    pub(crate) fn advance(&mut self, ticks: u64) {
        if let Some(end) = &mut self.end {
            *end = end.saturating_add(ticks);
        }
    }
}

fn ticks(duration: Duration, clock_rate: u32) -> u64 {
    (duration.as_secs_f64() * f64::from(clock_rate)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_believed_as_far_as_the_wall_clock_goes() {
        let now = Instant::now();
        let mut aligner = Aligner::new(8_000, Duration::from_millis(5), None, now);
        assert_eq!(aligner.place(1000, now), Placement::Next);
        aligner.advance(160);
        assert_eq!(aligner.place(1170, now), Placement::Next);
        aligner.advance(160);
        let later = now + Duration::from_secs(5);
        assert_eq!(aligner.place(1320 + 40_000, later), Placement::After(40_000));
        assert_eq!(aligner.place(41_000, later), Placement::Past);
        assert_eq!(aligner.place(900_000, later), Placement::Jump);
        assert_eq!(aligner.place(900_000, later), Placement::Next);
        assert_eq!(aligner.place(0, later), Placement::Jump);
    }
}
