//! The trait of text models.

use crate::ModelError;
use undertone_signal::Lane;

pub use undertone_signal::TextScores;

/// The input of a text model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextInput<'a> {
    /// The words.
    pub text: &'a str,
    /// The same speaker's words just before (two turns are enough); may be empty.
    pub context: &'a str,
    /// The lane: some signals belong to one lane only.
    pub lane: Lane,
}

/// Scores words.
pub trait TextModel: Send {
    /// Name of the model, from its weights file.
    fn name(&self) -> &str;

    /// Scores a batch; `out` is cleared and filled with one [`TextScores`] an utterance, in
    /// order. Words beyond the model's length are cut, and results do not depend on the rest
    /// of the batch.
    ///
    /// # Errors
    /// [`ModelError::Compute`] if the backend fails; `out` is then empty.
    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError>;
}
