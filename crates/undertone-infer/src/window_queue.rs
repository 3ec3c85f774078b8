//! A [`Batcher`] between threads.

use crate::{Batcher, Job, Offered};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use undertone_signal::Window;

/// The policy of a full queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The sender waits, and nothing is lost (recordings).
    Wait,
    /// The oldest window of the lane is dropped, and nothing waits (live audio).
    DropOldest,
}

/// The queue has been closed: its reader has gone, or there is no writer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue to a worker is closed")]
pub struct Closed;

#[derive(Debug)]
struct State<N> {
    batcher: Batcher<N>,
    closed: bool,
}

/// Bounded queue to the acoustic worker. Lane threads push, the worker takes;
/// the lock is held for a push or a pop, never while a model computes.
#[derive(Debug)]
pub struct WindowQueue<N> {
    state: Mutex<State<N>>,
    filled: Condvar,
    drained: Condvar,
    when_full: WhenFull,
}

impl<N> WindowQueue<N> {
    /// With a capacity of `capacity` windows.
    pub fn new(capacity: usize, when_full: WhenFull) -> Self {
        Self {
            state: Mutex::new(State { batcher: Batcher::new(capacity), closed: false }),
            filled: Condvar::new(),
            drained: Condvar::new(),
            when_full,
        }
    }

    /// Queues `job`. Returns the window that was dropped for it, if any.
    ///
    /// # Errors
    /// [`Closed`] once the queue has been closed.
    pub fn push(&self, job: Job<N>) -> Result<Option<Window>, Closed> {
        let mut job = job;
        let mut state = self.lock();
        loop {
            if state.closed {
                return Err(Closed);
            }
            let offered = match self.when_full {
                WhenFull::Wait => state.batcher.offer(job),
                WhenFull::DropOldest => state.batcher.offer_newest(job),
            };
            match offered {
                Offered::Full(back) => job = back,
                Offered::Queued => break self.filled.notify_one(),
                Offered::Displaced(old) => return Ok(Some(old)),
            }
            state = self.drained.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(None)
    }

    /// Waits for jobs and moves them to the end of `out` (at most `most` windows to score).
    /// False once the queue is closed and empty.
    pub fn take(&self, most: usize, out: &mut Vec<Job<N>>) -> bool {
        let mut state = self.lock();
        while state.batcher.is_empty() {
            if state.closed {
                return false;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.batcher.take(most, out);
        self.drained.notify_all();
        true
    }

    /// Closes the queue; the jobs in it are still delivered.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<N>> {
        // A panic under this lock cannot leave the batcher half changed in a
        // way that matters more than going on: the state is only a queue.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use undertone_signal::RunId;

    #[test]
    fn a_closed_queue_hands_out_what_it_holds_and_refuses_more() {
        let queue = WindowQueue::new(2, WhenFull::Wait);
        queue.push(Job::Note(RunId::from_u128(1), 1)).unwrap();
        queue.close();
        assert_eq!(queue.push(Job::Note(RunId::from_u128(1), 2)).unwrap_err(), Closed);
        let mut out = Vec::new();
        assert!(queue.take(8, &mut out));
        assert!(!queue.take(8, &mut out));
        assert_eq!(out.len(), 1);
    }

    #[test]
    fn a_waiting_taker_wakes_on_close() {
        let queue = Arc::new(WindowQueue::<u8>::new(2, WhenFull::Wait));
        let taker = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.take(1, &mut Vec::new())
        });
        queue.close();
        assert!(!taker.join().unwrap());
    }
}
