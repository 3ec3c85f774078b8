//! A store in trouble does not delay an alert, and catches up.

use crate::made::{alert, start, tone};
use crossbeam::channel::{Sender, bounded, unbounded};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use undertone_journal::{Entry, Journal, JournalSettings, Ledger, Policy, Sink, SinkError};
use undertone_signal::{AlertState, CallId, Envelopes, EventBody, Lane, RunId, Timestamp};
use undertone_store::{EntryFilter, Keep, Keeper, Retention, Store, StoreError};

/// What a store in trouble may add to the delay of an alert.
const ALLOWED: Duration = Duration::from_millis(50);

/// Notes when alerts arrive.
struct Clock(Sender<(u32, Instant)>);

impl Sink for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        for entry in entries {
            if let EventBody::Alert(alert) = &entry.event.body {
                let _ = self.0.send((alert.id.0, Instant::now()));
            }
        }
        Ok(())
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

/// A disk that is full until somebody frees space.
struct Full {
    keeper: Keeper,
    freed: Arc<AtomicBool>,
}

impl Ledger for Full {
    fn append(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        let pages = if self.freed.load(Ordering::Relaxed) { u32::MAX } else { 1 };
        let limited: Result<(), StoreError> = self.keeper.limit_pages(pages);
        limited.map_err(|error| SinkError::Failed(error.to_string()))?;
        self.keeper.append(entries)
    }
}

/// The 99th percentile of the delay of a hundred alerts a second, on top of a hundred calls
/// of two lanes, for two seconds.
fn p99(ledger: Option<Box<dyn Ledger>>, end: impl FnOnce()) -> Duration {
    let (events, incoming) = bounded(512);
    let (out, arrived) = unbounded();
    let settings = JournalSettings::default();
    let journal = Journal::start(incoming, settings, ledger, vec![Box::new(Clock(out))]).unwrap();
    let mut call = Envelopes::new(RunId::now(), CallId::new("c"));
    events.send(call.seal(start())).unwrap();
    let mut sent = Vec::new();
    for id in 0..200_u32 {
        for lane in [Lane::Customer, Lane::Agent].repeat(4) {
            events.send(call.seal(tone(lane, f64::from(id), 0.5))).unwrap();
        }
        sent.push(Instant::now());
        events.send(call.seal(alert(id, AlertState::Raised, f64::from(id)))).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    end();
    drop(events);
    journal.join();
    let mut delays: Vec<Duration> =
        arrived.iter().map(|(id, at)| at.duration_since(sent[id as usize])).collect();
    assert_eq!(delays.len(), 200, "an alert did not arrive");
    delays.sort();
    delays[197]
}

fn assert_whole(store: &Store) {
    let kept = store.entries_after(None, usize::MAX, &EntryFilter::default()).unwrap();
    assert!(kept.iter().map(|entry| entry.event.seq).eq(0..1801), "{} kept", kept.len());
}

#[test]
fn a_store_in_trouble_delays_no_alert_and_is_whole_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = folder.path().join(name);
        (Store::open(&path).unwrap(), path)
    };
    let alone = p99(None, || ());

    let (store, _) = at("read.db");
    let healthy = p99(Some(Box::new(store.keeper(Keep::default()).unwrap())), || {
        assert_eq!(store.sweep(&Retention::default(), Timestamp::now()).unwrap().calls, 0);
    });
    assert_whole(&store);

    let (store, path) = at("locked.db");
    let ledger = Box::new(store.keeper(Keep::default()).unwrap());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let locked = p99(Some(ledger), || other.execute_batch("COMMIT").unwrap());
    assert_whole(&store);

    let (store, _) = at("full.db");
    let freed = Arc::new(AtomicBool::new(false));
    let keeper = store.keeper(Keep::default()).unwrap();
    let ledger = Box::new(Full { keeper, freed: Arc::clone(&freed) });
    let full = p99(Some(ledger), || freed.store(true, Ordering::Relaxed));
    assert_whole(&store);

    println!(
        "p99 delay of an alert in the journal: {alone:.1?} without a store, {healthy:.1?} with \
         one, {locked:.1?} while it is locked, {full:.1?} while the disk is full"
    );
    for troubled in [healthy, locked, full] {
        assert!(troubled < alone + ALLOWED, "{troubled:?} against {alone:?}");
    }
}
