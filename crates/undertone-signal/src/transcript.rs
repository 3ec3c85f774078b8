//! What was said.

use crate::{EmotionScore, Lane, LaneKey, Probability, SignalHit, Span, Tone};
use serde::{Deserialize, Serialize};

/// The words of one speech segment, as a recogniser hands them over.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Who spoke.
    pub key: LaneKey,
    /// Number of the segment on its lane.
    pub segment: u64,
    /// Where the segment lies.
    pub span: Span,
    /// The words, as the recogniser wrote them.
    pub text: String,
    /// The recogniser's mean probability of its own tokens.
    pub confidence: Probability,
    /// False while the speaker is still talking.
    pub is_final: bool,
}

/// Words of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranscriptEvent {
    /// Who spoke.
    pub lane: Lane,
    /// The segment these words belong to.
    pub segment: u64,
    /// Where it lies.
    #[serde(flatten)]
    pub span: Span,
    /// The words.
    pub text: String,
    /// The recogniser's mean probability of its own tokens.
    pub confidence: Probability,
    /// False while the speaker is still talking: a partial transcript.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// From the capture of the last sample, at the end of `span`, to this event, in
    /// milliseconds; null when a recording is read faster than it was spoken.
    pub delay_ms: Option<f64>,
    /// What the words mean; absent where no text model has read them.
    #[serde(flatten)]
    pub meaning: Option<Meaning>,
}

/// What a text model reads from words, as events show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// Emotions that are there, surest first, three at most.
    pub emotions: Vec<EmotionScore>,
    /// Likeliest tone of the words.
    pub tone: Tone,
    /// −1 unpleasant to 1 pleasant.
    pub valence: f32,
    /// Service signals, surest first.
    pub signals: Vec<SignalHit>,
}
