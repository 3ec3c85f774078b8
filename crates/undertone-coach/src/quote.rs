//! Words that were said, with the time at which they were.

use crate::conversation::Turn;
use serde::{Deserialize, Serialize};
use undertone_signal::{Lane, Span};

/// A quote: always a stretch of a transcript, never words of our own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Who spoke.
    pub lane: Lane,
    /// The event that carries the words.
    pub seq: u64,
    /// The turn they are from.
    #[serde(flatten)]
    pub span: Span,
    /// The words.
    pub words: String,
}

impl Quote {
    /// `words` of `turn`.
    pub(crate) fn of(turn: &Turn, words: &str) -> Self {
        Self { lane: turn.lane, seq: turn.seq, span: turn.span, words: words.to_owned() }
    }
}
