//! The order in which windows reach the acoustic model, as a pure structure.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use undertone_signal::{LaneKey, RunId, Window};

/// A live window that has waited this long behind others of its lane is replaced by the
/// newest, because its scores would be too late.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);

/// A job of the acoustic path: a window to score, or a note that must keep its place between
/// windows (a segment ended, a call ended).
#[derive(Debug)]
pub enum Job<N> {
    /// A window to score; one without features only keeps its place.
    Window(Window),
    /// A note to pass on when everything before it in its call has been scored.
    Note(RunId, N),
}

impl<N> Job<N> {
    const fn run(&self) -> RunId {
        match self {
            Self::Window(window) => window.key.run,
            Self::Note(run, _) => *run,
        }
    }

    /// True of jobs that need the model.
    fn is_judged(&self) -> bool {
        matches!(self, Self::Window(window) if !window.features.is_empty())
    }
}

/// The outcome of a job that was offered.
#[derive(Debug)]
pub enum Offered<N> {
    /// It is queued.
    Queued,
    /// It is queued; this older window was dropped for it.
    Displaced(Window),
    /// The queue is full and unchanged; the job is returned.
    Full(Job<N>),
}

/// A queue of jobs for each call, first in, first out. Calls take turns, so that a call that
/// sends faster than real time delays only itself. Bounded in windows. Notes are few and
/// always fit, because a lost one would leave a call open for ever.
#[derive(Debug)]
pub struct Batcher<N> {
    /// The queue of every call in `turns`.
    lines: HashMap<RunId, VecDeque<Job<N>>>,
    /// Calls that have jobs, the next first.
    turns: VecDeque<RunId>,
    /// Empty queues, for the next calls.
    spare: Vec<VecDeque<Job<N>>>,
    windows: usize,
    capacity: usize,
}

impl<N> Batcher<N> {
    /// With a capacity of `capacity` windows (at least one).
    pub fn new(capacity: usize) -> Self {
        Self {
            lines: HashMap::new(),
            turns: VecDeque::new(),
            spare: Vec::new(),
            windows: 0,
            capacity: capacity.max(1),
        }
    }

    /// True if it is empty.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Queues `job` if there is room, else returns it.
    pub fn offer(&mut self, job: Job<N>) -> Offered<N> {
        if matches!(job, Job::Window(_)) {
            if self.windows >= self.capacity {
                return Offered::Full(job);
            }
            self.windows += 1;
        }
        self.push(job);
        Offered::Queued
    }

    /// Queues `job`. The oldest window of the same lane is dropped if it is a second older or
    /// if there is no room. If there is no room and the lane has no window queued, the call
    /// with the most jobs loses one.
    pub fn offer_newest(&mut self, job: Job<N>) -> Offered<N> {
        if let Job::Window(newcomer) = &job {
            let full = self.windows >= self.capacity;
            let crowded_out = |batcher: &mut Self| batcher.take_crowding(&newcomer.key);
            let displaced =
                self.take_late(newcomer).or_else(|| full.then(|| crowded_out(self)).flatten());
            if let Some(old) = displaced {
                self.push(job);
                return Offered::Displaced(old);
            }
        }
        self.offer(job)
    }

    fn push(&mut self, job: Job<N>) {
        let run = job.run();
        if let Some(line) = self.lines.get_mut(&run) {
            return line.push_back(job);
        }
        let mut line = self.spare.pop().unwrap_or_default();
        line.push_back(job);
        self.turns.push_back(run);
        self.lines.insert(run, line);
    }

    /// The oldest window of the newcomer's lane, if it is past its deadline.
    fn take_late(&mut self, newcomer: &Window) -> Option<Window> {
        let line = self.lines.get_mut(&newcomer.key.run)?;
        let is_late = |oldest: &Window| {
            newcomer.captured_at.saturating_duration_since(oldest.captured_at) >= DEADLINE
        };
        let place = oldest(line, |w| w.key == newcomer.key && is_late(w))?;
        remove(line, place)
    }

    /// The oldest window of `lane`, or else of the call with the most jobs.
    fn take_crowding(&mut self, lane: &LaneKey) -> Option<Window> {
        let mine = self.lines.get(&lane.run).and_then(|line| oldest(line, |w| w.key == *lane));
        if let Some(place) = mine {
            return remove(self.lines.get_mut(&lane.run)?, place);
        }
        let crowded = self.lines.values_mut().filter(|line| oldest(line, |_| true).is_some());
        let line = crowded.max_by_key(|line| line.len())?;
        let place = oldest(line, |_| true)?;
        remove(line, place)
    }

    /// Moves jobs to the end of `out`, in order within a call, one window of each call in turn,
    /// until there are `most` windows to score or nothing is left.
    pub fn take(&mut self, most: usize, out: &mut Vec<Job<N>>) {
        let mut judged = 0;
        while judged < most.max(1) {
            let Some(call) = self.turns.pop_front() else { return };
            let Some(line) = self.lines.get_mut(&call) else { continue };
            while let Some(job) = line.pop_front() {
                let ends_turn = job.is_judged();
                self.windows -= usize::from(matches!(job, Job::Window(_)));
                out.push(job);
                if ends_turn {
                    judged += 1;
                    break;
                }
            }
            if !line.is_empty() {
                self.turns.push_back(call);
            } else if let Some(line) = self.lines.remove(&call) {
                self.spare.push(line);
            }
        }
    }
}

/// The place of the first window in `line` that is `wanted`.
fn oldest<N>(line: &VecDeque<Job<N>>, wanted: impl Fn(&Window) -> bool) -> Option<usize> {
    line.iter().position(|job| matches!(job, Job::Window(window) if wanted(window)))
}

fn remove<N>(line: &mut VecDeque<Job<N>>, place: usize) -> Option<Window> {
    match line.remove(place) {
        Some(Job::Window(window)) => Some(window),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};
    use undertone_signal::{Lane, LaneKey, Prosody, Span, StreamTime};

    /// A run whose id spells its name.
    fn run(call: &str) -> RunId {
        let mut bytes = [0; 16];
        bytes[..call.len()].copy_from_slice(call.as_bytes());
        RunId::from_bytes(bytes)
    }

    fn spelled(run: RunId) -> String {
        String::from_utf8_lossy(run.as_bytes()).trim_end_matches('\0').to_owned()
    }

    fn window(call: &str, hop: u64) -> Window {
        Window {
            key: LaneKey::new(run(call), Lane::Customer),
            span: Span::new(StreamTime::ZERO, StreamTime::from_samples(hop)),
            captured_at: Instant::now(),
            features: vec![0.0],
            speech: 1.0,
            speech_now: 1.0,
            prosody: Prosody::default(),
            compute: Duration::ZERO,
        }
    }

    fn note(call: &str, n: u8) -> Job<u8> {
        Job::Note(run(call), n)
    }

    fn name(job: &Job<u8>) -> String {
        match job {
            Job::Window(w) => format!("{}{}", spelled(w.key.run), w.span.end.samples()),
            Job::Note(run, n) => format!("{}-note{n}", spelled(*run)),
        }
    }

    fn taken(batcher: &mut Batcher<u8>, most: usize) -> Vec<String> {
        let mut out = Vec::new();
        batcher.take(most, &mut out);
        out.iter().map(name).collect()
    }

    fn displaced(offered: Offered<u8>) -> Option<String> {
        match offered {
            Offered::Displaced(old) => Some(name(&Job::Window(old))),
            _ => None,
        }
    }

    #[test]
    fn the_jobs_of_a_call_leave_in_the_order_they_came() {
        let mut batcher = Batcher::new(8);
        for job in [note("a", 1), Job::Window(window("a", 1)), note("a", 2)] {
            assert!(matches!(batcher.offer(job), Offered::Queued));
        }
        assert_eq!(taken(&mut batcher, 1), ["a-note1", "a1"]);
        assert_eq!(taken(&mut batcher, 1), ["a-note2"]);
        assert!(batcher.is_empty());
    }

    #[test]
    fn calls_take_turns() {
        let mut batcher = Batcher::new(8);
        for hop in 1..=4 {
            batcher.offer(Job::Window(window("flood", hop)));
        }
        batcher.offer(Job::Window(window("b", 1)));
        batcher.offer(note("b", 1));
        assert_eq!(taken(&mut batcher, 2), ["flood1", "b1"]);
        assert_eq!(taken(&mut batcher, 2), ["flood2", "b-note1", "flood3"]);
    }

    #[test]
    fn a_full_batcher_gives_the_job_back() {
        let mut batcher: Batcher<u8> = Batcher::new(1);
        batcher.offer(Job::Window(window("a", 1)));
        assert!(matches!(batcher.offer(Job::Window(window("a", 2))), Offered::Full(_)));
        assert!(matches!(batcher.offer(note("a", 1)), Offered::Queued));
    }

    #[test]
    fn the_newest_window_of_a_lane_displaces_its_oldest() {
        let mut batcher: Batcher<u8> = Batcher::new(3);
        for (call, hop) in [("b", 1), ("a", 1), ("a", 2)] {
            batcher.offer(Job::Window(window(call, hop)));
        }
        let offered = batcher.offer_newest(Job::Window(window("a", 3)));
        assert_eq!(displaced(offered).as_deref(), Some("a1"));
        assert_eq!(taken(&mut batcher, 9), ["b1", "a2", "a3"]);
    }

    #[test]
    fn where_there_is_no_room_the_call_with_the_most_jobs_gives_way() {
        let mut batcher: Batcher<u8> = Batcher::new(3);
        for (call, hop) in [("b", 1), ("flood", 1), ("flood", 2)] {
            batcher.offer(Job::Window(window(call, hop)));
        }
        let offered = batcher.offer_newest(Job::Window(window("c", 1)));
        assert_eq!(displaced(offered).as_deref(), Some("flood1"));
    }

    #[test]
    fn a_window_past_its_deadline_gives_way_though_there_is_room() {
        let mut batcher: Batcher<u8> = Batcher::new(8);
        let started = Instant::now();
        let at = |hop: u64| {
            let captured_at = started + Duration::from_millis(250 * hop);
            Job::Window(Window { captured_at, ..window("a", hop) })
        };
        let gone: Vec<_> = (0..6).map(|hop| displaced(batcher.offer_newest(at(hop)))).collect();
        assert_eq!(gone[..4], [None, None, None, None]);
        assert_eq!(gone[4..], [Some("a0".to_owned()), Some("a1".to_owned())]);
        assert_eq!(taken(&mut batcher, 9), ["a2", "a3", "a4", "a5"]);
    }

    proptest! {
        #[test]
        fn never_over_capacity_no_note_lost_each_call_in_order(
            capacity in 1_usize..6,
            offers in proptest::collection::vec((0_u8..4, 0_u8..3, 0_usize..3), 0..60),
        ) {
            let mut batcher = Batcher::new(capacity);
            let (mut notes, mut windows, mut gone) = (0, 0, 0);
            let mut out = Vec::new();
            for (hop, (call, kind, most)) in offers.into_iter().enumerate() {
                let job = if kind == 0 {
                    notes += 1;
                    note(&call.to_string(), hop as u8)
                } else {
                    windows += 1;
                    let mut window = window(&call.to_string(), hop as u64);
                    window.features.truncate(usize::from(kind == 1));
                    Job::Window(window)
                };
                if let Offered::Displaced(_) = batcher.offer_newest(job) {
                    gone += 1;
                }
                if most > 0 {
                    batcher.take(most, &mut out);
                }
                let waiting = windows - gone - judged(&out);
                prop_assert!(waiting <= capacity);
            }
            batcher.take(usize::MAX, &mut out);
            prop_assert!(batcher.is_empty());
            prop_assert_eq!(judged(&out) + gone, windows);
            prop_assert_eq!(out.len() - judged(&out), notes);
            for call in 0..4_u8 {
                let mine = out.iter().filter(|job| job.run() == run(&call.to_string()));
                prop_assert!(mine.map(place).is_sorted());
            }
        }
    }

    fn judged(out: &[Job<u8>]) -> usize {
        out.iter().filter(|job| matches!(job, Job::Window(_))).count()
    }

    fn place(job: &Job<u8>) -> u64 {
        match job {
            Job::Window(window) => window.span.end.samples(),
            Job::Note(_, n) => u64::from(*n),
        }
    }
}
