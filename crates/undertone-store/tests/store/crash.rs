//! The process is killed while a hundred calls stream. What any reader had been sent is in
//! the store, and the journal goes on where it was.
//!
//! `UNDERTONE_CRASH_ROUNDS=100` kills a hundred times; `scripts/crash` does.

use crate::made::{alert, start, tone};
use crossbeam::channel::bounded;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use undertone_journal::{Entry, Journal, JournalSettings, Policy, Sink, SinkError};
use undertone_signal::{AlertState, CallId, Envelopes, Lane, RunId};
use undertone_store::{CallFilter, EntryFilter, Keep, Store};

const CALLS: u32 = 100;
const STORE: &str = "UNDERTONE_CRASH_STORE";

/// A reader: it is sent an alert when its line has left the process.
struct Lines;

impl Sink for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        let mut out = std::io::stdout().lock();
        for entry in entries.iter().filter(|entry| entry.event.body.kind() == "alert") {
            writeln!(out, "sent {}", entry.position)?;
        }
        Ok(out.flush()?)
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Not a test of its own: the process that is killed. A hundred calls, two lanes each, an
/// alert every four hops.
#[test]
#[ignore = "what the next test starts and kills"]
fn a_process_that_streams() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let store = Store::open(Path::new(&path)).unwrap();
    let keeper = store.keeper(Keep::default()).unwrap();
    let first_position = store.next_position().unwrap();
    println!("from {first_position}");
    let (events, incoming) = bounded(512);
    let settings = JournalSettings { first_position, ..JournalSettings::default() };
    let _journal =
        Journal::start(incoming, settings, Some(Box::new(keeper)), vec![Box::new(Lines)]).unwrap();
    let mut calls: Vec<Envelopes> = (0..CALLS)
        .map(|call| Envelopes::new(RunId::now(), CallId::new(format!("call-{call}"))))
        .collect();
    for call in &mut calls {
        events.send(call.seal(start())).unwrap();
    }
    for hop in 1_u32.. {
        for (number, call) in (0..).zip(&mut calls) {
            let at = f64::from(hop) * 0.25;
            for lane in Lane::ALL {
                events.send(call.seal(tone(lane, at, 0.5))).unwrap();
            }
            if (hop + number).is_multiple_of(4) {
                events.send(call.seal(alert(hop, AlertState::Raised, at))).unwrap();
            }
            // Two and a half times as fast as a hundred calls are.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn start_streaming(store: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::a_process_that_streams", "--ignored", "--nocapture"])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The positions in whole lines that begin with `word`.
fn numbers(lines: &str, word: &str) -> Vec<u64> {
    let whole = lines.rfind('\n').map_or("", |end| &lines[..end]);
    let rests = whole.lines().filter_map(|line| line.strip_prefix(word));
    rests.filter_map(|rest| rest.trim().parse().ok()).collect()
}

/// One life: what it said before it was killed.
fn life(store: &Path, draw: &mut fastrand::Rng) -> String {
    let mut child = start_streaming(store);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.lines().any(|line| line.starts_with("sent ")) {
        assert!(out.read_line(&mut said).unwrap() > 0, "it ended by itself: {said}");
    }
    let reader = std::thread::spawn(move || {
        let mut rest = String::new();
        out.read_to_string(&mut rest).map(|_| rest).unwrap()
    });
    std::thread::sleep(Duration::from_millis(draw.u64(0..400)));
    child.kill().unwrap();
    child.wait().unwrap();
    said + &reader.join().unwrap()
}

fn kept_alerts(store: &Store) -> BTreeSet<u64> {
    let filter = EntryFilter { kinds: vec!["alert"], ..EntryFilter::default() };
    let found = store.entries_after(None, usize::MAX, &filter).unwrap();
    found.iter().map(|entry| entry.position).collect()
}

#[test]
fn nothing_that_was_sent_is_lost_however_often_the_process_is_killed() {
    let rounds = std::env::var("UNDERTONE_CRASH_ROUNDS").map_or(10, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let mut draw = fastrand::Rng::with_seed(rounds);
    let (mut next, mut sent) = (0, 0);
    for round in 0..rounds {
        let said = life(&path, &mut draw);
        assert_eq!(numbers(&said, "from "), [next], "round {round}: where the journal went on");
        let store = Store::open(&path).unwrap();
        next = store.next_position().unwrap();
        let (seen, kept) = (numbers(&said, "sent "), kept_alerts(&store));
        let lost: Vec<&u64> = seen.iter().filter(|position| !kept.contains(position)).collect();
        assert!(lost.is_empty(), "round {round}: sent and not kept: {lost:?}");
        sent += seen.len();
    }
    let store = Store::open(&path).unwrap();
    let all = store.entries_after(None, usize::MAX, &EntryFilter::default()).unwrap();
    assert!(all.iter().map(|entry| entry.position).eq(0..next), "a gap or a double");
    let mut seqs: BTreeMap<RunId, u64> = BTreeMap::new();
    for entry in &all {
        let seq = seqs.entry(entry.event.run).or_default();
        assert_eq!(entry.event.seq, *seq, "{}", entry.event.run);
        *seq += 1;
    }
    drop(store.keeper(Keep::default()).unwrap());
    let calls = store.calls(&CallFilter { limit: usize::MAX, ..CallFilter::default() }).unwrap();
    assert!(calls.iter().all(|call| call.complete == Some(false)));
    println!(
        "killed {rounds} times: {sent} alerts sent, all kept; {next} events of {} calls, no gap, no double",
        calls.len()
    );
}
