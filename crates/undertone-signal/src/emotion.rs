//! Emotions of words, finer than a [`Tone`](crate::Tone).

use crate::Probability;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! emotions {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// The 28 emotions of `GoEmotions` ([arXiv:2005.00547](https://arxiv.org/abs/2005.00547)),
        /// in the order of its label numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[expect(missing_docs, reason = "each name says what it means; the paper defines them")]
        pub enum Emotion {
            $($variant),*
        }

        impl Emotion {
            /// Every emotion, by label number.
            pub const ALL: [Self; 28] = [$(Self::$variant),*];

            /// Its name in events and label files.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }
        }
    };
}

emotions! {
    Admiration = "admiration",
    Amusement = "amusement",
    Anger = "anger",
    Annoyance = "annoyance",
    Approval = "approval",
    Caring = "caring",
    Confusion = "confusion",
    Curiosity = "curiosity",
    Desire = "desire",
    Disappointment = "disappointment",
    Disapproval = "disapproval",
    Disgust = "disgust",
    Embarrassment = "embarrassment",
    Excitement = "excitement",
    Fear = "fear",
    Gratitude = "gratitude",
    Grief = "grief",
    Joy = "joy",
    Love = "love",
    Nervousness = "nervousness",
    Optimism = "optimism",
    Pride = "pride",
    Realization = "realization",
    Relief = "relief",
    Remorse = "remorse",
    Sadness = "sadness",
    Surprise = "surprise",
    Neutral = "neutral",
}

impl Emotion {
    /// Its label number.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The emotion called `name`, if it is one of the 28.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|emotion| emotion.name() == name)
    }
}

impl fmt::Display for Emotion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An emotion and its probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EmotionScore {
    /// The emotion.
    pub emotion: Emotion,
    /// Its probability.
    pub probability: Probability,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_emotion_is_found_by_its_name_and_number() {
        for (number, emotion) in Emotion::ALL.into_iter().enumerate() {
            assert_eq!(emotion.index(), number);
            assert_eq!(Emotion::from_name(emotion.name()), Some(emotion));
        }
        assert_eq!(Emotion::Neutral.index(), 27);
        assert_eq!(Emotion::from_name("smug"), None);
    }
}
