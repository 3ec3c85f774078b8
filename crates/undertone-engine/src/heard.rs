//! The result of a recogniser.

use std::time::Instant;
use undertone_infer::TextScores;
use undertone_signal::{LaneKey, Segment, Span, Transcript};

/// A recogniser's result for one segment.
#[derive(Debug)]
pub struct Heard {
    /// Who spoke.
    pub key: LaneKey,
    /// Number of the segment on its lane.
    pub segment: u64,
    /// Where it lies.
    pub span: Span,
    /// False for a partial.
    pub is_final: bool,
    /// When its last sample was captured.
    pub captured_at: Instant,
    /// Its words, `None` if there are none, or the error.
    pub words: Result<Option<Transcript>, String>,
    /// The reason if words were transcribed and rejected.
    pub dropped: Option<String>,
    /// Their scores, once a text model has processed them, or the error.
    pub meaning: Option<Result<TextScores, String>>,
}

impl Heard {
    /// The result `words` for `segment`.
    pub fn of(segment: &Segment, words: Result<Option<Transcript>, String>) -> Self {
        Self {
            key: segment.key,
            segment: segment.index,
            span: segment.span,
            is_final: segment.is_final,
            captured_at: segment.captured_at,
            words,
            dropped: None,
            meaning: None,
        }
    }
}
