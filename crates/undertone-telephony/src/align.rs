//! Aligns a lane's stream time with the sender's clock, and that with the wall clock.

use std::time::{Duration, Instant};

/// A block may be this much earlier than any before it, by the wall clock, for its gap to
/// count as silence: network jitter.
const EARLY: Duration = Duration::from_millis(100);
/// A block that is behind the end of the one before by less is a duplicate; by more, the
/// sender's clock has restarted.
const SLACK: Duration = Duration::from_secs(2);
/// Longest silence that is inserted at once. A call that is silent for longer has been
/// ended by its gateway.
const LONGEST: Duration = Duration::from_secs(60);
/// A lane may be this far behind the wall clock,
const LATE: Duration = Duration::from_millis(60);
/// for this long: packets delayed by the network arrive in a burst before that.
const PATIENCE: Duration = Duration::from_millis(700);

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

/// Compares each block's timestamp with the end of the block before and with the wall
/// clock. A gap is silence only as far as wall-clock time has passed. A pause of the
/// sender's clock is found as blocks that are all late by the wall clock.
#[derive(Debug)]
pub(crate) struct Aligner {
    clock_rate: u32,
    tolerance: i64,
    end: Option<u64>,
    /// Arrival of the last block that was not a duplicate.
    seen: Instant,
    /// An instant and its timestamp.
    anchor: Option<(Instant, u64)>,
    /// Least lateness of any block, in ticks: the reference of the lane.
    least: Option<i64>,
    late: Option<Late>,
    missing: u64,
}

/// A run of late blocks.
#[derive(Debug, Clone, Copy)]
struct Late {
    since: Instant,
    /// Their least lateness above the reference, in ticks.
    least: i64,
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
        Self {
            clock_rate,
            tolerance: ticks(tolerance, clock_rate),
            end: origin,
            seen: began,
            anchor: origin.map(|origin| (began, origin)),
            least: None,
            late: None,
            missing: 0,
        }
    }

    /// The place of a block with this `timestamp` that arrives at `now`.
    pub(crate) fn place(&mut self, timestamp: u64, now: Instant) -> Placement {
        let Some(end) = self.end else {
            self.end = Some(timestamp);
            self.anchor = Some((now, timestamp));
            self.seen = now;
            return Placement::Next;
        };
        let lateness = self.lateness(timestamp, now);
        let placement = match difference(timestamp, end) {
            behind if behind < -self.ticks(SLACK) => self.restart(lateness, now),
            behind if behind < -self.tolerance => return Placement::Past,
            ahead if ahead <= self.tolerance => {
                self.watch(lateness, now);
                Placement::Next
            }
            ahead => self.leap(ahead, lateness),
        };
        if placement != Placement::Next {
            self.end = Some(timestamp);
        }
        self.seen = now;
        placement
    }

    /// A gap: it is silence as far as wall-clock time has passed.
    fn leap(&mut self, ahead: i64, lateness: i64) -> Placement {
        let early = self.least.map_or(0, |least| least - lateness);
        let early = if early > self.ticks(EARLY) { early } else { 0 };
        self.least = Some(self.least.map_or(lateness, |least| least.min(lateness)));
        self.late = None;
        self.silence(ahead - early)
    }

    /// The sender's clock has restarted: the silence is measured by the wall clock.
    fn restart(&mut self, lateness: i64, now: Instant) -> Placement {
        (self.least, self.late) = (Some(lateness), None);
        let apart = now.saturating_duration_since(self.seen);
        // The length of a block is not a gap.
        self.silence(if apart > EARLY { self.ticks(apart) } else { 0 })
    }

    fn silence(&self, ticks: i64) -> Placement {
        let ticks = ticks.min(self.ticks(LONGEST));
        if ticks > self.tolerance {
            Placement::After(ticks.unsigned_abs())
        } else {
            Placement::Jump
        }
    }

    /// Detects a run of consecutive blocks that are all late: the sender's clock has paused.
    fn watch(&mut self, lateness: i64, now: Instant) {
        let least = *self.least.get_or_insert(lateness);
        let excess = lateness - least;
        if excess <= self.ticks(LATE) {
            self.late = None;
            self.least = Some(least.min(lateness));
            return;
        }
        let late = self.late.get_or_insert(Late { since: now, least: excess });
        late.least = late.least.min(excess);
        if now.saturating_duration_since(late.since) >= PATIENCE {
            let missing = late.least.min(self.ticks(LONGEST));
            self.least = Some(least + missing);
            self.missing += missing.unsigned_abs();
            self.late = None;
        }
    }

    /// Ticks of pauses of the sender's clock that were detected since the last call.
    pub(crate) fn take_missing(&mut self) -> u64 {
        std::mem::take(&mut self.missing)
    }

    /// Lateness of a block against the anchor, in ticks. Only differences are meaningful.
    fn lateness(&self, timestamp: u64, now: Instant) -> i64 {
        self.anchor.map_or(0, |(at, anchor)| {
            let passed = self.ticks(now.saturating_duration_since(at));
            passed.saturating_sub(difference(timestamp, anchor))
        })
    }

    fn ticks(&self, duration: Duration) -> i64 {
        ticks(duration, self.clock_rate)
    }

    /// Arrival of the last block.
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

/// `a - b`, saturating.
fn difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(if a > b { i64::MAX } else { i64::MIN })
}

fn ticks(duration: Duration, clock_rate: u32) -> i64 {
    (duration.as_secs_f64() * f64::from(clock_rate)).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 20 ms at 8 kHz: places each of (timestamp in blocks, arrival in ms), and
    /// gives the placements that are not `Next` with their block, and what was missing.
    fn place(blocks: impl IntoIterator<Item = (u64, u64)>) -> (Vec<(u64, Placement)>, u64) {
        let began = Instant::now();
        let mut aligner = Aligner::new(8_000, Duration::from_millis(5), None, began);
        let (mut odd, mut missing) = (Vec::new(), 0);
        for (block, ms) in blocks {
            let placement = aligner.place(block * 160, began + Duration::from_millis(ms));
            missing += aligner.take_missing();
            if placement != Placement::Past {
                aligner.advance(160);
            }
            if placement != Placement::Next {
                odd.push((block, placement));
            }
        }
        (odd, missing)
    }

    /// Blocks `from..to`, each arriving 20 ms after the one before and `late` ms late.
    fn steady(from: u64, to: u64, late: u64) -> impl Iterator<Item = (u64, u64)> {
        (from..to).map(move |block| (block, block * 20 + late))
    }

    #[test]
    fn silence_is_believed_as_far_as_the_wall_clock_goes() {
        let after = |blocks: u64| Placement::After(blocks * 160);
        assert_eq!(place(steady(0, 10, 0).chain(steady(260, 300, 0))).0, [(260, after(250))]);
        // Nothing like five seconds have passed.
        let leap = (10..50).map(|block| (block + 250, block * 20));
        assert_eq!(place(steady(0, 10, 0).chain(leap)).0, [(260, Placement::Jump)]);
        // Two of the five have.
        let some = (110..150).map(|block| (block + 150, block * 20));
        assert_eq!(place(steady(0, 10, 0).chain(some)).0, [(260, after(100))]);
    }

    #[test]
    fn one_block_that_comes_late_does_not_hide_the_silence_before_the_next() {
        let blocks = steady(0, 10, 0).chain([(10, 5_200)]).chain(steady(261, 300, 0));
        assert_eq!(place(blocks), (vec![(261, Placement::After(250 * 160))], 0));
    }

    #[test]
    fn a_pause_of_the_senders_clock_is_found_by_ours() {
        let (odd, missing) = place(steady(0, 10, 0).chain(steady(10, 60, 5_000)));
        assert_eq!((odd, missing), (vec![], 40_000));
        // A leap that makes up for it afterwards is none.
        let made_up = (60..90).map(|block| (block + 250, block * 20 + 5_000));
        let blocks = steady(0, 10, 0).chain(steady(10, 60, 5_000)).chain(made_up);
        assert_eq!(place(blocks), (vec![(310, Placement::Jump)], 40_000));
    }

    #[test]
    fn a_network_that_stalls_and_catches_up_costs_nothing() {
        // Two seconds' worth arrive at once.
        let stalled = (10..110).map(|block| (block, 2_200));
        let blocks = steady(0, 10, 0).chain(stalled).chain(steady(110, 300, 0));
        assert_eq!(place(blocks), (vec![], 0));
        // Jitter of 80 ms, on and on.
        let jitter = (0..500).map(|block| (block, block * 20 + block * 37 % 81));
        assert_eq!(place(jitter), (vec![], 0));
    }

    #[test]
    fn a_clock_that_begins_anew_is_filled_up_by_ours() {
        let anew = (0..20).map(|block| (block, 4_000 + block * 20));
        let (odd, missing) = place(steady(1000, 1010, 0).chain(anew.clone()));
        assert_eq!((odd, missing), (vec![(0, Placement::Jump)], 0));
        let early = (1000..1010).map(|block| (block, (block - 1000) * 20));
        let (odd, missing) = place(early.chain(anew));
        assert_eq!((odd, missing), (vec![(0, Placement::After((4_000 - 180) * 8))], 0));
    }

    #[test]
    fn timestamps_at_the_edge_of_their_range_do_no_harm() {
        let now = Instant::now();
        let mut aligner = Aligner::new(8_000, Duration::from_millis(5), Some(u64::MAX), now);
        aligner.advance(160);
        assert_eq!(aligner.place(0, now), Placement::Jump);
        assert_eq!(aligner.place(u64::MAX, now), Placement::Jump);
    }
}
