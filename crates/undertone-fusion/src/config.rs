//! The rules: what is told, how soon, how easily.

use crate::Detector;
use serde::{Deserialize, Serialize};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FusionError {
    /// A field holds a value outside its range.
    #[error("{field} is {value}, {expected}")]
    Range {
        /// The field, with its section.
        field: &'static str,
        /// Its value.
        value: f32,
        /// What would be right.
        expected: &'static str,
    },
}

/// How easily an alert is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Fewer alerts, later, surer.
    Low,
    /// The default.
    #[default]
    Normal,
    /// More alerts, sooner, some of them wrong.
    High,
}

impl Sensitivity {
    /// What [`Detector::raise_at`] is multiplied by.
    pub const fn factor(self) -> f32 {
        match self {
            Self::Low => 1.3,
            Self::Normal => 1.0,
            Self::High => 0.7,
        }
    }
}

/// The life of an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpikeRules {
    /// Speech that must stay calm before an alert is cleared, in seconds.
    pub clear_after_s: f32,
    /// An alert still standing after this many seconds is confirmed.
    pub confirm_after_s: f32,
    /// After a clear, no new alert on the lane for this many seconds.
    pub refractory_s: f32,
    /// Calm speech the baseline remembers, in seconds.
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

/// What words may do to an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WordRules {
    /// Words agree with an alert when they were said this close to it, in seconds.
    pub window_s: f32,
    /// Transcripts less sure of themselves than this are not listened to, 0..1.
    pub min_confidence: f32,
    /// Words this likely angry confirm an alert, 0..1.
    pub confirm_at: f32,
    /// Words this likely angry raise an alert alone; above 1 they never do.
    pub raise_at: f32,
    /// Words this likely glad, and not angry, clear a mild alert, 0..1.
    pub clear_at: f32,
}

impl Default for WordRules {
    fn default() -> Self {
        Self { window_s: 6.0, min_confidence: 0.5, confirm_at: 0.5, raise_at: 0.9, clear_at: 0.9 }
    }
}

/// A moment that is told once, and then not again for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MomentRules {
    /// Early warning of a voice on its way to an alert: 1 as measured, less warns
    /// earlier and more often; 0 never warns.
    pub rising_at: f32,
    /// An unpleasant tone that has lasted for this much speech is told, in seconds.
    pub negative_s: f32,
    /// Both lanes speaking at once for this long is cross-talk, in seconds.
    pub overlap_s: f32,
    /// Nobody speaking for this long is a silence, in seconds.
    pub silence_s: f32,
    /// Speech this much faster or slower than the speaker's own, for three seconds,
    /// is told; in syllables a second.
    pub pace_change: f32,
    /// Speech this much louder than the speaker's own, and clearly higher, for half a
    /// second is a shout; in dB.
    pub shout_db: f32,
    /// Breath without a voice for this long, and then nothing, is a sigh; in seconds.
    pub sigh_s: f32,
    /// Words this likely glad or thankful are a good moment, 0..1; above 1 never.
    pub positive_at: f32,
    /// After a moment, none of its kind on the lane for this many seconds.
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

/// Everything the detector can be told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FusionConfig {
    /// How easily an alert is raised.
    pub sensitivity: Sensitivity,
    /// The life of an alert.
    pub spike: SpikeRules,
    /// What words may do to it.
    pub words: WordRules,
    /// What else is told.
    pub moments: MomentRules,
    /// The fitted numbers; not a matter of rules.
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

/// `Ok` if `value` is as it should be.
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
