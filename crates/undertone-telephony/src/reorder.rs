//! A reorder buffer with the shortest possible wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Capacity: over a second at 20 ms a packet. It bounds the memory that a sender with
/// random numbers can use.
const CAPACITY: usize = 64;
/// How many lost numbers are remembered, to distinguish a late packet from a duplicate.
const REMEMBERED: usize = 256;

/// A number this far from the next belongs to another sequence: a minute at 20 ms a packet.
const FAR: u64 = 3000;

/// A packet that arrives in order is emitted at once. Behind a gap, packets are held until
/// the missing one arrives or `hold` has passed.
#[derive(Debug)]
pub(crate) struct Reorder<T> {
    next: Option<u64>,
    waiting: BTreeMap<u64, (T, Instant)>,
    given_up: BTreeSet<u64>,
    hold: Duration,
}

/// The outcome of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    InOrder,
    Early,
    /// It fills a gap that others wait behind.
    Reordered,
    Duplicate,
    Late,
}

/// The next packet in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Next<T> {
    /// Packets missing before it.
    pub(crate) lost: u64,
    pub(crate) item: T,
    /// When it arrived.
    pub(crate) arrived: Instant,
}

impl<T> Reorder<T> {
    pub(crate) fn new(hold: Duration) -> Self {
        Self { next: None, waiting: BTreeMap::new(), given_up: BTreeSet::new(), hold }
    }

    /// True if `number` is far from the next: its sender counts at random or has restarted.
    pub(crate) fn is_far(&self, number: u64) -> bool {
        self.next.is_some_and(|next| next.abs_diff(number) > FAR)
    }

    pub(crate) fn push(&mut self, number: u64, item: T, now: Instant) -> Verdict {
        let next = *self.next.get_or_insert(number);
        if number < next {
            let late = self.given_up.remove(&number);
            return if late { Verdict::Late } else { Verdict::Duplicate };
        }
        if self.waiting.contains_key(&number) {
            return Verdict::Duplicate;
        }
        let behind = self.waiting.last_key_value().is_some_and(|(&last, _)| number < last);
        self.waiting.insert(number, (item, now));
        match (behind, number == next) {
            (true, _) => Verdict::Reordered,
            (false, true) => Verdict::InOrder,
            (false, false) => Verdict::Early,
        }
    }

    /// The next packet, if it has arrived or the wait for it is over.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Next<T>> {
        let &first = self.waiting.keys().next()?;
        let due = self.waiting.len() > CAPACITY || self.deadline().is_some_and(|due| due <= now);
        if Some(first) == self.next || due { self.take(first) } else { None }
    }

    /// The next packet at the end of the stream, without waiting.
    pub(crate) fn flush(&mut self) -> Option<Next<T>> {
        let &first = self.waiting.keys().next()?;
        self.take(first)
    }

    /// The instant at which [`pop`](Self::pop) returns a packet even if none arrives.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|(_, arrived)| *arrived + self.hold).min()
    }

    fn take(&mut self, number: u64) -> Option<Next<T>> {
        let (item, arrived) = self.waiting.remove(&number)?;
        let expected = self.next.unwrap_or(number);
        // Of a long gap the last numbers are the likeliest still to come.
        self.given_up.extend(number.saturating_sub(REMEMBERED as u64).max(expected)..number);
        while self.given_up.len() > REMEMBERED {
            self.given_up.pop_first();
        }
        self.next = Some(number.saturating_add(1));
        Some(Next { lost: number - expected, item, arrived })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOLD: Duration = Duration::from_millis(100);

    #[test]
    fn what_comes_in_order_does_not_wait() {
        let (mut reorder, now) = (Reorder::new(HOLD), Instant::now());
        for number in 7..20 {
            assert_eq!(reorder.push(number, number, now), Verdict::InOrder);
            assert_eq!(reorder.pop(now), Some(Next { lost: 0, item: number, arrived: now }));
        }
        assert_eq!(reorder.deadline(), None);
    }

    #[test]
    fn a_gap_is_waited_for_and_then_given_up() {
        let (mut reorder, now) = (Reorder::new(HOLD), Instant::now());
        reorder.push(1, 'a', now);
        assert!(reorder.pop(now).is_some());
        assert_eq!(reorder.push(3, 'c', now), Verdict::Early);
        assert_eq!(reorder.pop(now), None);
        assert_eq!(reorder.deadline(), Some(now + HOLD));
        let given = reorder.pop(now + HOLD);
        assert_eq!(given, Some(Next { lost: 1, item: 'c', arrived: now }));
        assert_eq!(reorder.push(2, 'b', now), Verdict::Late);
        assert_eq!(reorder.push(2, 'b', now), Verdict::Duplicate);
    }

    proptest! {
        #[test]
        fn shuffled_and_doubled_packets_come_out_once_and_in_order(
            numbers in proptest::collection::vec(0u64..40, 1..200),
            first in 0u64..5,
        ) {
            let (mut reorder, now) = (Reorder::new(HOLD), Instant::now());
            let mut out = Vec::new();
            reorder.push(first, first, now);
            for &number in &numbers {
                reorder.push(number, number, now);
                while let Some(next) = reorder.pop(now) { out.push((next.lost, next.item)); }
            }
            while let Some(next) = reorder.flush() { out.push((next.lost, next.item)); }
            let mut wanted: Vec<u64> =
                numbers.iter().copied().filter(|&n| n >= first).chain([first]).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let items: Vec<u64> = out.iter().map(|(_, item)| *item).collect();
            prop_assert_eq!(&items, &wanted);
            let lost: u64 = out.iter().map(|(lost, _)| lost).sum();
            prop_assert_eq!(lost + items.len() as u64, items[items.len() - 1] - first + 1);
        }
    }
}
