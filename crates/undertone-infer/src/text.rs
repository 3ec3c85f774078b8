//! The trait behind every model of words.

use crate::ModelError;
use undertone_signal::{Emotion, EmotionScore, Lane, Meaning, Probability, Scores, SignalHit};

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

/// A text model's judgement of one utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct TextScores {
    /// Probability of each emotion, by [`Emotion::index`]; several may hold at once.
    pub emotions: [Probability; Emotion::ALL.len()],
    /// Those of them that are above their own threshold, surest first.
    pub present: Vec<Emotion>,
    /// The same judgement in the tones that voices are judged by.
    pub scores: Scores,
    /// Probability that something is wrong for the speaker: that the words are
    /// negative rather than neutral or positive. It ranks complaints better than
    /// the valence, which praise moves as much as blame.
    pub negative: Probability,
    /// Service signals heard, surest first.
    pub signals: Vec<SignalHit>,
    /// Sentence embedding of unit length, for matching phrases.
    pub embedding: Vec<f32>,
}

impl TextScores {
    /// Probability of `emotion`.
    pub const fn of(&self, emotion: Emotion) -> Probability {
        self.emotions[emotion.index()]
    }

    /// What a transcript event carries of the judgement.
    pub fn meaning(&self) -> Meaning {
        let told = self.present.iter().take(3);
        Meaning {
            emotions: told
                .map(|&emotion| EmotionScore { emotion, probability: self.of(emotion) })
                .collect(),
            tone: self.scores.top().0,
            valence: self.scores.valence,
            signals: self.signals.clone(),
        }
    }
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
