//! A text model's full judgement of an utterance.

use crate::{Emotion, EmotionScore, Meaning, Probability, Scores, SignalHit};

/// A text model's judgement of one utterance. Everything decides on these; events show
/// the part in [`meaning`](Self::meaning).
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
    /// Service signals above their thresholds, surest first.
    pub signals: Vec<SignalHit>,
    /// Sentence embedding of unit length, for matching phrases.
    pub embedding: Vec<f32>,
}

impl TextScores {
    /// Probability of `emotion`.
    pub const fn of(&self, emotion: Emotion) -> Probability {
        self.emotions[emotion.index()]
    }

    /// What a transcript event shows of the judgement.
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
