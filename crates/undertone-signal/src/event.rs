//! The wire form of everything Undertone says: one JSON object an event.
//!
//! `docs/events.md` explains the fields to users and `docs/events.schema.json`
//! fixes their shape; a test of the command line holds both against real output.

use crate::{
    AlertId, AlertState, CallId, EmotionScore, Evidence, Judgement, Lane, MomentKind, Probability,
    Prosody, Scores, Severity, SignalHit, StreamTime, Tone,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the event format, sent in every `start` event. It grows when a
/// field changes its meaning or goes away, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// Stream time as events carry it: seconds, rounded to a tenth of a millisecond.
pub fn seconds(time: StreamTime) -> f64 {
    (time.seconds() * 1e4).round() / 1e4
}

/// One event of one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened, with its `type`.
    #[serde(flatten)]
    pub body: EventBody,
    /// The call it happened on.
    pub call: String,
}

impl Event {
    /// `body` on `call`.
    pub fn new(call: &CallId, body: impl Into<EventBody>) -> Self {
        Self { body: body.into(), call: call.as_str().to_owned() }
    }
}

/// What can happen on a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum EventBody {
    /// The call begins.
    Start(StartEvent),
    /// A hop of one lane has been judged.
    Tone(ToneEvent),
    /// A stretch of speech has ended.
    Segment(SegmentEvent),
    /// Words are there.
    Transcript(TranscriptEvent),
    /// A tone has turned, or turned back.
    Alert(AlertEvent),
    /// Something else worth telling once.
    Moment(MomentEvent),
    /// Something went wrong; what was good before it stands.
    Error(ErrorEvent),
    /// The call has ended.
    Summary(SummaryEvent),
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
    Alert(AlertEvent),
    Moment(MomentEvent),
    Error(ErrorEvent),
    Summary(SummaryEvent),
);

/// An event together with the call it belongs to, before it gets its wire form.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEvent {
    /// The call.
    pub call: CallId,
    /// What happened.
    pub body: EventBody,
}

impl From<CallEvent> for Event {
    fn from(event: CallEvent) -> Self {
        Self::new(&event.call, event.body)
    }
}

/// The call begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartEvent {
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// Lanes of the call.
    pub lanes: Vec<Lane>,
    /// Name of the acoustic model in use.
    pub acoustic_model: String,
    /// Name of the model that writes down words; null without one.
    pub transcriber: Option<String>,
}

/// A hop of one lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToneEvent {
    /// Whose voice.
    pub lane: Lane,
    /// Start of the window, seconds of stream time.
    pub start_s: f64,
    /// End of the window, seconds of stream time.
    pub end_s: f64,
    /// Share of the window that is speech, 0..1.
    pub speech: f32,
    /// Share of its newest hop that is speech, 0..1.
    pub speech_now: f32,
    /// Likeliest tone; null when there was too little speech to judge.
    pub tone: Option<Tone>,
    /// −1 drowsy to 1 agitated.
    pub arousal: Option<f32>,
    /// −1 unpleasant to 1 pleasant.
    pub valence: Option<f32>,
    /// See [`Scores::contrast`].
    pub contrast: Option<f32>,
    /// Probability of each tone.
    pub probabilities: Option<BTreeMap<Tone, Probability>>,
    /// The same, of the newest half of the window alone.
    pub recent: Option<RecentTone>,
    /// Median F0 of the last second, in hertz.
    pub f0_hz: Option<f32>,
    /// F0 spread, in semitones.
    pub f0_range_st: Option<f32>,
    /// Loudness of speech, in dB relative to full scale.
    pub loudness_db: Option<f32>,
    /// Syllables a second, over the last two seconds.
    pub rate_hz: Option<f32>,
    /// Roughness of the voice, 0..1.
    pub roughness: Option<f32>,
    /// How far this lane is on the way to an alert: 0 calm, 1 alert.
    pub level: f32,
}

impl ToneEvent {
    /// The prosody the event carries.
    pub const fn prosody(&self) -> Prosody {
        Prosody {
            f0_hz: self.f0_hz,
            f0_range_st: self.f0_range_st,
            loudness_db: self.loudness_db,
            rate_hz: self.rate_hz,
            roughness: self.roughness,
        }
    }

    /// The judgement the event carries, if the hop was judged.
    pub fn judgement(&self) -> Option<Judgement> {
        let recent = self.recent.as_ref()?;
        Some(Judgement {
            whole: Scores {
                arousal: self.arousal?,
                valence: self.valence?,
                contrast: self.contrast,
                ..scores(self.probabilities.as_ref()?)
            },
            recent: Scores {
                arousal: recent.arousal,
                valence: recent.valence,
                contrast: recent.contrast,
                ..scores(&recent.probabilities)
            },
        })
    }
}

fn scores(probabilities: &BTreeMap<Tone, Probability>) -> Scores {
    let mut scores = Scores::default();
    for (tone, probability) in probabilities {
        scores.probabilities[tone.index()] = *probability;
    }
    scores
}

/// How the newest half of a window sounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecentTone {
    /// Likeliest tone.
    pub tone: Tone,
    /// −1 drowsy to 1 agitated.
    pub arousal: f32,
    /// −1 unpleasant to 1 pleasant.
    pub valence: f32,
    /// See [`Scores::contrast`].
    pub contrast: Option<f32>,
    /// Probability of each tone.
    pub probabilities: BTreeMap<Tone, Probability>,
}

impl From<Scores> for RecentTone {
    fn from(scores: Scores) -> Self {
        Self {
            tone: scores.top().0,
            arousal: scores.arousal,
            valence: scores.valence,
            contrast: scores.contrast,
            probabilities: Tone::ALL.into_iter().map(|tone| (tone, scores.of(tone))).collect(),
        }
    }
}

/// A stretch of speech has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentEvent {
    /// Who spoke.
    pub lane: Lane,
    /// Number of the segment on its lane, from 0.
    pub segment: u64,
    /// Where it starts, seconds of stream time.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
}

/// Words of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranscriptEvent {
    /// Who spoke.
    pub lane: Lane,
    /// The segment these words belong to.
    pub segment: u64,
    /// Where it starts, seconds of stream time.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// The words.
    pub text: String,
    /// The recogniser's mean probability of its own tokens.
    pub confidence: Probability,
    /// False while the speaker is still talking.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// From the capture of the last sample, at `end_s`, to this event, in
    /// milliseconds; null when a recording is read faster than it was spoken.
    pub delay_ms: Option<f64>,
    /// What the words mean; absent where no text model has read them.
    #[serde(flatten)]
    pub meaning: Option<Meaning>,
}

/// What a text model reads from words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// Emotions that are there, surest first, three at most.
    pub emotions: Vec<EmotionScore>,
    /// Likeliest tone of the words.
    pub tone: Tone,
    /// −1 unpleasant to 1 pleasant.
    pub valence: f32,
    /// Service signals heard, surest first.
    pub signals: Vec<SignalHit>,
}

/// A step in the life of a tone spike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertEvent {
    /// Same through the life of one spike.
    pub id: AlertId,
    /// What happened.
    pub state: AlertState,
    /// Whose tone turned.
    pub lane: Lane,
    /// To what.
    pub tone: Tone,
    /// How strongly.
    pub severity: Severity,
    /// Estimated start of the spike, seconds of stream time.
    pub onset_s: f64,
    /// Stream time of the last sample this step used.
    pub at_s: f64,
    /// Work done for it: features, model and decision, in milliseconds.
    pub compute_ms: f64,
    /// From the capture of that last sample to this event, in milliseconds;
    /// null when a recording is read faster than it was spoken.
    pub delay_ms: Option<f64>,
    /// What moved.
    pub evidence: Evidence,
}

/// Something worth telling once, beside alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MomentEvent {
    /// What kind of moment.
    pub kind: MomentKind,
    /// Whose; of a silence, the side that spoke last.
    pub lane: Lane,
    /// Where it began, seconds of stream time.
    pub onset_s: f64,
    /// Stream time of the last sample it rests on.
    pub at_s: f64,
    /// The same for a reader in a hurry.
    pub sentence: String,
}

/// Something went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorEvent {
    /// One line naming the file, device or field at fault and the cause.
    pub message: String,
}

/// What one lane held.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LaneSummary {
    /// Length of the lane, in seconds.
    pub audio_s: f64,
    /// Seconds of it that were speech.
    pub speech_s: f64,
    /// Speech segments.
    pub segments: u64,
    /// Windows the acoustic model judged.
    pub windows: u64,
    /// Windows dropped because the machine could not keep up.
    pub dropped_windows: u64,
    /// Looks at unfinished speech that came too late to be shown.
    pub late_partials: u64,
    /// Seconds of sound that were lost on the way and heard as silence.
    pub lost_s: f64,
    /// Alerts raised.
    pub alerts: u64,
}

/// Percentiles of the time from the last sample of a window to its judgement.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DelayStats {
    /// Median, in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile, in milliseconds.
    pub p95_ms: f64,
    /// 99th percentile, in milliseconds.
    pub p99_ms: f64,
}

/// The call has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryEvent {
    /// Length of the call, in seconds.
    pub audio_s: f64,
    /// Wall-clock time it took, in seconds.
    pub wall_s: f64,
    /// `wall_s / audio_s`.
    pub real_time_factor: f64,
    /// Each lane.
    pub lanes: BTreeMap<Lane, LaneSummary>,
    /// Work for one judged window: features, model and decision.
    pub compute: DelayStats,
    /// From the capture of a window's last sample to its judgement; null when a
    /// recording was read faster than it was spoken.
    pub delay: Option<DelayStats>,
    /// False when the input ended in an error; what stands before it is good.
    pub complete: bool,
}
