//! How much a call-hour takes.

use crate::made::{alert, call, start, summary, tone, words};
use undertone_journal::Ledger;
use undertone_signal::{AlertState, Lane, RunId};
use undertone_store::{Keep, Store};

/// Both lanes judged, a final every four seconds with a partial before it, an alert every
/// five minutes: more than most calls have.
#[test]
fn a_call_hour_takes_less_than_three_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let store = Store::open(&path).unwrap();
    let mut ledger = store.keeper(Keep { transcripts: true }).unwrap();
    let hop = |hop: u32| {
        let end_s = f64::from(hop) * 0.25;
        let mut bodies =
            Lane::ALL.map(|lane| tone(lane, end_s, (hop % 100) as f32 / 100.0)).to_vec();
        if hop.is_multiple_of(16) {
            bodies.extend([false, true].map(|last| words(u64::from(hop) / 16, end_s, last)));
        }
        if hop.is_multiple_of(1200) {
            bodies.push(alert(hop / 1200, AlertState::Raised, end_s));
        }
        bodies
    };
    let bodies =
        std::iter::once(start()).chain((1..=14_400).flat_map(hop)).chain([summary(3600.0)]);
    for batch in call(RunId::now(), "hour", 0, bodies).chunks(256) {
        ledger.append(batch).unwrap();
    }
    drop((ledger, store));
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("a call-hour of two judged lanes with words: {:.2} MB", bytes as f64 / 1e6);
    assert!(bytes < 3_000_000, "{bytes}");
}
