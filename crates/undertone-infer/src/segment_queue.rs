//! The order in which segments reach a recogniser, as a pure structure.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use undertone_signal::Segment;

/// The outcome of a segment that was offered.
#[derive(Debug)]
pub enum Accepted {
    /// It is queued.
    Queued,
    /// A partial that was too late: dropped and counted.
    Late,
    /// The queue is full and unchanged; the final is returned. Wait, or report the lost
    /// words.
    Full(Segment),
}

/// Finals before partials, each first in, first out.
///
/// A final waits as long as necessary. A partial is useless once a newer one or the final
/// exists, or once it is too old. So if the recogniser cannot keep up, partials are dropped
/// first, the oldest before the newer, and counted. A final is never dropped here.
#[derive(Debug)]
pub struct SegmentQueue {
    finals: VecDeque<Segment>,
    partials: VecDeque<Segment>,
    capacity: usize,
    patience: Duration,
    late_partials: u64,
}

impl SegmentQueue {
    /// With a capacity of `capacity` segments (at least one). A partial whose last sample was
    /// captured longer than `patience` ago is dropped.
    pub fn new(capacity: usize, patience: Duration) -> Self {
        Self {
            finals: VecDeque::new(),
            partials: VecDeque::new(),
            capacity: capacity.max(1),
            patience,
            late_partials: 0,
        }
    }

    /// Number of queued segments.
    pub fn len(&self) -> usize {
        self.finals.len() + self.partials.len()
    }

    /// True if it is empty.
    pub fn is_empty(&self) -> bool {
        self.finals.is_empty() && self.partials.is_empty()
    }

    /// Partials dropped so far because they were too late.
    pub const fn late_partials(&self) -> u64 {
        self.late_partials
    }

    /// Queues `segment`, dropping partials if necessary.
    pub fn offer(&mut self, segment: Segment) -> Accepted {
        if segment.is_final { self.offer_final(segment) } else { self.offer_partial(segment) }
    }

    /// The segment to transcribe next.
    pub fn take(&mut self, now: Instant) -> Option<Segment> {
        if let Some(segment) = self.finals.pop_front() {
            return Some(segment);
        }
        while let Some(segment) = self.partials.pop_front() {
            if now.saturating_duration_since(segment.captured_at) <= self.patience {
                return Some(segment);
            }
            self.late_partials += 1;
        }
        None
    }

    fn offer_final(&mut self, segment: Segment) -> Accepted {
        if self.finals.len() >= self.capacity {
            return Accepted::Full(segment);
        }
        self.drop_partials(|partial| partial.key == segment.key && partial.index <= segment.index);
        if self.len() >= self.capacity {
            self.drop_oldest_partial();
        }
        self.finals.push_back(segment);
        Accepted::Queued
    }

    fn offer_partial(&mut self, segment: Segment) -> Accepted {
        let overtaken = |last: &Segment| last.key == segment.key && last.index >= segment.index;
        if self.finals.iter().any(overtaken) {
            self.late_partials += 1;
            return Accepted::Late;
        }
        self.drop_partials(|older| older.key == segment.key);
        if self.len() >= self.capacity && !self.drop_oldest_partial() {
            self.late_partials += 1;
            return Accepted::Late;
        }
        self.partials.push_back(segment);
        Accepted::Queued
    }

    fn drop_partials(&mut self, overtaken: impl Fn(&Segment) -> bool) {
        let before = self.partials.len();
        self.partials.retain(|partial| !overtaken(partial));
        self.late_partials += (before - self.partials.len()) as u64;
    }

    fn drop_oldest_partial(&mut self) -> bool {
        let dropped = self.partials.pop_front().is_some();
        self.late_partials += u64::from(dropped);
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use undertone_signal::{Lane, LaneKey, RunId, Span, StreamTime};

    fn segment(call: u8, index: u64, is_final: bool) -> Segment {
        Segment {
            key: LaneKey::new(RunId::from_u128(u128::from(call)), Lane::Customer),
            index,
            span: Span::new(StreamTime::ZERO, StreamTime::ZERO),
            captured_at: Instant::now(),
            samples: Vec::new(),
            is_final,
        }
    }

    fn queue(capacity: usize) -> SegmentQueue {
        SegmentQueue::new(capacity, Duration::from_secs(60))
    }

    fn drained(queue: &mut SegmentQueue) -> Vec<(u128, u64, bool)> {
        let taken = std::iter::from_fn(|| queue.take(Instant::now()));
        taken.map(|s| (u128::from_be_bytes(*s.key.run.as_bytes()), s.index, s.is_final)).collect()
    }

    #[test]
    fn finals_go_before_partials_that_came_earlier() {
        let mut queue = queue(8);
        for (call, is_final) in [(1, false), (2, false), (3, true), (4, true)] {
            assert!(matches!(queue.offer(segment(call, 0, is_final)), Accepted::Queued));
        }
        let order: Vec<u128> = drained(&mut queue).into_iter().map(|s| s.0).collect();
        assert_eq!(order, [3, 4, 1, 2]);
    }

    #[test]
    fn a_newer_look_and_the_final_replace_older_looks() {
        let mut queue = queue(8);
        queue.offer(segment(1, 0, false));
        queue.offer(segment(1, 0, false));
        queue.offer(segment(1, 0, true));
        assert!(matches!(queue.offer(segment(1, 0, false)), Accepted::Late));
        assert!(matches!(queue.offer(segment(1, 1, false)), Accepted::Queued));
        assert_eq!(drained(&mut queue), [(1, 0, true), (1, 1, false)]);
        assert_eq!(queue.late_partials(), 3);
    }

    #[test]
    fn when_full_the_oldest_partial_goes_and_finals_stay() {
        let mut queue = queue(2);
        queue.offer(segment(1, 0, false));
        queue.offer(segment(2, 0, false));
        queue.offer(segment(3, 0, false));
        queue.offer(segment(4, 0, true));
        assert_eq!(queue.late_partials(), 2);
        queue.offer(segment(5, 0, true));
        assert!(matches!(queue.offer(segment(6, 0, false)), Accepted::Late));
        let back = queue.offer(segment(7, 9, true));
        assert!(matches!(back, Accepted::Full(segment) if segment.index == 9));
        assert_eq!(drained(&mut queue), [(4, 0, true), (5, 0, true)]);
    }

    #[test]
    fn a_partial_that_has_waited_too_long_is_not_taken_but_a_final_is() {
        let mut queue = SegmentQueue::new(4, Duration::from_secs(1));
        queue.offer(segment(1, 0, false));
        queue.offer(segment(2, 0, true));
        let later = Instant::now() + Duration::from_secs(5);
        assert!(queue.take(later).is_some_and(|s| s.is_final));
        assert!(queue.take(later).is_none());
        assert_eq!(queue.late_partials(), 1);
        assert!(queue.is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_without_being_counted(
            offers in prop::collection::vec((0..3u8, 0..4u64, any::<bool>(), any::<bool>()), 0..60)
        ) {
            let mut queue = queue(3);
            let (mut taken, mut returned, mut finals_in, mut finals_out) = (0, 0, 0, 0);
            for (call, index, is_final, take) in &offers {
                finals_in += u64::from(*is_final);
                if let Accepted::Full(back) = queue.offer(segment(*call, *index, *is_final)) {
                    prop_assert!(back.is_final);
                    returned += 1;
                }
                prop_assert!(queue.len() <= 3);
                if let Some(one) = take.then(|| queue.take(Instant::now())).flatten() {
                    taken += 1;
                    finals_out += u64::from(one.is_final);
                }
            }
            for (_, _, is_final) in drained(&mut queue) {
                taken += 1;
                finals_out += u64::from(is_final);
            }
            prop_assert_eq!(finals_in, finals_out + returned);
            prop_assert_eq!(offers.len() as u64, taken + returned + queue.late_partials());
        }
    }
}
