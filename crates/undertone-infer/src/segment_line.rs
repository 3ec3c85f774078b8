//! A [`SegmentQueue`] between threads.

use crate::{Accepted, Closed, SegmentQueue};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use undertone_signal::Segment;

#[derive(Debug)]
struct State {
    queue: SegmentQueue,
    closed: bool,
}

/// Bounded queue to the recognisers. Lane threads push, recognisers take; the
/// lock is held for a push or a pop, never while a model computes.
#[derive(Debug)]
pub struct SegmentLine {
    state: Mutex<State>,
    filled: Condvar,
    drained: Condvar,
}

impl SegmentLine {
    /// With a capacity of `capacity` segments; a partial waits `patience` at most.
    pub fn new(capacity: usize, patience: Duration) -> Self {
        let queue = SegmentQueue::new(capacity, patience);
        Self {
            state: Mutex::new(State { queue, closed: false }),
            filled: Condvar::new(),
            drained: Condvar::new(),
        }
    }

    /// Queues `segment` without waiting. If there is no room, a final is returned and a
    /// partial is dropped.
    ///
    /// # Errors
    /// [`Closed`] once the line has been closed.
    pub fn offer(&self, segment: Segment) -> Result<Option<Segment>, Closed> {
        let mut state = self.lock();
        if state.closed {
            return Err(Closed);
        }
        Ok(match state.queue.offer(segment) {
            Accepted::Full(back) => Some(back),
            Accepted::Queued => {
                self.filled.notify_one();
                None
            }
            Accepted::Late => None,
        })
    }

    /// Queues `segment`; a final waits until there is room.
    ///
    /// # Errors
    /// [`Closed`] once the line has been closed.
    pub fn push(&self, mut segment: Segment) -> Result<(), Closed> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return Err(Closed);
            }
            match state.queue.offer(segment) {
                Accepted::Full(back) => segment = back,
                Accepted::Queued => break self.filled.notify_one(),
                Accepted::Late => break,
            }
            state = self.drained.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    /// Waits for the segment to transcribe next. `None` once the line is closed
    /// and empty.
    pub fn take(&self) -> Option<Segment> {
        let mut state = self.lock();
        loop {
            if let Some(segment) = state.queue.take(Instant::now()) {
                self.drained.notify_all();
                return Some(segment);
            }
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Closes the queue; the segments in it are still delivered.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // As in `WindowQueue`: the state is only a queue.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use undertone_signal::{Lane, LaneKey, RunId, Span, StreamTime};

    fn last(index: u64) -> Segment {
        Segment {
            key: LaneKey::new(RunId::from_u128(1), Lane::Customer),
            index,
            span: Span::new(StreamTime::ZERO, StreamTime::ZERO),
            captured_at: Instant::now(),
            samples: Vec::new(),
            is_final: true,
        }
    }

    fn line() -> SegmentLine {
        SegmentLine::new(1, Duration::from_secs(60))
    }

    #[test]
    fn a_full_line_gives_a_final_back_or_waits_until_there_is_room() {
        let line = Arc::new(line());
        assert!(line.offer(last(0)).unwrap().is_none());
        assert_eq!(line.offer(last(1)).unwrap().unwrap().index, 1);
        let pusher = std::thread::spawn({
            let line = Arc::clone(&line);
            move || line.push(last(2))
        });
        assert_eq!(line.take().unwrap().index, 0);
        assert_eq!(line.take().unwrap().index, 2);
        pusher.join().unwrap().unwrap();
    }

    #[test]
    fn a_closed_line_hands_out_what_it_holds_and_wakes_who_waits() {
        let line = Arc::new(line());
        line.push(last(0)).unwrap();
        let pusher = std::thread::spawn({
            let line = Arc::clone(&line);
            move || line.push(last(1))
        });
        line.close();
        assert!(pusher.join().unwrap().is_err());
        assert!(line.offer(last(2)).is_err());
        assert_eq!(line.take().unwrap().index, 0);
        assert!(line.take().is_none());
    }
}
