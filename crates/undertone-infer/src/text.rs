//! The trait behind every model of words.

use crate::ModelError;
use undertone_signal::Lane;

pub use undertone_signal::TextScores;

/// What a text model is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextInput<'a> {
    /// The words.
    pub text: &'a str,
    /// What the same speaker said just before (two turns are enough); may be empty.
    pub context: &'a str,
    /// Who spoke: an apology is looked for in an agent's words alone.
    pub lane: Lane,
}

/// Judges what was said.
pub trait TextModel: Send {
    /// Name of the model, as its weights file gives it.
    fn name(&self) -> &str;

    /// Judges a batch; `out` is cleared and filled with one [`TextScores`] an
    /// utterance, in order. Words past the model's length are not read, and
    /// results do not depend on what else is in the batch.
    ///
    /// # Errors
    /// [`ModelError::Compute`] if the backend fails; `out` is then empty.
    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError>;
}
