//! A recogniser's answer.

use std::time::Instant;
use undertone_infer::TextScores;
use undertone_signal::{LaneKey, Segment, Transcript};

/// What a recogniser made of one segment.
#[derive(Debug)]
pub struct Heard {
    /// Who spoke.
    pub key: LaneKey,
    /// Number of the segment on its lane.
    pub segment: u64,
    /// False for a look at speech that was still going on.
    pub is_final: bool,
    /// When its last sample was captured.
    pub captured_at: Instant,
    /// Its words, `None` where none can be believed, or why there are none.
    pub words: Result<Option<Transcript>, String>,
    /// What they mean, once a text model has read them, or why it could not.
    pub meaning: Option<Result<TextScores, String>>,
}

impl Heard {
    /// The answer `words` to `segment`.
    pub fn of(segment: &Segment, words: Result<Option<Transcript>, String>) -> Self {
        Self {
            key: segment.key,
            segment: segment.index,
            is_final: segment.is_final,
            captured_at: segment.captured_at,
            words,
            meaning: None,
        }
    }
}
