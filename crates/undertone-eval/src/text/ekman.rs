//! Seven groups of emotions, as the `GoEmotions` paper forms them after Ekman.

use undertone_signal::{Emotion, Probability};

/// One of the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ekman {
    /// Anger, annoyance, disapproval.
    Anger,
    /// Disgust.
    Disgust,
    /// Fear, nervousness.
    Fear,
    /// All that is pleasant.
    Joy,
    /// Neutral.
    Neutral,
    /// Sadness, disappointment, embarrassment, grief, remorse.
    Sadness,
    /// Surprise, realization, confusion, curiosity.
    Surprise,
}

/// The groups in the order of the paper's `ekman/labels.txt`.
pub const EKMAN: [Ekman; 7] = [
    Ekman::Anger,
    Ekman::Disgust,
    Ekman::Fear,
    Ekman::Joy,
    Ekman::Neutral,
    Ekman::Sadness,
    Ekman::Surprise,
];

impl Ekman {
    /// The group that `emotion` belongs to.
    pub const fn of(emotion: Emotion) -> Self {
        use Emotion as E;
        match emotion {
            E::Anger | E::Annoyance | E::Disapproval => Self::Anger,
            E::Disgust => Self::Disgust,
            E::Fear | E::Nervousness => Self::Fear,
            E::Neutral => Self::Neutral,
            E::Sadness | E::Disappointment | E::Embarrassment | E::Grief | E::Remorse => {
                Self::Sadness
            }
            E::Surprise | E::Realization | E::Confusion | E::Curiosity => Self::Surprise,
            E::Admiration
            | E::Amusement
            | E::Approval
            | E::Caring
            | E::Desire
            | E::Excitement
            | E::Gratitude
            | E::Joy
            | E::Love
            | E::Optimism
            | E::Pride
            | E::Relief => Self::Joy,
        }
    }

    /// The chance that at least one member of the group holds, were they independent.
    pub fn probability(self, emotions: &[Probability; Emotion::ALL.len()]) -> f32 {
        let members = Emotion::ALL.into_iter().filter(|&emotion| Self::of(emotion) == self);
        1.0 - members.map(|emotion| 1.0 - emotions[emotion.index()].get()).product::<f32>()
    }
}
