//! The state of a call: the fold of its events.

use serde::Serialize;
use std::collections::BTreeMap;
use undertone_signal::{
    Alert, AlertState, CallId, Event, EventBody, Lane, Moment, RunId, StartEvent, StreamTime,
    SummaryEvent, Timestamp, Tone, ToneDetected, ToneEvent, TranscriptEvent, Warning,
};

/// One hop of the line that a screen draws for a lane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TonePoint {
    /// End of the hop, seconds of stream time.
    pub end_s: f32,
    /// Evidence over the threshold of an alert, 0..1.
    pub level: f32,
    /// Whether somebody spoke.
    pub speaking: bool,
}

/// The hops of a lane, in order. Twelve bytes a hop: half a megabyte for three hours.
pub type ToneLine = Vec<TonePoint>;

/// Share of a hop from which its side counts as speaking.
const SPEAKING: f32 = 0.2;

/// One lane of a call.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LaneView {
    /// Likeliest tone of the last scored window.
    pub tone: Option<Tone>,
    /// Its arousal, −1..1.
    pub arousal: Option<f32>,
    /// Its valence, −1..1.
    pub valence: Option<f32>,
    /// Current evidence over the threshold of an alert.
    pub level: f32,
    /// Whether this side speaks now.
    pub speaking: bool,
    /// Seconds of speech so far.
    pub speech_s: f64,
    /// The open alert, in its last state.
    pub alert: Option<Alert>,
    /// The partial transcript of the open segment.
    pub partial: Option<TranscriptEvent>,
    /// Every hop.
    pub line: ToneLine,
}

/// The state of one run of a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallView {
    /// The run.
    pub run: RunId,
    /// The call.
    pub call: CallId,
    /// Sequence number of the next event.
    pub next_seq: u64,
    /// Lost events: gaps in the sequence numbers.
    pub missing: u64,
    /// When its first event was emitted.
    pub started: Timestamp,
    /// When its last event was emitted.
    pub updated: Timestamp,
    /// The latest sample so far, in seconds.
    pub stream_s: f64,
    /// Models in use.
    pub start: Option<StartEvent>,
    /// Each lane.
    pub lanes: BTreeMap<Lane, LaneView>,
    /// Every state of every alert, in order.
    pub alerts: Vec<Alert>,
    /// Every moment, in order.
    pub moments: Vec<Moment>,
    /// Sounds that were no voice, in the order of their ends.
    pub tones: Vec<ToneDetected>,
    /// What is wrong with the lines.
    pub warnings: Vec<Warning>,
    /// Final transcripts, in the order of their first samples.
    pub transcript: Vec<TranscriptEvent>,
    /// Errors.
    pub errors: Vec<String>,
    /// The summary, once the call has ended.
    pub summary: Option<SummaryEvent>,
}

impl CallView {
    /// An empty view of the run that `event` belongs to; [`apply`](Self::apply) the event too.
    pub fn new(event: &Event) -> Self {
        Self {
            run: event.run,
            call: event.call.clone(),
            next_seq: 0,
            missing: 0,
            started: event.time,
            updated: event.time,
            stream_s: 0.0,
            start: None,
            lanes: BTreeMap::new(),
            alerts: Vec::new(),
            moments: Vec::new(),
            tones: Vec::new(),
            warnings: Vec::new(),
            transcript: Vec::new(),
            errors: Vec::new(),
            summary: None,
        }
    }

    /// Applies the run's next event. An event that was applied already changes nothing.
    pub fn apply(&mut self, event: &Event) {
        if event.run != self.run || event.seq < self.next_seq {
            return;
        }
        self.missing += event.seq - self.next_seq;
        self.next_seq = event.seq + 1;
        self.updated = event.time;
        self.stream_s = self.stream_s.max(event.stream.seconds());
        match &event.body {
            EventBody::Start(start) => {
                self.lanes.extend(start.lanes.iter().map(|&lane| (lane, LaneView::default())));
                self.start = Some(start.clone());
            }
            EventBody::Tone(tone) => self.lanes.entry(tone.lane).or_default().tone(tone),
            EventBody::Transcript(words) => self.words(words),
            EventBody::Alert(alert) => {
                let open = (alert.state != AlertState::Cleared).then(|| alert.clone());
                self.lanes.entry(alert.lane).or_default().alert = open;
                self.alerts.push(alert.clone());
            }
            EventBody::Moment(moment) => self.moments.push(moment.clone()),
            EventBody::Error(error) => self.errors.push(error.message.clone()),
            EventBody::Summary(summary) => self.summary = Some(summary.clone()),
            EventBody::ToneDetected(tone) => self.tones.push(tone.clone()),
            EventBody::Warning(warning) => self.warnings.push(warning.clone()),
            EventBody::Segment(_) => {}
        }
    }

    /// True once its last event has been applied.
    pub const fn has_ended(&self) -> bool {
        self.summary.is_some()
    }

    /// Length of the call so far, or in total.
    pub fn length(&self) -> StreamTime {
        self.summary
            .as_ref()
            .map_or_else(|| StreamTime::from_seconds(self.stream_s), |summary| summary.audio)
    }

    fn words(&mut self, words: &TranscriptEvent) {
        let lane = self.lanes.entry(words.lane).or_default();
        if !words.is_final {
            lane.partial = Some(words.clone());
            return;
        }
        if lane.partial.as_ref().is_some_and(|partial| partial.segment <= words.segment) {
            lane.partial = None;
        }
        let place = self.transcript.partition_point(|other| other.span.start <= words.span.start);
        self.transcript.insert(place, words.clone());
    }
}

impl LaneView {
    fn tone(&mut self, tone: &ToneEvent) {
        if tone.tone.is_some() {
            (self.tone, self.arousal, self.valence) = (tone.tone, tone.arousal, tone.valence);
        }
        let end_s = tone.span.end.seconds();
        let before = self.line.last().map_or(0.0, |point| f64::from(point.end_s));
        self.level = tone.level;
        self.speaking = tone.speech_now >= SPEAKING;
        self.speech_s += f64::from(tone.speech_now) * (end_s - before).max(0.0);
        let point = TonePoint { end_s: end_s as f32, level: tone.level, speaking: self.speaking };
        self.line.push(point);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_signal::{
        AlertId, Envelopes, ErrorEvent, Evidence, Probability, Severity, Span, Timing,
    };

    fn span(start_s: f64, end_s: f64) -> Span {
        Span::new(StreamTime::from_seconds(start_s), StreamTime::from_seconds(end_s))
    }

    fn words(segment: u64, start_s: f64, is_final: bool) -> EventBody {
        TranscriptEvent {
            lane: Lane::Customer,
            segment,
            span: span(start_s, start_s + 1.0),
            text: format!("turn {segment}"),
            confidence: Probability::new(0.9),
            is_final,
            delay_ms: None,
            meaning: None,
        }
        .into()
    }

    fn alert(state: AlertState, at_s: f64) -> EventBody {
        Alert {
            id: AlertId(1),
            state,
            lane: Lane::Customer,
            tone: Tone::Angry,
            severity: Severity::Mild,
            onset: StreamTime::from_seconds(1.0),
            at: StreamTime::from_seconds(at_s),
            timing: Timing::default(),
            evidence: Evidence::default(),
        }
        .into()
    }

    fn fold(bodies: Vec<EventBody>) -> CallView {
        let mut envelopes = Envelopes::new(RunId::from_u128(3), CallId::new("c"));
        let events: Vec<Event> = bodies.into_iter().map(|body| envelopes.seal(body)).collect();
        let mut view = CallView::new(&events[0]);
        events.iter().for_each(|event| view.apply(event));
        // Delivered twice, as a stream may after a reconnection.
        events.iter().for_each(|event| view.apply(event));
        view
    }

    #[test]
    fn an_alert_is_open_until_it_is_cleared_and_its_steps_stay() {
        let open = fold(vec![alert(AlertState::Raised, 2.0)]);
        assert!(open.lanes[&Lane::Customer].alert.is_some());
        let over = fold(vec![alert(AlertState::Raised, 2.0), alert(AlertState::Cleared, 9.0)]);
        assert!(over.lanes[&Lane::Customer].alert.is_none());
        assert_eq!((over.alerts.len(), over.stream_s), (2, 9.0));
    }

    #[test]
    fn a_final_replaces_its_partial_and_late_words_find_their_place() {
        let view = fold(vec![words(1, 5.0, false), words(1, 5.0, true), words(0, 2.0, true)]);
        assert_eq!(view.lanes[&Lane::Customer].partial, None);
        let order: Vec<u64> = view.transcript.iter().map(|words| words.segment).collect();
        assert_eq!(order, [0, 1]);
    }

    #[test]
    fn a_gap_in_the_numbers_is_counted() {
        let mut envelopes = Envelopes::new(RunId::from_u128(3), CallId::new("c"));
        let mut next = || envelopes.seal(ErrorEvent { message: "x".into() });
        let (first, _lost, third) = (next(), next(), next());
        let mut view = CallView::new(&first);
        view.apply(&first);
        view.apply(&third);
        assert_eq!((view.missing, view.next_seq, view.errors.len()), (1, 3, 2));
    }
}
