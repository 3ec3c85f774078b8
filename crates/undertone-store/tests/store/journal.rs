//! What is appended is there, once, in order, whatever happens in between.

use crate::made::{self, alert, body, entries, start, summary, tone, words};
use proptest::prelude::*;
use std::sync::Arc;
use undertone_journal::{Entry, Ledger};
use undertone_signal::{
    AlertState, CallId, Envelopes, EventBody, Lane, RunId, StreamTime, ToneEvent,
};
use undertone_store::{AlertFilter, CallFilter, EntryFilter, Keep, Store, StoreError};

/// All that the store has, read page by page.
fn all(store: &Store, filter: &EntryFilter) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    loop {
        let after = found.last().map(|entry| entry.position);
        let page = store.entries_after(after, 7, filter).unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

fn near(a: Option<f32>, b: Option<f32>, tolerance: f32) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance,
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// The compact part of a tone event, and nothing else.
fn is_compact(kept: &ToneEvent, said: &ToneEvent) -> bool {
    let steps = 0.5e-4 + 1e-6;
    (kept.lane, kept.span, kept.tone) == (said.lane, said.span, said.tone)
        && near(Some(kept.level), Some(said.level), steps)
        && near(Some(kept.speech), Some(said.speech), 0.0051)
        && near(Some(kept.speech_now), Some(said.speech_now), 0.0051)
        && near(kept.arousal, said.arousal, steps)
        && near(kept.valence, said.valence, steps)
        && near(kept.prosody.f0_hz, said.prosody.f0_hz, 0.051)
        && near(kept.prosody.loudness_db, said.prosody.loudness_db, 0.051)
        && kept.judgement().is_none()
}

fn assert_kept(kept: &[Entry], said: &[Arc<Entry>]) {
    assert_eq!(kept.len(), said.len());
    for (kept, said) in kept.iter().zip(said) {
        match (&kept.event.body, &said.event.body) {
            (EventBody::Tone(kept), EventBody::Tone(said)) => {
                assert!(is_compact(kept, said), "{kept:?} {said:?}");
            }
            (kept, said) => assert_eq!(kept, said),
        }
        let envelope = |entry: &Entry| {
            let event = &entry.event;
            (entry.position, event.run, event.call.clone(), event.seq, event.time, event.stream)
        };
        assert_eq!(envelope(kept), envelope(said));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Random events of some calls in random batches; the store is closed and opened, and a
    /// batch comes twice, wherever the draw says so.
    #[test]
    fn a_reopened_store_has_what_was_appended(
        steps in prop::collection::vec((0..4_u128, 0..8_u8, 0..10_000_u32, 0..12_u8), 1..120),
        seed: u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.db");
        let mut draw = fastrand::Rng::with_seed(seed);
        let mut runs: Vec<Envelopes> = (0..4)
            .map(|run| Envelopes::new(RunId::from_u128(run + 1), CallId::new(format!("c{}", run % 2))))
            .collect();
        let mut store = Store::open(&path).unwrap();
        let mut ledger = Some(store.keeper(Keep { transcripts: true }).unwrap());
        let (mut said, mut batch) = (Vec::new(), Vec::new());
        for (run, kind, at, then) in steps {
            let at_s = StreamTime::from_samples(u64::from(at) * 1600).seconds();
            let event = runs[run as usize].seal(body(kind, at_s, &mut draw));
            batch.extend(entries(said.len() as u64 + batch.len() as u64, [event]));
            if then < 4 {
                ledger.as_mut().unwrap().append(&batch).unwrap();
                if then == 0 {
                    ledger.as_mut().unwrap().append(&batch).unwrap();
                }
                said.append(&mut batch);
            }
            if then == 1 {
                drop(ledger.take());
                store = Store::open(&path).unwrap();
                assert_eq!(store.next_position().unwrap(), said.len() as u64);
                ledger = Some(store.keeper(Keep { transcripts: true }).unwrap());
            }
        }
        assert_kept(&all(&store, &EntryFilter::default()), &said);
        let of = |wanted: &dyn Fn(&Entry) -> bool| -> Vec<Arc<Entry>> {
            said.iter().filter(|entry| wanted(entry)).cloned().collect()
        };
        let run = RunId::from_u128(2);
        let filter = EntryFilter { run: Some(run), kinds: vec!["tone", "alert"], ..EntryFilter::default() };
        let wanted = of(&|entry| entry.event.run == run && filter.kinds.contains(&entry.event.body.kind()));
        assert_kept(&all(&store, &filter), &wanted);
        let filter = EntryFilter { call: Some(CallId::new("c0")), ..EntryFilter::default() };
        assert_kept(&all(&store, &filter), &of(&|entry| entry.event.call.as_str() == "c0"));
    }
}

#[test]
fn the_view_of_a_kept_call_is_that_of_the_live_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let run = RunId::now();
    let hops = (1..=40).map(|hop| tone(Lane::Customer, f64::from(hop) * 0.25, 0.5));
    let bodies = std::iter::once(start()).chain(hops).chain([
        words(0, 2.0, true),
        alert(1, AlertState::Raised, 9.0),
        summary(10.0),
    ]);
    let said = made::call(run, "c", 0, bodies);
    store.keeper(Keep { transcripts: true }).unwrap().append(&said).unwrap();
    let mut live = undertone_journal::CallView::new(&said[0].event);
    for entry in &said {
        live.apply(&entry.event);
    }
    assert_eq!(store.view(run).unwrap(), Some(live));
    assert_eq!(store.view(RunId::now()).unwrap(), None);
}

#[test]
fn calls_and_alerts_are_listed_newest_first_by_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let mut ledger = store.keeper(Keep::default()).unwrap();
    let runs: Vec<RunId> = (0..3).map(|_| RunId::now()).collect();
    let steps = [AlertState::Raised, AlertState::Confirmed, AlertState::Cleared];
    let mut position = 0;
    for (number, run) in runs.iter().enumerate() {
        let alerts = steps.iter().take(number * 3).map(|&state| alert(1, state, 4.0));
        let end = (number < 2).then(|| summary(60.0));
        let bodies = std::iter::once(start()).chain(alerts).chain(end);
        let said = made::call(*run, &format!("c{number}"), position, bodies);
        position += said.len() as u64;
        ledger.append(&said).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    let list = |filter: CallFilter| -> Vec<RunId> {
        store.calls(&filter).unwrap().iter().map(|call| call.run).collect()
    };
    assert_eq!(list(CallFilter::default()), [runs[2], runs[1], runs[0]]);
    assert_eq!(list(CallFilter { limit: 1, ..CallFilter::default() }), [runs[2]]);
    assert_eq!(list(CallFilter { charged: true, ..CallFilter::default() }), [runs[2], runs[1]]);
    let by_name = CallFilter { call: Some(CallId::new("c0")), ..CallFilter::default() };
    assert_eq!(list(by_name), [runs[0]]);
    let second = store.call(runs[1]).unwrap().unwrap();
    assert_eq!((second.alerts, second.complete, second.audio_s), (1, Some(true), Some(60.0)));
    let until = CallFilter { until: Some(second.started), ..CallFilter::default() };
    assert_eq!(list(until), [runs[0]]);
    let since = CallFilter { since: Some(second.started), ..CallFilter::default() };
    assert_eq!(list(since), [runs[2], runs[1]]);
    let open = store.call(runs[2]).unwrap().unwrap();
    assert_eq!((open.ended, open.complete, open.kept.words), (None, None, false));

    let raised = AlertFilter { state: Some(AlertState::Raised), ..AlertFilter::default() };
    let found = store.alerts(&raised).unwrap();
    assert_eq!(found.iter().map(|entry| entry.event.run).collect::<Vec<_>>(), [runs[2], runs[1]]);
    let of_run = AlertFilter { run: Some(runs[1]), ..AlertFilter::default() };
    assert_eq!(store.alerts(&of_run).unwrap().len(), 3);
    let older = AlertFilter { before: Some(found[0].position), ..raised };
    assert_eq!(store.alerts(&older).unwrap().len(), 1);
}

#[test]
fn a_call_that_its_program_left_open_is_over_and_not_complete() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let run = RunId::now();
    let said = made::call(run, "c", 0, [start(), tone(Lane::Customer, 7.5, 0.1)]);
    store.keeper(Keep::default()).unwrap().append(&said).unwrap();
    assert_eq!(store.call(run).unwrap().unwrap().ended, None);
    drop(store.keeper(Keep::default()).unwrap());
    let call = store.call(run).unwrap().unwrap();
    assert_eq!((call.complete, call.audio_s), (Some(false), Some(7.5)));
    assert_eq!(call.ended, Some(said[1].event.time));
}

#[test]
fn one_keeper_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("calls.db")).unwrap();
    let first = store.keeper(Keep::default()).unwrap();
    let fault = store.keeper(Keep::default()).unwrap_err();
    assert!(matches!(fault, StoreError::InUse(_)), "{fault}");
    drop(first);
    store.keeper(Keep::default()).unwrap();
}
