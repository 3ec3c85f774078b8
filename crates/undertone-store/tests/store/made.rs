//! Calls that nobody made.

use std::sync::Arc;
use undertone_journal::Entry;
use undertone_signal::{
    Alert, AlertId, AlertState, CallId, Cue, CueKind, DelayStats, Envelopes, ErrorEvent, Event,
    EventBody, Evidence, Lane, LaneSummary, Moment, MomentKind, Probability, Prosody, RunId,
    Scores, SegmentEvent, Severity, Span, StartEvent, StreamTime, SummaryEvent, Timing, Tone,
    ToneEvent, TranscriptEvent, WordEvidence,
};

pub(crate) const SAID: &str = "this is the third time I am calling";

pub(crate) fn seconds(at: f64) -> StreamTime {
    StreamTime::from_seconds(at)
}

pub(crate) fn start() -> EventBody {
    StartEvent {
        schema: 2,
        lanes: Lane::ALL.to_vec(),
        voice: vec![Lane::Customer],
        acoustic_model: "tone-open".into(),
        transcriber: Some("base.en".into()),
    }
    .into()
}

/// A judged hop ending at `end_s`.
pub(crate) fn tone(lane: Lane, end_s: f64, level: f32) -> EventBody {
    let judged = Scores { arousal: 0.25, valence: -0.125, ..Scores::default() };
    let recent = undertone_signal::RecentTone::from(judged);
    ToneEvent {
        lane,
        span: Span::new(seconds((end_s - 2.0).max(0.0)), seconds(end_s)),
        speech: 0.75,
        speech_now: 0.5,
        tone: Some(Tone::Angry),
        arousal: Some(judged.arousal),
        valence: Some(judged.valence),
        contrast: Some(1.5),
        probabilities: Some(recent.probabilities.clone()),
        recent: Some(recent),
        prosody: Prosody {
            f0_hz: Some(182.44),
            f0_range_st: Some(4.0),
            loudness_db: Some(-31.37),
            rate_hz: Some(3.9),
            roughness: Some(0.2),
        },
        level,
    }
    .into()
}

pub(crate) fn words(segment: u64, start_s: f64, is_final: bool) -> EventBody {
    TranscriptEvent {
        lane: Lane::Customer,
        segment,
        span: Span::new(seconds(start_s), seconds(start_s + 2.0)),
        text: SAID.into(),
        confidence: Probability::new(0.9),
        is_final,
        delay_ms: Some(412.5),
        language: None,
        meaning: None,
    }
    .into()
}

pub(crate) fn alert(id: u32, state: AlertState, at_s: f64) -> EventBody {
    Alert {
        id: AlertId(id),
        state,
        lane: Lane::Customer,
        tone: Tone::Angry,
        severity: Severity::Strong,
        onset: seconds(at_s - 1.0),
        at: seconds(at_s),
        timing: Timing { compute_ms: 3.2, delay_ms: Some(731.0) },
        evidence: Evidence {
            cues: vec![Cue {
                kind: CueKind::Pitch,
                value: 9.0,
                baseline: 6.0,
                change: 3.0,
                z: 2.5,
            }],
            probability: Probability::new(0.81),
            words: Some(WordEvidence { text: SAID.into(), anger: Probability::new(0.9) }),
        },
    }
    .into()
}

pub(crate) fn moment(at_s: f64) -> EventBody {
    Moment {
        kind: MomentKind::Positive,
        lane: Lane::Customer,
        onset: seconds(at_s - 1.0),
        at: seconds(at_s),
        amount: Some(0.8),
        words: Some(SAID.into()),
    }
    .into()
}

pub(crate) fn summary(audio_s: f64) -> EventBody {
    SummaryEvent {
        audio: seconds(audio_s),
        wall_s: audio_s,
        real_time_factor: 1.0,
        lanes: [(Lane::Customer, LaneSummary { alerts: 1, ..LaneSummary::default() })].into(),
        compute: DelayStats::default(),
        delay: None,
        complete: true,
    }
    .into()
}

/// One event of the kind with this number.
pub(crate) fn body(kind: u8, at_s: f64, draw: &mut fastrand::Rng) -> EventBody {
    let lane = if draw.bool() { Lane::Customer } else { Lane::Agent };
    match kind {
        0 => start(),
        1 => tone(lane, at_s, draw.f32()),
        2 => {
            let span = Span::new(seconds((at_s - 1.0).max(0.0)), seconds(at_s));
            SegmentEvent { lane, segment: draw.u64(..99), span }.into()
        }
        3 => words(draw.u64(..99), at_s, draw.bool()),
        4 => alert(draw.u32(1..9), AlertState::Raised, at_s),
        5 => moment(at_s),
        6 => ErrorEvent { message: format!("line {}", draw.u32(..)) }.into(),
        _ => summary(at_s),
    }
}

/// Numbers events from `first`, as a journal does.
pub(crate) fn entries(first: u64, events: impl IntoIterator<Item = Event>) -> Vec<Arc<Entry>> {
    let numbered = events.into_iter().zip(first..);
    numbered.map(|(event, position)| Arc::new(Entry { position, event })).collect()
}

/// The entries of one call of these events, from `first`.
pub(crate) fn call(
    run: RunId,
    name: &str,
    first: u64,
    bodies: impl IntoIterator<Item = EventBody>,
) -> Vec<Arc<Entry>> {
    let mut envelopes = Envelopes::new(run, CallId::new(name));
    entries(first, bodies.into_iter().map(|body| envelopes.seal(body)))
}
