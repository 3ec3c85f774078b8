//! What people say of a call.

use crate::made::{alert, call, start, summary};
use undertone_journal::Ledger;
use undertone_signal::{AlertId, AlertState, RunId, Timestamp};
use undertone_store::{Feedback, Keep, Outcome, Store, StoreError};

fn store() -> (tempfile::TempDir, Store, RunId) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let run = RunId::now();
    let said = call(run, "c", 0, [start(), alert(1, AlertState::Raised, 4.0), summary(9.0)]);
    store.keeper(Keep::default()).unwrap().append(&said).unwrap();
    (folder, store, run)
}

fn instant(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap()
}

fn feedback(run: RunId, alert: u32, who: &str, helpful: bool) -> Feedback {
    let (alert, who) = (AlertId(alert), who.to_owned());
    Feedback { run, alert, helpful, who, time: instant(7), note: Some("x".into()) }
}

#[test]
fn the_last_answer_of_a_person_counts() {
    let (_folder, store, run) = store();
    store.give_feedback(&feedback(run, 1, "ann", true)).unwrap();
    store.give_feedback(&feedback(run, 1, "bob", true)).unwrap();
    store.give_feedback(&feedback(run, 1, "ann", false)).unwrap();
    let mut kept = store.feedback(run).unwrap();
    kept.sort_by(|a, b| a.who.cmp(&b.who));
    assert_eq!(kept, [feedback(run, 1, "ann", false), feedback(run, 1, "bob", true)]);
}

#[test]
fn feedback_on_what_never_was_is_refused() {
    let (_folder, store, run) = store();
    let fault = store.give_feedback(&feedback(run, 2, "ann", true)).unwrap_err();
    assert!(matches!(fault, StoreError::NoSuchAlert { .. }), "{fault}");
    let fault = store.give_feedback(&feedback(RunId::now(), 1, "ann", true)).unwrap_err();
    assert!(matches!(fault, StoreError::NoSuchRun { .. }), "{fault}");
}

#[test]
fn an_outcome_is_learnt_piece_by_piece() {
    let (_folder, store, run) = store();
    assert_eq!(store.outcome(run).unwrap(), None);
    let none = Outcome {
        run,
        resolved: None,
        retained: None,
        csat: None,
        transfers: None,
        time: instant(1),
    };
    store.set_outcome(&Outcome { resolved: Some(true), transfers: Some(2), ..none }).unwrap();
    let later = Outcome { csat: Some(4.5), transfers: Some(3), time: instant(9), ..none };
    store.set_outcome(&later).unwrap();
    let known = Outcome { resolved: Some(true), ..later };
    assert_eq!(store.outcome(run).unwrap(), Some(known));
    let fault = store.set_outcome(&Outcome { run: RunId::now(), ..none }).unwrap_err();
    assert!(matches!(fault, StoreError::NoSuchRun { .. }), "{fault}");
    store.delete(run).unwrap();
    assert_eq!((store.outcome(run).unwrap(), store.feedback(run).unwrap()), (None, vec![]));
}
