//! A text model's scores for an utterance.

use crate::{Emotion, EmotionScore, Meaning, Probability, Scores, SignalHit};

/// A text model's scores for one utterance. Decisions use all of them; events contain the
/// part in [`meaning`](Self::meaning).
#[derive(Debug, Clone, PartialEq)]
pub struct TextScores {
    /// Probability of each emotion, by [`Emotion::index`]; several may hold at once.
    pub emotions: [Probability; Emotion::ALL.len()],
    /// Those above their threshold, likeliest first.
    pub present: Vec<Emotion>,
    /// The scores as tones, like those of voices.
    pub scores: Scores,
    /// Probability that the words are negative rather than neutral or positive. It ranks
    /// complaints better than the valence, which praise moves as much as blame.
    pub negative: Probability,
    /// Service signals above their thresholds, likeliest first.
    pub signals: Vec<SignalHit>,
    /// Sentence embedding of unit length, for matching phrases.
    pub embedding: Vec<f32>,
}

impl TextScores {
    /// Probability of `emotion`.
    pub const fn of(&self, emotion: Emotion) -> Probability {
        self.emotions[emotion.index()]
    }

    /// The part that a transcript event contains.
    pub fn meaning(&self) -> Meaning {
        let shown = self.present.iter().take(3);
        Meaning {
            emotions: shown
                .map(|&emotion| EmotionScore { emotion, probability: self.of(emotion) })
                .collect(),
            tone: self.scores.top().0,
            valence: self.scores.valence,
            signals: self.signals.clone(),
        }
    }
}
