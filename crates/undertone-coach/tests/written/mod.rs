//! The forty written calls of `tests/data/calls`, as events.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use undertone_coach::{CustomerContext, Step};
use undertone_signal::{
    Alert, AlertId, AlertState, CallId, Event, EventBody, Evidence, Lane, Moment, MomentKind,
    Probability, Prosody, RunId, SegmentEvent, Severity, Span, StreamTime, Timestamp, Timing, Tone,
    ToneEvent, TranscriptEvent,
};

/// A promise as the author of the call sees it.
#[derive(Debug, Clone)]
pub(crate) struct WantedPromise {
    pub(crate) who: Lane,
    pub(crate) what: String,
    pub(crate) by: String,
}

/// A written call and what is wanted of the coach.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) held_out: bool,
    pub(crate) empathy: f64,
    pub(crate) resolved: bool,
    pub(crate) context: CustomerContext,
    /// `reason`, `tried`, `cause` → words to quote.
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) promises: Vec<WantedPromise>,
    /// The wanted step of each alert.
    pub(crate) steps: Vec<Step>,
    pub(crate) words: String,
    pub(crate) events: Vec<Event>,
}

/// All calls, in the order of their names.
pub(crate) fn calls() -> Vec<Written> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/calls");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    texts.flat_map(|text| text.split("\n== ").map(written).collect::<Vec<_>>()).collect()
}

fn written(text: &str) -> Written {
    let (head, turns) = text.split_once("\n--\n").unwrap();
    let mut lines = head.lines();
    let name = lines.next().unwrap().trim_start_matches("== ").to_owned();
    let mut fields: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut facts, mut promises) = (Vec::new(), Vec::new());
    for line in lines {
        let (key, value) = line.split_once(": ").unwrap();
        match key {
            "reason" | "tried" | "cause" => facts.push((key.to_owned(), value.to_owned())),
            "promise" => promises.push(promise(value)),
            _ => _ = fields.insert(key, value),
        }
    }
    let (events, steps) = Stage::default().play(&name, turns);
    let field = |key: &str| fields.get(key).copied();
    Written {
        kind: field("kind").unwrap_or("plain").to_owned(),
        held_out: field("held-out") == Some("yes"),
        empathy: field("empathy").unwrap().parse().unwrap(),
        resolved: field("resolved") == Some("yes"),
        context: CustomerContext::parse(field("context").unwrap_or("{}")).unwrap(),
        facts,
        promises,
        steps,
        words: turns.to_owned(),
        events,
        name,
    }
}

fn promise(value: &str) -> WantedPromise {
    let parts: Vec<&str> = value.split(" | ").collect();
    let who = if parts[0] == "agent" { Lane::Agent } else { Lane::Customer };
    WantedPromise { who, what: parts[1].to_owned(), by: parts[2].to_owned() }
}

/// Plays the lines of a call on a clock.
#[derive(Default)]
struct Stage {
    now_s: f64,
    wait_s: f64,
    alerts: u32,
    segments: u64,
    /// When each event is emitted, and what it is.
    emitted: Vec<(f64, EventBody)>,
    steps: Vec<Step>,
}

impl Stage {
    fn play(mut self, name: &str, turns: &str) -> (Vec<Event>, Vec<Step>) {
        for line in turns.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(step) = line.strip_prefix("> ") {
                self.steps.push(serde_json::from_value(step.trim().into()).unwrap());
            } else if let Some(wait) = line.strip_prefix("~ ") {
                self.wait_s = wait.trim().parse().unwrap();
            } else {
                self.turn(line);
            }
        }
        self.emitted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let events = self.emitted.into_iter().enumerate();
        (events.map(|(seq, (at, body))| event(name, seq as u64, at, body)).collect(), self.steps)
    }

    /// One line: `C:angry:strong words`, `A-0.4 words`.
    fn turn(&mut self, line: &str) {
        let (mark, text) = line.split_once(' ').unwrap();
        let lane = if mark.starts_with('A') { Lane::Agent } else { Lane::Customer };
        let mut mark = mark[1..].split(':');
        let pause: Option<f64> =
            mark.next().filter(|pause| !pause.is_empty()).map(|p| p.parse().unwrap());
        let tone = mark.next().map_or(Tone::Neutral, |tone| Tone::from_name(tone).unwrap());
        let severity: Option<Severity> =
            mark.next().map(|name| serde_json::from_value(name.into()).unwrap());
        let start = (self.now_s + pause.unwrap_or(0.6) + self.wait_s).max(0.0);
        let end = start + 0.3 + text.split(' ').count() as f64 / 2.6;
        (self.now_s, self.wait_s) = (end, 0.0);
        if pause.is_some_and(|pause| pause < 0.0) {
            self.emit(end, moment(lane, start));
        }
        if lane == Lane::Customer {
            self.voice(start, end, tone, severity);
        }
        let span = Span::new(StreamTime::from_seconds(start), StreamTime::from_seconds(end));
        let segment = self.segments;
        self.segments += 1;
        self.emit(end, EventBody::Segment(SegmentEvent { lane, segment, span }));
        self.emit(end + 0.9, words(lane, segment, span, text));
    }

    fn voice(&mut self, start: f64, end: f64, tone: Tone, severity: Option<Severity>) {
        let mut at = start + 1.0;
        while at < end {
            self.emit(at, hop(at, valence(tone, severity)));
            at += 0.25;
        }
        if let Some(severity) = severity {
            self.alerts += 1;
            let id = AlertId(self.alerts);
            let raised = (start + 1.4).min(end);
            self.emit(raised, alert(id, AlertState::Raised, tone, severity, start, raised));
            self.emit(end + 2.0, alert(id, AlertState::Cleared, tone, severity, start, end + 2.0));
        }
    }

    fn emit(&mut self, at: f64, body: EventBody) {
        self.emitted.push((at, body));
    }
}

/// Saturday, 28 November 2026, 9:00 UTC.
const NINE: i64 = 1_795_856_400;

fn event(name: &str, seq: u64, at: f64, body: EventBody) -> Event {
    Event {
        body,
        call: CallId::new(name),
        run: RunId::from_u128(1),
        seq,
        time: Timestamp::from_second(NINE + at as i64).unwrap(),
        stream: StreamTime::from_seconds(at),
    }
}

fn valence(tone: Tone, severity: Option<Severity>) -> f32 {
    let depth = match severity {
        None | Some(Severity::Mild) => 0.4,
        Some(Severity::Strong) => 0.6,
        Some(Severity::Severe) => 0.8,
    };
    match tone {
        Tone::Neutral | Tone::Surprised => 0.0,
        Tone::Happy => 0.5,
        _ => -depth,
    }
}

fn hop(at: f64, valence: f32) -> EventBody {
    EventBody::Tone(ToneEvent {
        lane: Lane::Customer,
        span: Span::new(StreamTime::from_seconds(at - 2.0), StreamTime::from_seconds(at)),
        speech: 1.0,
        speech_now: 1.0,
        tone: None,
        arousal: None,
        valence: Some(valence),
        contrast: None,
        probabilities: None,
        recent: None,
        prosody: Prosody::default(),
        level: 0.0,
    })
}

fn alert(
    id: AlertId,
    state: AlertState,
    tone: Tone,
    severity: Severity,
    onset: f64,
    at: f64,
) -> EventBody {
    EventBody::Alert(Alert {
        id,
        state,
        lane: Lane::Customer,
        tone,
        severity,
        onset: StreamTime::from_seconds(onset),
        at: StreamTime::from_seconds(at),
        timing: Timing::default(),
        evidence: Evidence::default(),
    })
}

fn moment(lane: Lane, at: f64) -> EventBody {
    let at = StreamTime::from_seconds(at);
    let kind = MomentKind::Interruption;
    EventBody::Moment(Moment { kind, lane, onset: at, at, amount: None, words: None })
}

fn words(lane: Lane, segment: u64, span: Span, text: &str) -> EventBody {
    EventBody::Transcript(TranscriptEvent {
        lane,
        segment,
        span,
        text: text.to_owned(),
        confidence: Probability::new(0.9),
        is_final: true,
        delay_ms: None,
        language: None,
        meaning: None,
    })
}
