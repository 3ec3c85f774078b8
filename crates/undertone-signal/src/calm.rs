//! Scores of calm speech under an acoustic model.

use serde::{Deserialize, Serialize};

/// One measure of calm speech over many speakers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usual {
    /// The median speaker's median.
    pub center: f32,
    /// Spread within a speaker, as a standard deviation.
    pub within: f32,
    /// Spread of speakers around the centre, as a standard deviation.
    pub between: f32,
}

impl Usual {
    /// True for numbers that can be divided by.
    pub fn is_sound(&self) -> bool {
        let positive = |spread: f32| spread.is_finite() && spread > 0.0;
        self.center.is_finite() && positive(self.within) && positive(self.between)
    }
}

/// Scores of calm speech that a model was not trained on. Each model has a scale of its own;
/// alerts are raised by scores outside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalmScores {
    /// ln p(angry) − ln p(neutral) of whole windows.
    pub anger: Usual,
    /// The same of newest halves.
    pub anger_recent: Usual,
    /// Arousal of whole windows.
    pub arousal: Usual,
    /// Arousal of newest halves.
    pub arousal_recent: Usual,
    /// Contrast of newest halves, if the model has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrast_recent: Option<Usual>,
}

impl CalmScores {
    /// True if every measure is.
    pub fn is_sound(&self) -> bool {
        let Self { anger, anger_recent, arousal, arousal_recent, contrast_recent } = self;
        [anger, anger_recent, arousal, arousal_recent].into_iter().all(Usual::is_sound)
            && contrast_recent.as_ref().is_none_or(Usual::is_sound)
    }
}
