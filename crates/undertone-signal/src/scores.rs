//! Scores of a model for a window or a sentence.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A probability, always a finite number in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Probability(f32);

impl Probability {
    /// `value` clamped to 0..=1; a value that is not a number becomes 0.
    pub fn new(value: f32) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// The number.
    pub const fn get(self) -> f32 {
        self.0
    }

    /// Log-odds, with the probability kept `1e-4` away from both ends.
    pub fn logit(self) -> f32 {
        let p = self.0.clamp(1e-4, 1.0 - 1e-4);
        (p / (1.0 - p)).ln()
    }
}

/// The seven tones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// No marked emotion; calm.
    Neutral,
    /// Anger, from irritation to shouting.
    Angry,
    /// Joy, amusement.
    Happy,
    /// Sadness, resignation.
    Sad,
    /// Fear, worry.
    Fearful,
    /// Disgust, contempt.
    Disgust,
    /// Surprise.
    Surprised,
}

impl Tone {
    /// Every tone, in the order of [`Scores::probabilities`].
    pub const ALL: [Self; 7] = [
        Self::Neutral,
        Self::Angry,
        Self::Happy,
        Self::Sad,
        Self::Fearful,
        Self::Disgust,
        Self::Surprised,
    ];

    /// Its place in [`Tone::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name in events and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Angry => "angry",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Fearful => "fearful",
            Self::Disgust => "disgust",
            Self::Surprised => "surprised",
        }
    }

    /// The tone called `name`, if it is one of the seven.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tone| tone.name() == name)
    }
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A model's scores for one window or one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scores {
    /// Probability of each tone in the order of [`Tone::ALL`]; they sum to 1.
    pub probabilities: [Probability; 7],
    /// Arousal: −1 drowsy to 1 agitated.
    pub arousal: f32,
    /// Valence: −1 unpleasant to 1 pleasant.
    pub valence: f32,
    /// How far the prosody lies from a speaker's calm towards the same speaker's anger, in
    /// spreads of calm speech. Speakers differ by more than that, so only the difference
    /// from the speaker's own calm speech has a meaning. `None` if the model has no
    /// contrast.
    pub contrast: Option<f32>,
}

impl Scores {
    /// Probability of `tone`.
    pub const fn of(&self, tone: Tone) -> Probability {
        self.probabilities[tone.index()]
    }

    /// The likeliest tone and its probability.
    pub fn top(&self) -> (Tone, Probability) {
        let mut best = Tone::Neutral;
        for tone in Tone::ALL {
            if self.of(tone) > self.of(best) {
                best = tone;
            }
        }
        (best, self.of(best))
    }
}

/// A model's scores for one window: for all of it, and for its newest half. The whole is
/// more reliable, the half is earlier: a second after a tone has turned, half of the window
/// still has the tone before.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Judgement {
    /// Of the whole window.
    pub whole: Scores,
    /// Of its newest half.
    pub recent: Scores,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_never_out_of_range() {
        assert_eq!(Probability::new(f32::NAN), Probability::new(0.0));
        assert_eq!(Probability::new(7.0), Probability::new(1.0));
        assert!(Probability::new(1.0).logit().is_finite());
    }

    #[test]
    fn every_tone_is_found_by_its_name_and_place() {
        for (place, tone) in Tone::ALL.into_iter().enumerate() {
            assert_eq!(tone.index(), place);
            assert_eq!(Tone::from_name(tone.name()), Some(tone));
        }
        assert_eq!(Tone::from_name("smug"), None);
    }

    #[test]
    fn the_top_tone_is_the_likeliest() {
        let mut scores = Scores::default();
        scores.probabilities[Tone::Sad.index()] = Probability::new(0.6);
        assert_eq!(scores.top().0, Tone::Sad);
    }
}
