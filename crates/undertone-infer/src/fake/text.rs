//! A text model without weights.

use super::Conduct;
use crate::{ModelError, TextInput, TextModel, TextScores};
use undertone_signal::{Emotion, Probability, Scores};

/// A [`TextModel`] whose scores come from a closure.
pub struct FakeText {
    conduct: Conduct,
    answer: Box<dyn FnMut(&TextInput<'_>) -> TextScores + Send>,
}

impl FakeText {
    /// A model that answers each utterance with `answer`.
    pub fn new(answer: impl FnMut(&TextInput<'_>) -> TextScores + Send + 'static) -> Self {
        Self { conduct: Conduct::Answer, answer: Box::new(answer) }
    }

    /// A model to which all words mean nothing.
    pub fn neutral() -> Self {
        Self::new(|_| neutral_words())
    }

    /// The same model, with this conduct.
    #[must_use]
    pub fn with(self, conduct: Conduct) -> Self {
        Self { conduct, ..self }
    }
}

impl TextModel for FakeText {
    fn name(&self) -> &'static str {
        "fake text"
    }

    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError> {
        out.clear();
        self.conduct.act("fake text", utterances.len())?;
        out.extend(utterances.iter().map(|input| (self.answer)(input)));
        Ok(())
    }
}

/// Scores of words that mean nothing: no emotion, no signal.
pub fn neutral_words() -> TextScores {
    TextScores {
        emotions: [Probability::new(0.0); Emotion::ALL.len()],
        present: Vec::new(),
        scores: Scores::default(),
        negative: Probability::new(0.0),
        signals: Vec::new(),
        embedding: Vec::new(),
    }
}
