//! What is not kept is not in the file.

use crate::made::{SAID, alert, call, moment, start, summary, tone, words};
use std::path::Path;
use undertone_journal::Ledger;
use undertone_signal::{AlertState, EventBody, Lane, RunId, Timestamp};
use undertone_store::{Age, CallFilter, EntryFilter, Keep, Retention, Store, StoreError, Swept};

fn spoken(run: RunId, first: u64) -> Vec<std::sync::Arc<undertone_journal::Entry>> {
    let hops = (1..=30).map(|hop| tone(Lane::Customer, f64::from(hop) * 0.25, 0.5));
    let said = [words(0, 1.0, false), words(0, 1.0, true), alert(1, AlertState::Raised, 5.0)];
    let bodies =
        std::iter::once(start()).chain(hops).chain(said).chain([moment(6.0), summary(8.0)]);
    call(run, "c", first, bodies)
}

/// True if the file, or its log, holds the text anywhere.
fn holds(path: &Path, text: &str) -> bool {
    let log = format!("{}-wal", path.display());
    [path.to_owned(), log.into()].iter().any(|file| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn without_being_asked_no_word_is_kept_and_no_number_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let store = Store::open(&path).unwrap();
    let run = RunId::now();
    let said = spoken(run, 0);
    store.keeper(Keep::default()).unwrap().append(&said).unwrap();
    assert!(!holds(&path, SAID));
    let kept = store.entries_after(None, 1000, &EntryFilter::default()).unwrap();
    assert!(kept.iter().map(|entry| entry.event.seq).eq(0..said.len() as u64));
    let confidence = kept.iter().find_map(|entry| match &entry.event.body {
        EventBody::Transcript(words) => Some((words.text.clone(), words.confidence.get())),
        _ => None,
    });
    assert_eq!(confidence, Some((String::new(), 0.9)));
}

#[test]
fn redaction_leaves_no_word_in_the_file_and_every_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let store = Store::open(&path).unwrap();
    let run = RunId::now();
    let mut ledger = store.keeper(Keep { transcripts: true }).unwrap();
    ledger.append(&spoken(run, 0)).unwrap();
    assert!(holds(&path, SAID));
    let before = store.entries_after(None, 1000, &EntryFilter::default()).unwrap().len();
    assert!(store.redact(run).unwrap());
    assert!(!holds(&path, SAID), "redacted words are still in the file");
    let after = store.entries_after(None, 1000, &EntryFilter::default()).unwrap().len();
    assert_eq!(before, after);
    assert!(!store.call(run).unwrap().unwrap().kept.words);
    assert!(!store.redact(RunId::now()).unwrap());
}

#[test]
fn deletion_leaves_nothing_and_gives_no_position_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let store = Store::open(&path).unwrap();
    let run = RunId::now();
    let said = spoken(run, 0);
    store.keeper(Keep { transcripts: true }).unwrap().append(&said).unwrap();
    assert!(store.delete(run).unwrap());
    assert!(!holds(&path, SAID), "deleted words are still in the file");
    assert_eq!(store.calls(&CallFilter::default()).unwrap(), []);
    assert_eq!(store.next_position().unwrap(), said.len() as u64);
    assert!(!store.delete(run).unwrap());
}

#[test]
fn a_call_that_goes_on_is_not_deleted_under_its_keeper() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let run = RunId::now();
    let mut ledger = store.keeper(Keep::default()).unwrap();
    ledger.append(&call(run, "c", 0, [start()])).unwrap();
    let fault = store.delete(run).unwrap_err();
    assert!(matches!(fault, StoreError::StillOpen { .. }), "{fault}");
    drop(ledger);
    assert!(store.delete(run).unwrap());
}

#[test]
fn a_sweep_takes_each_kind_at_its_age() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let run = RunId::now();
    let mut ledger = store.keeper(Keep { transcripts: true }).unwrap();
    ledger.append(&spoken(run, 0)).unwrap();
    let open = RunId::now();
    ledger.append(&call(open, "open", 100, [start()])).unwrap();
    let began = store.call(run).unwrap().unwrap().started.as_millisecond();
    let after = |days: i64| Timestamp::from_millisecond(began + days * 86_400_000).unwrap();
    let retention = Retention::default();
    let entries = |kind| {
        let filter = EntryFilter { run: Some(run), kinds: vec![kind], ..EntryFilter::default() };
        store.entries_after(None, 1000, &filter).unwrap().len()
    };
    let kept = || store.call(run).unwrap().map(|call| call.kept);

    assert_eq!(store.sweep(&retention, after(6)).unwrap(), Swept::default());
    let swept = store.sweep(&retention, after(8)).unwrap();
    assert_eq!(swept, Swept { transcripts: 1, ..Swept::default() });
    assert_eq!((entries("transcript"), entries("tone"), kept().unwrap().words), (2, 30, false));
    let swept = store.sweep(&retention, after(31)).unwrap();
    assert_eq!(swept, Swept { tone: 1, ..Swept::default() });
    assert_eq!((entries("tone"), entries("alert"), kept().unwrap().tone), (0, 1, false));
    let swept = store.sweep(&retention, after(91)).unwrap();
    assert_eq!(swept, Swept { events: 1, ..Swept::default() });
    assert_eq!((entries("alert"), kept().unwrap().events), (0, false));
    let forever = Retention { calls: Age::Forever, ..retention };
    assert_eq!(store.sweep(&forever, after(9999)).unwrap(), Swept::default());
    let swept = store.sweep(&retention, after(366)).unwrap();
    assert_eq!(swept, Swept { calls: 1, ..Swept::default() });
    assert_eq!(kept(), None);
    assert!(store.call(open).unwrap().is_some(), "a call that goes on stays");
    assert_eq!(store.next_position().unwrap(), 101);
}

#[cfg(unix)]
#[test]
fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/calls.db");
    let store = Store::open(&path).unwrap();
    store.keeper(Keep::default()).unwrap().append(&spoken(RunId::now(), 0)).unwrap();
    for file in [path.clone(), format!("{}-wal", path.display()).into()] {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
