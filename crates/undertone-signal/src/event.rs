//! The one event type: an envelope and a body.
//!
//! `docs/events.md` documents the JSON, and `docs/events.schema.json` is its schema; a test
//! of the command line checks real output against it. Positions are samples
//! ([`StreamTime`]); only the JSON has seconds.

use crate::{
    Alert, CallId, ErrorEvent, Moment, RunId, SegmentEvent, StartEvent, StreamTime, SummaryEvent,
    ToneDetected, ToneEvent, TranscriptEvent, Warning,
};
use serde::{Deserialize, Serialize};

/// Wall-clock instant, RFC 3339 in JSON.
pub use jiff::Timestamp;

/// Version of the event format, in every `start` event. It increases when a field
/// changes its meaning or is removed, not when one is added.
pub const SCHEMA_VERSION: u32 = 2;

/// One event of one run of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The body, with its `type`.
    #[serde(flatten)]
    pub body: EventBody,
    /// The id of the call from its gateway or file. It may be reused.
    pub call: CallId,
    /// The run of the call, unique for ever.
    pub run: RunId,
    /// Number of the event within its run: 0, 1, 2 … without a gap.
    pub seq: u64,
    /// When it was emitted.
    pub time: Timestamp,
    /// The last sample it rests on.
    #[serde(rename = "stream_s", with = "crate::time::seconds")]
    pub stream: StreamTime,
}

/// The body of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum EventBody {
    /// The call begins.
    Start(StartEvent),
    /// A hop of one lane has been processed.
    Tone(ToneEvent),
    /// A stretch of speech has ended.
    Segment(SegmentEvent),
    /// Words were transcribed.
    Transcript(TranscriptEvent),
    /// A tone has turned, or has returned to calm.
    Alert(Alert),
    /// Another notable event.
    Moment(Moment),
    /// A sound that is no voice has ended.
    #[serde(rename = "tone_detected")]
    ToneDetected(ToneDetected),
    /// Something is wrong with a line.
    Warning(Warning),
    /// An error; the events before it remain valid.
    Error(ErrorEvent),
    /// The call has ended.
    Summary(SummaryEvent),
}

impl EventBody {
    /// Every `type` an event can have in JSON.
    pub const KINDS: [&str; 10] = [
        "start",
        "tone",
        "segment",
        "transcript",
        "alert",
        "moment",
        "error",
        "summary",
        "tone_detected",
        "warning",
    ];

    /// The `type` it has in JSON.
    pub const fn kind(&self) -> &'static str {
        Self::KINDS[self.kind_index()]
    }

    /// The index of its `type` in [`Self::KINDS`].
    pub const fn kind_index(&self) -> usize {
        match self {
            Self::Start(_) => 0,
            Self::Tone(_) => 1,
            Self::Segment(_) => 2,
            Self::Transcript(_) => 3,
            Self::Alert(_) => 4,
            Self::Moment(_) => 5,
            Self::Error(_) => 6,
            Self::Summary(_) => 7,
            Self::ToneDetected(_) => 8,
            Self::Warning(_) => 9,
        }
    }

    /// The last sample it rests on, if the body has one.
    pub const fn position(&self) -> Option<StreamTime> {
        match self {
            Self::Start(_) => Some(StreamTime::ZERO),
            Self::Tone(tone) => Some(tone.span.end),
            Self::Segment(segment) => Some(segment.span.end),
            Self::Transcript(words) => Some(words.span.end),
            Self::Alert(alert) => Some(alert.at),
            Self::Moment(moment) => Some(moment.at),
            Self::ToneDetected(tone) => Some(tone.span.end),
            Self::Warning(warning) => Some(warning.at),
            Self::Summary(summary) => Some(summary.audio),
            Self::Error(_) => None,
        }
    }
}

macro_rules! bodies {
    ($($variant:ident($event:ty)),* $(,)?) => {
        $(impl From<$event> for EventBody {
            fn from(event: $event) -> Self {
                Self::$variant(event)
            }
        })*
    };
}
bodies!(
    Start(StartEvent),
    Tone(ToneEvent),
    Segment(SegmentEvent),
    Transcript(TranscriptEvent),
    Alert(Alert),
    Moment(Moment),
    ToneDetected(ToneDetected),
    Warning(Warning),
    Error(ErrorEvent),
    Summary(SummaryEvent),
);

/// Puts the events of one run into envelopes with sequence number and time.
#[derive(Debug, Clone)]
pub struct Envelopes {
    run: RunId,
    call: CallId,
    next: u64,
    stream: StreamTime,
}

impl Envelopes {
    /// Envelopes for the new `run` of `call`.
    pub const fn new(run: RunId, call: CallId) -> Self {
        Self { run, call, next: 0, stream: StreamTime::ZERO }
    }

    /// The call.
    pub const fn call(&self) -> &CallId {
        &self.call
    }

    /// The next event of the run, emitted now. A body without a sample rests on the latest
    /// one so far.
    pub fn seal(&mut self, body: impl Into<EventBody>) -> Event {
        let body = body.into();
        let stream = body.position().unwrap_or(self.stream);
        self.stream = self.stream.max(stream);
        let seq = self.next;
        self.next += 1;
        let (run, call, time) = (self.run, self.call.clone(), now());
        Event { body, call, run, seq, time, stream }
    }
}

/// The wall clock, in whole milliseconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Lane, Span};

    fn segment(start: u64, end: u64) -> SegmentEvent {
        let span = Span::new(StreamTime::from_samples(start), StreamTime::from_samples(end));
        SegmentEvent { lane: Lane::Customer, segment: 3, span }
    }

    #[test]
    fn an_event_survives_json_to_the_sample() {
        let mut envelopes = Envelopes::new(RunId::from_u128(7), CallId::new("c"));
        for samples in [1, 12_345, 57_599_999] {
            let event = envelopes.seal(segment(samples - 1, samples));
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "{json}");
        }
    }

    #[test]
    fn events_are_numbered_without_a_gap_and_errors_keep_the_position() {
        let mut envelopes = Envelopes::new(RunId::from_u128(7), CallId::new("c"));
        let first = envelopes.seal(segment(0, 32_000));
        let second = envelopes.seal(ErrorEvent { message: "x".into() });
        assert_eq!((first.seq, second.seq), (0, 1));
        assert_eq!(second.stream, StreamTime::from_seconds(2.0));
    }
}
