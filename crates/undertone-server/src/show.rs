//! The state of a call as JSON, with sentences for people.

use crate::hub::to_json;
use serde::Serialize;
use std::collections::BTreeMap;
use undertone_journal::{CallView, LaneView, Language, TonePoint, sentence};
use undertone_signal::{
    Alert, CallId, Lane, Moment, RunId, StartEvent, SummaryEvent, Timestamp, Tone, ToneDetected,
    TranscriptEvent, Warning,
};

/// Hops of each lane's line in a snapshot: the last minute. All of it is in the call's own
/// view.
const MINUTE: usize = 240;

/// A thing, and a sentence about it.
#[derive(Serialize)]
pub(crate) struct Told<'a, T> {
    #[serde(flatten)]
    pub(crate) what: &'a T,
    pub(crate) sentence: String,
}

impl<'a> Told<'a, Alert> {
    pub(crate) fn alert(alert: &'a Alert, language: Language) -> Self {
        Self { what: alert, sentence: sentence::alert(alert, language) }
    }
}

impl<'a> Told<'a, Moment> {
    pub(crate) fn moment(moment: &'a Moment, language: Language) -> Self {
        Self { what: moment, sentence: sentence::moment(moment, language) }
    }
}

/// A [`CallView`] as JSON.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    run: RunId,
    call: &'a CallId,
    state: &'static str,
    next_seq: u64,
    missing: u64,
    started: Timestamp,
    updated: Timestamp,
    stream_s: f64,
    start: &'a Option<StartEvent>,
    lanes: BTreeMap<Lane, ShownLane<'a>>,
    alerts: Vec<Told<'a, Alert>>,
    moments: Vec<Told<'a, Moment>>,
    tones: &'a [ToneDetected],
    warnings: &'a [Warning],
    transcript: &'a [TranscriptEvent],
    errors: &'a [String],
    summary: &'a Option<SummaryEvent>,
}

#[derive(Serialize)]
struct ShownLane<'a> {
    tone: Option<Tone>,
    arousal: Option<f32>,
    valence: Option<f32>,
    level: f32,
    speaking: bool,
    speech_s: f64,
    alert: Option<Told<'a, Alert>>,
    partial: &'a Option<TranscriptEvent>,
    line: &'a [TonePoint],
}

impl<'a> Shown<'a> {
    /// The view, with the last `hops` of each lane's line.
    pub(crate) fn of(view: &'a CallView, language: Language, hops: usize) -> Self {
        let lanes =
            view.lanes.iter().map(|(side, lane)| (*side, ShownLane::of(lane, language, hops)));
        Self {
            run: view.run,
            call: &view.call,
            state: state(view),
            next_seq: view.next_seq,
            missing: view.missing,
            started: view.started,
            updated: view.updated,
            stream_s: view.stream_s,
            start: &view.start,
            lanes: lanes.collect(),
            alerts: view.alerts.iter().map(|alert| Told::alert(alert, language)).collect(),
            moments: view.moments.iter().map(|moment| Told::moment(moment, language)).collect(),
            tones: &view.tones,
            warnings: &view.warnings,
            transcript: &view.transcript,
            errors: &view.errors,
            summary: &view.summary,
        }
    }
}

impl<'a> ShownLane<'a> {
    fn of(lane: &'a LaneView, language: Language, hops: usize) -> Self {
        Self {
            tone: lane.tone,
            arousal: lane.arousal,
            valence: lane.valence,
            level: lane.level,
            speaking: lane.speaking,
            speech_s: lane.speech_s,
            alert: lane.alert.as_ref().map(|alert| Told::alert(alert, language)),
            partial: &lane.partial,
            line: &lane.line[lane.line.len().saturating_sub(hops)..],
        }
    }
}

/// `"live"` or `"ended"`.
pub(crate) const fn state(view: &CallView) -> &'static str {
    if view.has_ended() { "ended" } else { "live" }
}

/// How calls stand after the entry of a position.
pub(crate) fn snapshot<'a>(
    position: Option<u64>,
    calls: impl Iterator<Item = &'a CallView>,
) -> String {
    #[derive(Serialize)]
    struct Snapshot<'a> {
        r#type: &'static str,
        position: Option<u64>,
        calls: Vec<Shown<'a>>,
    }
    let calls = calls.map(|view| Shown::of(view, Language::English, MINUTE)).collect();
    to_json(&Snapshot { r#type: "snapshot", position, calls })
}
