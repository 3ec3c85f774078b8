//! The fitted numbers: weights and accumulation of evidence.

use crate::FusionError;
use crate::config::range;
use undertone_signal::{CalmScores, CueKind, Usual};

/// Weight of each cue in the evidence of one hop: a weighted sum of z-scores,
/// clipped, so that no cue decides alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Added to every hop: the prior against a spike.
    pub bias: f32,
    /// The model's anger score over the window, against the speaker's baseline.
    pub score: f32,
    /// The same over the newest half of the window.
    pub recent: f32,
    /// The model's arousal over the window, against the speaker's baseline.
    pub arousal: f32,
    /// The same over the newest half.
    pub recent_arousal: f32,
    /// The model's contrast over the newest half, against the speaker's baseline.
    pub recent_contrast: f32,
    /// F0 against the speaker's baseline.
    pub pitch: f32,
    /// Loudness against the speaker's baseline.
    pub loudness: f32,
    /// Syllable rate against the speaker's baseline.
    pub rate: f32,
    /// The anger score over the window, against the population's.
    pub score_absolute: f32,
    /// The same over the newest half.
    pub recent_absolute: f32,
    /// Both again while the speaker has no baseline yet, fading as it is learnt: a call may
    /// begin angry.
    pub unheard: f32,
    /// Largest negative z-score of prosody: how much it may count against a spike.
    pub veto: f32,
}

impl Weights {
    /// All zero.
    pub const NONE: Self = Self {
        bias: 0.0,
        score: 0.0,
        recent: 0.0,
        arousal: 0.0,
        recent_arousal: 0.0,
        recent_contrast: 0.0,
        pitch: 0.0,
        loudness: 0.0,
        rate: 0.0,
        score_absolute: 0.0,
        recent_absolute: 0.0,
        unheard: 0.0,
        veto: 1.0,
    };

    pub(crate) const fn of(&self, kind: CueKind) -> f32 {
        match kind {
            CueKind::ModelScore => self.score,
            CueKind::RecentScore => self.recent,
            CueKind::Arousal => self.arousal,
            CueKind::RecentArousal => self.recent_arousal,
            CueKind::RecentContrast => self.recent_contrast,
            CueKind::Pitch => self.pitch,
            CueKind::Loudness => self.loudness,
            CueKind::Rate => self.rate,
        }
    }

    fn sum(&self) -> f32 {
        [
            self.bias,
            self.score,
            self.recent,
            self.arousal,
            self.recent_arousal,
            self.recent_contrast,
            self.pitch,
            self.loudness,
            self.rate,
            self.score_absolute,
            self.recent_absolute,
            self.unheard,
            self.veto,
        ]
        .iter()
        .sum()
    }
}

/// Weights and accumulation of evidence; found by scripts/train/detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detector {
    /// Weight of each cue.
    pub weights: Weights,
    /// Share of the accumulated evidence that is kept from hop to hop, 0..1.
    pub memory: f32,
    /// Accumulated evidence at which an alert is raised.
    pub raise_at: f32,
    /// Increase of the threshold, as a share of `raise_at`, while the speaker has no
    /// baseline yet; fades as it is learnt.
    pub cold: f32,
    /// Share of `raise_at` below which a hop counts as calm.
    pub clear_share: f32,
    /// Memory of the slower sum for early warnings.
    pub rising_memory: f32,
    /// Limit of what one hop adds to that sum, so that many slightly worse hops warn and a
    /// single bad one does not.
    pub rising_most: f32,
    /// Threshold of that sum, as a multiple of `raise_at`.
    pub rising_at: f32,
    /// Scores of calm speech under the model in use.
    pub calm: CalmScores,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            weights: Weights {
                bias: -1.13,
                score: 1.27,
                recent: 1.04,
                arousal: 0.0,
                recent_arousal: 1.3,
                recent_contrast: 1.5,
                pitch: 1.64,
                loudness: 1.5,
                rate: 0.0,
                score_absolute: 0.0,
                recent_absolute: 0.1,
                unheard: 0.0,
                veto: 1.0,
            },
            memory: 0.75,
            raise_at: 35.0,
            cold: 0.9,
            clear_share: 0.25,
            rising_memory: 0.88,
            rising_most: 8.0,
            rising_at: 1.1,
            calm: CALM,
        }
    }
}

/// Scores of calm speech under the default model; other models have their own.
const CALM: CalmScores = CalmScores {
    anger: Usual { center: -0.56, within: 0.63, between: 1.11 },
    anger_recent: Usual { center: -0.68, within: 0.81, between: 1.07 },
    arousal: Usual { center: 0.13, within: 0.18, between: 0.26 },
    arousal_recent: Usual { center: 0.11, within: 0.22, between: 0.28 },
    contrast_recent: Some(Usual { center: 4.44, within: 1.08, between: 2.03 }),
};

impl Detector {
    pub(crate) fn check(&self) -> Result<(), FusionError> {
        range("weights", self.weights.sum(), f32::is_finite, "must be finite numbers")?;
        let share = |value: f32| (0.0..1.0).contains(&value);
        range("memory", self.memory, share, "must be in 0..1")?;
        range("rising_memory", self.rising_memory, share, "must be in 0..1")?;
        range("rising_most", self.rising_most, |value| value > 0.0, "must be above 0")?;
        range("rising_at", self.rising_at, |value| value > 0.0, "must be above 0")?;
        range("raise_at", self.raise_at, |value| value > 0.0, "must be above 0")?;
        range("cold", self.cold, |value| (0.0..=10.0).contains(&value), "must be in 0..10")?;
        range("clear_share", self.clear_share, share, "must be in 0..1")?;
        range(
            "calm",
            f32::from(u8::from(self.calm.is_sound())),
            |sound| sound > 0.0,
            "must have spreads above 0",
        )
    }
}
