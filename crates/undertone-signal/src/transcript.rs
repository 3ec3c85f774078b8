//! What was said.

use crate::{LaneKey, Probability, Span};

/// The words of one speech segment.
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
