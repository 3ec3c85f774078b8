//! The live state of every call, and where readers join it.

use axum::extract::ws::Utf8Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::broadcast;
use undertone_journal::{CallView, Entry};
use undertone_signal::RunId;

/// Entries a reader may be behind before it misses some, and how many are at hand for one
/// that comes back: with fifty calls of two lanes, about twenty seconds; a few megabytes.
pub(crate) const BEHIND: usize = 8192;

/// Calls that have ended and are at hand, with a store or without.
const ENDED: usize = 32;

/// An entry, and its JSON once somebody has asked for it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) entry: Arc<Entry>,
    json: OnceLock<Utf8Bytes>,
}

impl Line {
    const fn new(entry: Arc<Entry>) -> Self {
        Self { entry, json: OnceLock::new() }
    }

    /// The entry as JSON, made once for all readers.
    pub(crate) fn json(&self) -> Utf8Bytes {
        self.json.get_or_init(|| to_json(&*self.entry).into()).clone()
    }
}

/// Numbers, texts and lists: there is no way for them not to be JSON.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The one place where the events of running calls are folded.
#[derive(Debug)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Debug)]
struct State {
    /// `None` once the journal has ended.
    lines: Option<broadcast::Sender<Arc<Line>>>,
    recent: VecDeque<Arc<Line>>,
    /// Position of the next entry.
    next: u64,
    running: HashMap<RunId, Arc<CallView>>,
    ended: VecDeque<Arc<CallView>>,
}

/// A reader's place in the journal.
pub(crate) enum Joined {
    /// It has this state, then these lines, and then those that come.
    At(Place),
    /// What it needs is older than what is at hand, which begins at this position.
    Behind(u64),
    /// The journal has ended.
    Ended,
}

/// Where a reader begins.
pub(crate) struct Place {
    /// The running calls as they are; `None` for a reader that goes on where it was.
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) missing: Vec<Arc<Line>>,
    pub(crate) lines: broadcast::Receiver<Arc<Line>>,
}

/// The running calls, after the entry of this position.
pub(crate) struct Snapshot {
    pub(crate) position: Option<u64>,
    pub(crate) calls: Vec<Arc<CallView>>,
}

impl Hub {
    /// A hub whose first entry will have this position.
    pub(crate) fn new(first_position: u64) -> Self {
        Self(Mutex::new(State {
            lines: Some(broadcast::Sender::new(BEHIND)),
            recent: VecDeque::with_capacity(BEHIND),
            next: first_position,
            running: HashMap::new(),
            ended: VecDeque::with_capacity(ENDED),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in entries and passes them on. Never waits for a reader.
    pub(crate) fn take(&self, entries: &[Arc<Entry>]) {
        let mut state = self.lock();
        for entry in entries {
            state.fold(entry);
            let line = Arc::new(Line::new(Arc::clone(entry)));
            if state.recent.len() == BEHIND {
                state.recent.pop_front();
            }
            state.recent.push_back(Arc::clone(&line));
            state.next = entry.position + 1;
            if let Some(lines) = &state.lines {
                // Without readers there is nobody to tell.
                let _ = lines.send(line);
            }
        }
    }

    /// No more entries will come: readers get what they have not had, and then the end.
    pub(crate) fn close(&self) {
        self.lock().lines = None;
    }

    /// Joins after the entry of position `after`, or now. A position that has not come yet
    /// is that of another journal.
    pub(crate) fn join(&self, after: Option<u64>) -> Joined {
        let state = self.lock();
        let Some(lines) = state.lines.as_ref().map(broadcast::Sender::subscribe) else {
            return Joined::Ended;
        };
        let first = state.recent.front().map_or(state.next, |line| line.entry.position);
        let Some(after) = after.filter(|after| *after < state.next) else {
            let calls = state.running.values().cloned().collect();
            let snapshot = Some(Snapshot { position: state.next.checked_sub(1), calls });
            return Joined::At(Place { snapshot, missing: Vec::new(), lines });
        };
        if after + 1 < first {
            return Joined::Behind(first);
        }
        let begin = state.recent.partition_point(|line| line.entry.position <= after);
        let missing = state.recent.range(begin..).cloned().collect();
        Joined::At(Place { snapshot: None, missing, lines })
    }

    /// The running calls, and then those that ended last.
    pub(crate) fn calls(&self) -> Vec<Arc<CallView>> {
        let state = self.lock();
        state.running.values().chain(state.ended.iter().rev()).cloned().collect()
    }
}

impl State {
    fn fold(&mut self, entry: &Entry) {
        let event = &entry.event;
        let view = self.running.entry(event.run).or_insert_with(|| Arc::new(CallView::new(event)));
        // Copied only while somebody still reads a snapshot of it.
        Arc::make_mut(view).apply(event);
        if view.has_ended()
            && let Some(view) = self.running.remove(&event.run)
        {
            if self.ended.len() == ENDED {
                self.ended.pop_front();
            }
            self.ended.push_back(view);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use undertone_signal::{CallId, Envelopes, ErrorEvent, EventBody, StreamTime, SummaryEvent};

    /// Entries from `first` on, one an `error` event of run `run`.
    pub(crate) fn entries(run: u128, first: u64, count: u64) -> Vec<Arc<Entry>> {
        let call = CallId::new(format!("call-{run}"));
        let mut envelopes = Envelopes::new(RunId::from_u128(run), call);
        let mut next = |position: u64| {
            let event = envelopes.seal(ErrorEvent { message: position.to_string() });
            Arc::new(Entry { position, event })
        };
        (first..first + count).map(&mut next).collect()
    }

    pub(crate) fn summary() -> EventBody {
        SummaryEvent {
            audio: StreamTime::ZERO,
            wall_s: 1.0,
            real_time_factor: 1.0,
            lanes: std::collections::BTreeMap::new(),
            compute: undertone_signal::DelayStats::default(),
            delay: None,
            complete: true,
        }
        .into()
    }

    fn at(hub: &Hub, after: Option<u64>) -> Place {
        match hub.join(after) {
            Joined::At(place) => place,
            Joined::Behind(first) => panic!("behind {first}"),
            Joined::Ended => panic!("ended"),
        }
    }

    #[test]
    fn who_joins_has_the_state_and_then_every_line_once() {
        let hub = Hub::new(5);
        hub.take(&entries(1, 5, 3));
        let mut place = at(&hub, None);
        let snapshot = place.snapshot.unwrap();
        assert_eq!((snapshot.position, snapshot.calls[0].errors.len()), (Some(7), 3));
        hub.take(&entries(2, 8, 1));
        assert_eq!(place.lines.try_recv().unwrap().entry.position, 8);
        assert!(place.lines.try_recv().is_err());
        // What was joined is not changed by what comes.
        assert_eq!(snapshot.calls.len(), 1);
    }

    #[test]
    fn who_comes_back_gets_what_it_missed() {
        let hub = Hub::new(5);
        hub.take(&entries(1, 5, 4));
        let positions = |place: &Place| -> Vec<u64> {
            place.missing.iter().map(|line| line.entry.position).collect()
        };
        assert_eq!(positions(&at(&hub, Some(6))), [7, 8]);
        assert_eq!(positions(&at(&hub, Some(8))), [0; 0]);
        assert_eq!(positions(&at(&hub, Some(4))), [5, 6, 7, 8]);
        assert!(matches!(hub.join(Some(3)), Joined::Behind(5)));
        assert!(at(&hub, Some(9)).snapshot.is_some(), "a position of another journal");
        hub.close();
        assert!(matches!(hub.join(None), Joined::Ended));
    }

    #[test]
    fn a_call_that_ended_is_not_running() {
        let hub = Hub::new(0);
        let mut envelopes = Envelopes::new(RunId::from_u128(1), CallId::new("a"));
        let event = envelopes.seal(summary());
        hub.take(&[Arc::new(Entry { position: 0, event })]);
        assert!(at(&hub, None).snapshot.unwrap().calls.is_empty());
        assert!(hub.calls()[0].has_ended());
    }
}
