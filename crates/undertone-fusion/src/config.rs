//! The numbers of the detector, each with its unit and reason.

use crate::Prior;
use serde::{Deserialize, Serialize};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FusionError {
    /// A field holds a value outside its range.
    #[error("detector setting {field} is {value}, {expected}")]
    Range {
        /// The field.
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
    /// What [`FusionConfig::raise_at`] is multiplied by.
    pub const fn factor(self) -> f32 {
        match self {
            Self::Low => 1.4,
            Self::Normal => 1.0,
            Self::High => 0.7,
        }
    }
}

/// Weight of each cue in the evidence of one hop. The evidence is a weighted
/// sum of z-scores (clipped, so that no cue decides alone) plus the bias, in natural-log units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Added to every hop: how unlikely a spike is to begin with.
    pub bias: f32,
    /// The model's anger score against the speaker's own.
    pub score: f32,
    /// The model's anger score against the population's.
    pub score_absolute: f32,
    /// The same again while the speaker has not been heard, fading as the
    /// baseline is learnt: a call may open angry.
    pub score_unheard: f32,
    /// The model's arousal against the speaker's own.
    pub arousal: f32,
    /// F0 against the speaker's own.
    pub pitch: f32,
    /// Loudness against the speaker's own.
    pub loudness: f32,
    /// Syllable rate against the speaker's own.
    pub rate: f32,
}

/// Everything the detector can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FusionConfig {
    /// Weight of each cue.
    pub weights: Weights,
    /// Share of the accumulated evidence kept from hop to hop, 0..1.
    pub memory: f32,
    /// Accumulated evidence at which an alert is raised.
    pub raise_at: f32,
    /// Accumulated evidence below which calm begins to return.
    pub clear_at: f32,
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
    /// Multiplies `raise_at`.
    pub sensitivity: Sensitivity,
}

impl Default for FusionConfig {
    /// Weights, memory and threshold were found by search (scripts/train/detector)
    /// on calls built from EmoDB, from twelve speakers of RAVDESS and from
    /// Picovoice's calm speech, and on the shipped calls.
    fn default() -> Self {
        Self {
            weights: Weights {
                bias: -3.41,
                score: 0.15,
                score_absolute: 0.38,
                score_unheard: 0.28,
                arousal: 0.19,
                pitch: 1.33,
                loudness: 0.03,
                rate: 0.08,
            },
            memory: 0.75,
            raise_at: 4.0,
            clear_at: 1.0,
            clear_after_s: 2.0,
            confirm_after_s: 1.5,
            refractory_s: 2.0,
            baseline_s: 60.0,
            min_speech: 0.3,
            sensitivity: Sensitivity::Normal,
        }
    }
}

impl FusionConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`FusionError::Range`] naming the first field that is out of range.
    pub fn check(&self) -> Result<(), FusionError> {
        let range = |field, value: f32, ok: bool, expected| {
            if ok { Ok(()) } else { Err(FusionError::Range { field, value, expected }) }
        };
        let w = &self.weights;
        let sum = w.bias
            + w.score
            + w.score_absolute
            + w.score_unheard
            + w.arousal
            + w.pitch
            + w.loudness
            + w.rate;
        range("weights", sum, sum.is_finite(), "must be finite numbers")?;
        let within = |value: f32| (0.0..1.0).contains(&value);
        range("memory", self.memory, within(self.memory), "must be in 0..1")?;
        range("min_speech", self.min_speech, within(self.min_speech), "must be in 0..1")?;
        range("raise_at", self.raise_at, self.raise_at > 0.0, "must be above 0")?;
        let hysteresis = (0.0..self.raise_at * self.sensitivity.factor()).contains(&self.clear_at);
        range("clear_at", self.clear_at, hysteresis, "must lie between 0 and raise_at")?;
        for (field, value) in [
            ("clear_after_s", self.clear_after_s),
            ("confirm_after_s", self.confirm_after_s),
            ("refractory_s", self.refractory_s),
            ("baseline_s", self.baseline_s),
        ] {
            let ok = (0.0..=3600.0).contains(&value);
            range(field, value, ok, "must be between 0 and 3600 seconds")?;
        }
        Ok(())
    }

    /// Population priors of the measures, as [`crate::Measures`] orders them:
    /// score, arousal, pitch, loudness, rate.
    pub(crate) const PRIORS: [Prior; 5] = [
        Prior { center: Some(-0.14), spread: 0.17, weight: 12.0 },
        Prior { center: Some(-0.1), spread: 0.27, weight: 12.0 },
        Prior { center: None, spread: 1.8, weight: 8.0 },
        Prior { center: None, spread: 3.0, weight: 8.0 },
        Prior { center: Some(4.0), spread: 1.0, weight: 8.0 },
    ];
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
        let config = FusionConfig { memory: 1.5, ..FusionConfig::default() };
        let message = config.check().unwrap_err().to_string();
        assert_eq!(message, "detector setting memory is 1.5, must be in 0..1");
        let config = FusionConfig { raise_at: f32::NAN, ..FusionConfig::default() };
        assert!(config.check().is_err());
    }
}
