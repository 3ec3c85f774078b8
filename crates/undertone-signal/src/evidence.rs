//! Why an alert was raised.

use crate::Probability;
use serde::{Deserialize, Serialize};

/// A measure that is compared with a speaker's baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CueKind {
    /// F0, in semitones.
    Pitch,
    /// Loudness, in decibels.
    Loudness,
    /// Syllable rate, in syllables a second.
    Rate,
    /// The acoustic model's anger score over the whole window: the log-probability of
    /// anger minus that of neutral.
    ModelScore,
    /// The same over the newest half of the window.
    RecentScore,
    /// The acoustic model's arousal over the whole window, −1..1.
    Arousal,
    /// The same over the newest half of the window.
    RecentArousal,
    /// The acoustic model's prosodic contrast over the newest half of the window, in
    /// spreads of calm speech; see [`Scores::contrast`](crate::Scores::contrast).
    RecentContrast,
}

impl CueKind {
    /// The unit of [`Cue::change`], as written in events.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Pitch => "semitones",
            Self::Loudness => "dB",
            Self::Rate => "syllables/s",
            Self::ModelScore | Self::RecentScore => "nats",
            Self::Arousal | Self::RecentArousal => "arousal",
            Self::RecentContrast => "spreads",
        }
    }
}

/// The change of one measure from the speaker's baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// The measure.
    pub kind: CueKind,
    /// Its value now.
    pub value: f32,
    /// The speaker's baseline.
    pub baseline: f32,
    /// `value - baseline`, in the cue's unit.
    pub change: f32,
    /// The change in spreads of the speaker's calm speech (a robust z-score).
    pub z: f32,
}

/// Why an alert was raised, in numbers. Sentences are made from it at the edge.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The cues, strongest first.
    pub cues: Vec<Cue>,
    /// Probability of the alert's tone by the acoustic model, 0..1.
    pub probability: Probability,
    /// Words that agree, if any did.
    pub words: Option<WordEvidence>,
}

/// Words that agree with an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordEvidence {
    /// The utterance.
    pub text: String,
    /// Its probability of anger.
    pub anger: Probability,
}
