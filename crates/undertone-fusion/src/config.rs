//! The rules of alerts and moments.

use crate::Detector;
use serde::{Deserialize, Serialize};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FusionError {
    /// The value of a field is out of range.
    #[error("{field} is {value}, {expected}")]
    Range {
        /// The field, with its section.
        field: &'static str,
        /// Its value.
        value: f32,
        /// The allowed range.
        expected: &'static str,
    },
}

/// How much evidence an alert needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Fewer, later, more reliable alerts.
    Low,
    /// The default.
    #[default]
    Normal,
    /// More and earlier alerts, more of them false.
    High,
}

impl Sensitivity {
    /// Factor on [`Detector::raise_at`].
    pub const fn factor(self) -> f32 {
        match self {
            Self::Low => 1.3,
            Self::Normal => 1.0,
            Self::High => 0.7,
        }
    }
}

/// How an alert is confirmed and cleared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpikeRules {
    /// Calm speech before an alert is cleared, in seconds.
    pub clear_after_s: f32,
    /// An alert that lasts this long is confirmed, in seconds.
    pub confirm_after_s: f32,
    /// Time after a cleared alert without a new one on the lane, in seconds.
    pub refractory_s: f32,
    /// Calm speech that the baseline is computed from, in seconds.
    pub baseline_s: f32,
    /// Share of the newest hop that must be speech for it to count, 0..1.
    pub min_speech: f32,
}

impl Default for SpikeRules {
    fn default() -> Self {
        Self {
            clear_after_s: 2.0,
            confirm_after_s: 1.5,
            refractory_s: 2.0,
            baseline_s: 60.0,
            min_speech: 0.3,
        }
    }
}

/// Effect of words on an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WordRules {
    /// Words affect an alert that is at most this far away, in seconds.
    pub window_s: f32,
    /// Transcripts with a lower confidence are ignored, 0..1.
    pub min_confidence: f32,
    /// Probability of angry words that confirms an alert, 0..1.
    pub confirm_at: f32,
    /// Probability of angry words that raises an alert alone; above 1: never.
    pub raise_at: f32,
    /// Probability of glad words that clears a mild alert, unless they are angry too, 0..1.
    pub clear_at: f32,
}

impl Default for WordRules {
    fn default() -> Self {
        Self { window_s: 6.0, min_confidence: 0.5, confirm_at: 0.5, raise_at: 0.9, clear_at: 0.9 }
    }
}

/// Thresholds of moments. Each kind occurs once, then not again for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MomentRules {
    /// Early warning: factor on its threshold. Less than 1 warns earlier and more often;
    /// 0: never.
    pub rising_at: f32,
    /// Speech with an unpleasant tone, in seconds.
    pub negative_s: f32,
    /// Time in which both lanes speak at once, in seconds.
    pub overlap_s: f32,
    /// Time in which nobody speaks, in seconds.
    pub silence_s: f32,
    /// Change of pace against the speaker's baseline, for three seconds, in syllables per
    /// second.
    pub pace_change: f32,
    /// Loudness of a shout above the speaker's baseline, with a higher pitch and for half a
    /// second, in dB.
    pub shout_db: f32,
    /// Breath without voice, followed by a pause, in seconds.
    pub sigh_s: f32,
    /// Probability of glad or thankful words, 0..1; above 1: never.
    pub positive_at: f32,
    /// Time between two moments of a kind on a lane, in seconds.
    pub refractory_s: f32,
}

impl Default for MomentRules {
    fn default() -> Self {
        Self {
            rising_at: 1.0,
            negative_s: 12.0,
            overlap_s: 1.5,
            silence_s: 8.0,
            pace_change: 2.0,
            shout_db: 9.0,
            sigh_s: 0.75,
            positive_at: 0.6,
            refractory_s: 20.0,
        }
    }
}

/// All settings of the detector.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FusionConfig {
    /// How much evidence an alert needs.
    pub sensitivity: Sensitivity,
    /// How an alert is confirmed and cleared.
    pub spike: SpikeRules,
    /// Effect of words on it.
    pub words: WordRules,
    /// Other moments.
    pub moments: MomentRules,
    /// The fitted numbers, which rules do not change.
    #[serde(skip)]
    pub detector: Detector,
}

impl FusionConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`FusionError::Range`] naming the first field that is out of range.
    pub fn check(&self) -> Result<(), FusionError> {
        const SECONDS: &str = "must be between 0 and 3600 seconds";
        let Self { spike, words, moments, .. } = self;
        for (field, value) in [
            ("spike.clear_after_s", spike.clear_after_s),
            ("spike.confirm_after_s", spike.confirm_after_s),
            ("spike.refractory_s", spike.refractory_s),
            ("spike.baseline_s", spike.baseline_s),
            ("words.window_s", words.window_s),
            ("moments.negative_s", moments.negative_s),
            ("moments.overlap_s", moments.overlap_s),
            ("moments.silence_s", moments.silence_s),
            ("moments.sigh_s", moments.sigh_s),
            ("moments.refractory_s", moments.refractory_s),
        ] {
            range(field, value, |value| (0.0..=3600.0).contains(&value), SECONDS)?;
        }
        for (field, value) in [
            ("spike.min_speech", spike.min_speech),
            ("words.min_confidence", words.min_confidence),
            ("words.confirm_at", words.confirm_at),
            ("words.clear_at", words.clear_at),
        ] {
            range(field, value, |value| (0.0..=1.0).contains(&value), "must be in 0..1")?;
        }
        for (field, value) in [
            ("words.raise_at", words.raise_at),
            ("moments.positive_at", moments.positive_at),
            ("moments.pace_change", moments.pace_change),
            ("moments.shout_db", moments.shout_db),
            ("moments.rising_at", moments.rising_at),
        ] {
            range(field, value, |value| (0.0..=100.0).contains(&value), "must be in 0..100")?;
        }
        self.detector.check()
    }
}

/// `Ok` if `value` is in its range.
pub(crate) fn range(
    field: &'static str,
    value: f32,
    ok: impl FnOnce(f32) -> bool,
    expected: &'static str,
) -> Result<(), FusionError> {
    if ok(value) { Ok(()) } else { Err(FusionError::Range { field, value, expected }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        for sensitivity in [Sensitivity::Low, Sensitivity::Normal, Sensitivity::High] {
            FusionConfig { sensitivity, ..FusionConfig::default() }.check().unwrap();
        }
    }

    #[test]
    fn a_bad_field_is_named() {
        let mut config = FusionConfig::default();
        config.words.confirm_at = 1.5;
        let message = config.check().unwrap_err().to_string();
        assert_eq!(message, "words.confirm_at is 1.5, must be in 0..1");
        let mut config = FusionConfig::default();
        config.detector.raise_at = f32::NAN;
        assert!(config.check().is_err());
    }
}
