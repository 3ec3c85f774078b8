//! Bodies of the smaller events.

use crate::{Lane, Span};
use serde::{Deserialize, Serialize};

/// The call begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartEvent {
    /// [`SCHEMA_VERSION`](crate::SCHEMA_VERSION).
    pub schema: u32,
    /// Lanes of the call.
    pub lanes: Vec<Lane>,
    /// Lanes whose voice is scored; the others have words and turn-taking only.
    pub voice: Vec<Lane>,
    /// Name of the acoustic model in use.
    pub acoustic_model: String,
    /// Name of the model that transcribes; null without one.
    pub transcriber: Option<String>,
}

/// A stretch of speech has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentEvent {
    /// Who spoke.
    pub lane: Lane,
    /// Number of the segment on its lane, from 0.
    pub segment: u64,
    /// Its place in stream time.
    #[serde(flatten)]
    pub span: Span,
}

/// The words of a finished segment were rejected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedEvent {
    /// Who spoke.
    pub lane: Lane,
    /// The segment.
    pub segment: u64,
    /// Where it lies.
    #[serde(flatten)]
    pub span: Span,
    /// Why, in a few words.
    pub reason: String,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorEvent {
    /// One line naming the file, device or field at fault and the cause.
    pub message: String,
}
