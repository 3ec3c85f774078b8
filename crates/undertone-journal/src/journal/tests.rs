//! What a journal promises, with sinks and ledgers that misbehave.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Policy, SinkError};
use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use undertone_signal::{CallId, Envelopes, ErrorEvent, RunId};

/// Gives what it gets to a channel, once the gate lets it.
struct Probe {
    policy: Policy,
    gate: Receiver<()>,
    out: Sender<Result<u64, u64>>,
}

impl Sink for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn policy(&self) -> Policy {
        self.policy
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        let _ = self.gate.recv();
        entries.iter().for_each(|entry| self.out.send(Ok(entry.position)).unwrap());
        Ok(())
    }

    fn missed(&mut self, entries: u64) -> Result<(), SinkError> {
        self.out.send(Err(entries)).unwrap();
        Ok(())
    }
}

/// A probe, the gate's other side (dropped: open), and what it got.
fn probe(policy: Policy) -> (Box<Probe>, Sender<()>, Receiver<Result<u64, u64>>) {
    let ((key, gate), (out, got)) = (bounded(0), unbounded());
    (Box::new(Probe { policy, gate, out }), key, got)
}

/// Keeps positions in memory, while it is not broken.
#[derive(Clone, Default)]
struct Memory {
    kept: Arc<Mutex<Vec<u64>>>,
    broken: Arc<AtomicBool>,
}

impl Ledger for Memory {
    fn append(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(SinkError::Failed("disk full".into()));
        }
        self.kept.lock().unwrap().extend(entries.iter().map(|entry| entry.position));
        Ok(())
    }
}

fn emit(events: &Sender<Event>, count: usize) {
    let mut envelopes = Envelopes::new(RunId::from_u128(1), CallId::new("c"));
    for _ in 0..count {
        events.send(envelopes.seal(ErrorEvent { message: "x".into() })).unwrap();
    }
}

fn start(
    first_position: u64,
    ledger: Option<Memory>,
    sinks: Vec<Box<dyn Sink>>,
) -> (Sender<Event>, Journal) {
    let (events, receiver) = bounded(512);
    let settings = JournalSettings { first_position, ..JournalSettings::default() };
    let ledger = ledger.map(|ledger| Box::new(ledger) as Box<dyn Ledger>);
    (events, Journal::start(receiver, settings, ledger, sinks).unwrap())
}

#[test]
fn a_lossless_sink_gets_every_entry_in_order_from_where_the_ledger_ended() {
    let (sink, key, got) = probe(Policy::Lossless);
    drop(key);
    let (events, journal) = start(40, None, vec![sink]);
    emit(&events, 3000);
    drop(events);
    journal.join();
    let positions: Vec<u64> = got.iter().map(Result::unwrap).collect();
    assert_eq!(positions, (40..3040).collect::<Vec<_>>());
}

#[test]
fn a_slow_sink_is_told_in_its_place_how_many_it_missed_and_delays_nobody() {
    let (slow, key, got) = probe(Policy::Lossy { behind: 4 });
    let (healthy, open, healthy_got) = probe(Policy::Lossless);
    drop(open);
    let (events, journal) = start(0, None, vec![slow, healthy]);
    emit(&events, 100);
    for position in 0..100 {
        assert_eq!(healthy_got.recv_timeout(Duration::from_secs(5)), Ok(Ok(position)));
    }
    drop(key);
    drop(events);
    let health = journal.health();
    journal.join();
    let mut next = 0;
    for step in &got {
        match step {
            Ok(position) => {
                assert_eq!(position, next);
                next += 1;
            }
            Err(missed) => next += missed,
        }
    }
    assert_eq!(next, 100, "what it got and what it missed are everything");
    assert!(health.missed() >= 90, "{}", health.missed());
}

#[test]
fn what_a_sink_has_seen_the_ledger_has_kept() {
    let ledger = Memory::default();
    let (sink, key, got) = probe(Policy::Lossless);
    drop(key);
    let (events, journal) = start(0, Some(ledger.clone()), vec![sink]);
    for _ in 0..50 {
        emit(&events, 1);
        let seen = got.recv().unwrap().unwrap();
        assert!(ledger.kept.lock().unwrap().contains(&seen));
    }
    drop(events);
    journal.join();
}

#[test]
fn a_broken_ledger_delays_nobody_says_why_and_catches_up() {
    let ledger = Memory::default();
    ledger.broken.store(true, Ordering::Relaxed);
    let (sink, key, got) = probe(Policy::Lossless);
    drop(key);
    let (events, journal) = start(0, Some(ledger.clone()), vec![sink]);
    let began = Instant::now();
    emit(&events, 200);
    (0..200).for_each(|_| assert!(got.recv().unwrap().is_ok()));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let health = journal.health();
    assert_eq!(health.fault().as_deref(), Some("disk full"));
    assert_eq!(health.waiting(), 200);
    ledger.broken.store(false, Ordering::Relaxed);
    drop(events);
    journal.join();
    assert_eq!(*ledger.kept.lock().unwrap(), (0..200).collect::<Vec<_>>());
    assert_eq!((health.fault(), health.waiting()), (None, 0));
}
