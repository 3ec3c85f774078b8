//! Transcripts.

use crate::{EmotionScore, Lane, LaneKey, Probability, SignalHit, Span, Tone};
use serde::{Deserialize, Serialize};

/// The words of one segment, from a recogniser.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Who spoke.
    pub key: LaneKey,
    /// Number of the segment on its lane.
    pub segment: u64,
    /// The segment's place in stream time.
    pub span: Span,
    /// The words.
    pub text: String,
    /// The recogniser's mean probability of its own tokens.
    pub confidence: Probability,
    /// False while the speaker still speaks: a partial transcript.
    pub is_final: bool,
    /// Code of the language the recogniser decoded in, `"en"`; `None` if it does not say.
    pub language: Option<&'static str>,
}

impl Transcript {
    /// True if an English text model can read the words.
    pub fn is_english(&self) -> bool {
        self.language.is_none_or(|code| code == "en")
    }
}

/// Words of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranscriptEvent {
    /// Who spoke.
    pub lane: Lane,
    /// The segment these words belong to.
    pub segment: u64,
    /// The segment's place in stream time.
    #[serde(flatten)]
    pub span: Span,
    /// The words.
    pub text: String,
    /// The recogniser's mean probability of its own tokens.
    pub confidence: Probability,
    /// False while the speaker still speaks: a partial transcript.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// From the capture of the last sample, at the end of `span`, to this event, in
    /// milliseconds; null when a recording is read faster than real time.
    pub delay_ms: Option<f64>,
    /// Code of the language, `en`; absent if the recogniser does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Scores of the words; absent without a text model.
    #[serde(flatten)]
    pub meaning: Option<Meaning>,
}

/// A text model's scores in an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// Emotions above their thresholds, likeliest first, three at most.
    pub emotions: Vec<EmotionScore>,
    /// Likeliest tone of the words.
    pub tone: Tone,
    /// −1 unpleasant to 1 pleasant.
    pub valence: f32,
    /// Service signals, likeliest first.
    pub signals: Vec<SignalHit>,
}
