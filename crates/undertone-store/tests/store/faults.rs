//! Disks that are full, files that are locked, read-only, foreign or too new.

use crate::made::{alert, call, start, summary};
use rusqlite::Connection;
use std::path::Path;
use undertone_journal::Ledger;
use undertone_signal::{AlertState, RunId};
use undertone_store::{EntryFilter, Keep, Store, StoreError};

fn refusal(path: &Path) -> String {
    let fault = Store::open(path).unwrap_err();
    let text = fault.to_string();
    assert!(text.starts_with(&path.display().to_string()), "{text}");
    text
}

#[test]
fn what_is_no_store_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are notes, and longer than the header of a database".repeat(9))
        .unwrap();
    assert!(refusal(&text).contains("no store of undertone"));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    assert!(refusal(&other).contains("no store of undertone"));
    let fault = Store::existing(&folder.path().join("none.db")).unwrap_err();
    assert!(matches!(fault, StoreError::Missing(_)), "{fault}");
    assert!(!folder.path().join("none.db").exists());
}

#[test]
fn a_newer_store_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    drop(Store::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let text = refusal(&path);
    assert!(text.contains("version 99") && text.contains("newer undertone"), "{text}");
}

#[test]
fn while_the_file_is_locked_an_append_fails_soon_and_works_again_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let store = Store::open(&path).unwrap();
    let mut ledger = store.keeper(Keep::default()).unwrap();
    let said = call(RunId::now(), "c", 0, [start(), alert(1, AlertState::Raised, 4.0)]);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = std::time::Instant::now();
    let fault = ledger.keep(&said).unwrap_err();
    assert!(began.elapsed().as_millis() < 1000, "{:?}", began.elapsed());
    assert!(fault.to_string().contains("locked by another program"), "{fault}");
    other.execute_batch("COMMIT").unwrap();
    ledger.append(&said).unwrap();
    assert_eq!(store.entries_after(None, 10, &EntryFilter::default()).unwrap().len(), 2);
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged_and_no_half_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let store = Store::open(&path).unwrap();
    let mut ledger = store.keeper(Keep::default()).unwrap();
    ledger.limit_pages(60).unwrap();
    let mut kept = 0;
    let fault = loop {
        let alerts = (1..50).map(|id| alert(id, AlertState::Raised, 4.0));
        let bodies = std::iter::once(start()).chain(alerts).chain([summary(9.0)]);
        let batch = call(RunId::now(), "c", kept, bodies);
        match ledger.keep(&batch) {
            Ok(()) => kept += batch.len() as u64,
            Err(fault) => break fault,
        }
        assert!(kept < 100_000, "the limit is not felt");
    };
    assert!(matches!(fault, StoreError::DiskFull(_)), "{fault}");
    assert!(fault.to_string().contains("free space"), "{fault}");
    assert!(kept > 0);
    let there = store.entries_after(None, usize::MAX, &EntryFilter::default()).unwrap();
    assert!(there.iter().map(|entry| entry.position).eq(0..kept));
    ledger.limit_pages(u32::MAX).unwrap();
    ledger.append(&call(RunId::now(), "c", kept, [start()])).unwrap();
    assert_eq!(store.next_position().unwrap(), kept + 1);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(closed.join("probe"), "").is_ok() {
        println!("skipped: this user may write everywhere");
        return;
    }
    assert!(refusal(&closed.join("calls.db")).contains("write access"));
}
