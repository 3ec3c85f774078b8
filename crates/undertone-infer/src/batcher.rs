//! The order in which windows reach the acoustic model, as a pure structure.

use std::collections::VecDeque;
use undertone_signal::Window;

/// What travels through the acoustic path: windows to judge, and notes that
/// must keep their place between them (a segment ended, a call ended).
#[derive(Debug)]
pub enum Job<N> {
    /// A window to judge; one without features only keeps its place.
    Window(Window),
    /// Something to hand on when everything before it has been judged.
    Note(N),
}

/// What became of a job that was offered.
#[derive(Debug)]
pub enum Offered<N> {
    /// It waits its turn.
    Queued,
    /// It waits its turn; this older window had to go.
    Displaced(Window),
    /// No room, nothing changed: here it is back.
    Full(Job<N>),
}

/// First in, first out; bounded in windows. Notes are few and always fit, for a
/// lost one would leave a call open for ever.
#[derive(Debug)]
pub struct Batcher<N> {
    jobs: VecDeque<Job<N>>,
    windows: usize,
    capacity: usize,
}

impl<N> Batcher<N> {
    /// Room for `capacity` windows (at least one).
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self { jobs: VecDeque::with_capacity(capacity), windows: 0, capacity }
    }

    /// Jobs waiting.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Queues `job` if there is room, else gives it back.
    pub fn offer(&mut self, job: Job<N>) -> Offered<N> {
        if matches!(job, Job::Window(_)) {
            if self.windows >= self.capacity {
                return Offered::Full(job);
            }
            self.windows += 1;
        }
        self.jobs.push_back(job);
        Offered::Queued
    }

    /// Queues `job`; where there is no room, the oldest window of the same lane
    /// goes (the newest says more about now), or the oldest of all.
    pub fn offer_newest(&mut self, job: Job<N>) -> Offered<N> {
        let offered = self.offer(job);
        let Offered::Full(Job::Window(window)) = offered else { return offered };
        let displaced = self.remove_oldest(&window);
        self.jobs.push_back(Job::Window(window));
        if let Some(old) = displaced {
            Offered::Displaced(old)
        } else {
            self.windows += 1;
            Offered::Queued
        }
    }

    fn remove_oldest(&mut self, newcomer: &Window) -> Option<Window> {
        let same_lane =
            |job: &Job<N>| matches!(job, Job::Window(window) if window.key == newcomer.key);
        let any_lane = |job: &Job<N>| matches!(job, Job::Window(_));
        let place =
            self.jobs.iter().position(same_lane).or_else(|| self.jobs.iter().position(any_lane))?;
        match self.jobs.remove(place) {
            Some(Job::Window(window)) => Some(window),
            _ => None,
        }
    }

    /// Moves the oldest jobs to the end of `out`, in order, until `most`
    /// windows with features are among them or nothing is left.
    pub fn take(&mut self, most: usize, out: &mut Vec<Job<N>>) {
        let mut judged = 0;
        while judged < most.max(1) {
            let Some(job) = self.jobs.pop_front() else { return };
            if let Job::Window(window) = &job {
                self.windows -= 1;
                judged += usize::from(!window.features.is_empty());
            }
            out.push(job);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};
    use undertone_signal::{CallId, Lane, LaneKey, Prosody, Span, StreamTime};

    fn window(call: &str, hop: u64) -> Window {
        Window {
            key: LaneKey::new(CallId::new(call), Lane::Customer),
            span: Span::new(StreamTime::ZERO, StreamTime::from_samples(hop)),
            captured_at: Instant::now(),
            features: vec![0.0],
            speech: 1.0,
            speech_now: 1.0,
            prosody: Prosody::default(),
            compute: Duration::ZERO,
        }
    }

    fn names(jobs: &[Job<u8>]) -> Vec<String> {
        jobs.iter()
            .map(|job| match job {
                Job::Window(w) => format!("{}{}", w.key.call, w.span.end.samples()),
                Job::Note(n) => format!("note{n}"),
            })
            .collect()
    }

    #[test]
    fn jobs_leave_in_the_order_they_came() {
        let mut batcher = Batcher::new(8);
        for job in [Job::Window(window("a", 1)), Job::Note(7), Job::Window(window("b", 1))] {
            assert!(matches!(batcher.offer(job), Offered::Queued));
        }
        let mut out = Vec::new();
        batcher.take(1, &mut out);
        assert_eq!(names(&out), ["a1"]);
        batcher.take(8, &mut out);
        assert_eq!(names(&out), ["a1", "note7", "b1"]);
    }

    #[test]
    fn a_full_batcher_gives_the_job_back() {
        let mut batcher: Batcher<u8> = Batcher::new(1);
        batcher.offer(Job::Window(window("a", 1)));
        assert!(matches!(batcher.offer(Job::Window(window("a", 2))), Offered::Full(_)));
        assert!(matches!(batcher.offer(Job::Note(1)), Offered::Queued));
    }

    #[test]
    fn the_newest_window_of_a_lane_displaces_its_oldest() {
        let mut batcher: Batcher<u8> = Batcher::new(3);
        for (call, hop) in [("b", 1), ("a", 1), ("a", 2)] {
            batcher.offer(Job::Window(window(call, hop)));
        }
        let Offered::Displaced(old) = batcher.offer_newest(Job::Window(window("a", 3))) else {
            panic!("nothing was displaced")
        };
        assert_eq!((old.key.call.as_str(), old.span.end.samples()), ("a", 1));
        let mut out = Vec::new();
        batcher.take(9, &mut out);
        assert_eq!(names(&out), ["b1", "a2", "a3"]);
    }

    proptest! {
        #[test]
        fn never_over_capacity_and_no_note_lost(
            capacity in 1_usize..6,
            offers in proptest::collection::vec((0_u8..4, any::<bool>()), 0..60),
        ) {
            let mut batcher = Batcher::new(capacity);
            let (mut notes, mut windows, mut displaced) = (0, 0, 0);
            for (hop, (call, is_note)) in offers.into_iter().enumerate() {
                let job = if is_note {
                    notes += 1;
                    Job::Note(call)
                } else {
                    windows += 1;
                    Job::Window(window(&call.to_string(), hop as u64))
                };
                if let Offered::Displaced(_) = batcher.offer_newest(job) {
                    displaced += 1;
                }
            }
            let mut out = Vec::new();
            batcher.take(usize::MAX, &mut out);
            let left = out.iter().filter(|job| matches!(job, Job::Window(_))).count();
            prop_assert!(left <= capacity);
            prop_assert_eq!(left + displaced, windows);
            prop_assert_eq!(out.len() - left, notes);
        }
    }
}
