//! The detector, and simpler ones as baselines.

use undertone_fusion::{Detector, FusionConfig, Weights};

/// A detector under test: a name and its settings.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Name in the report.
    pub name: &'static str,
    /// Its settings.
    pub config: FusionConfig,
}

/// Threshold of a baseline detector. One or two cues give less evidence than all of them; a
/// sweep from an eighth to eight times this value covers their range.
const RAISE_AT: f32 = 8.0;

/// The shipped detector first, then the baselines: loudness against the speaker's own,
/// loudness and F0, and the acoustic model without a speaker's baseline. All accumulate
/// evidence in the same way, so only the cues differ.
pub fn detectors(ours: &FusionConfig) -> Vec<Compared> {
    let with = |name, weights| {
        let detector = Detector { weights, raise_at: RAISE_AT, ..ours.detector };
        Compared { name, config: FusionConfig { detector, ..ours.clone() } }
    };
    vec![
        Compared { name: "undertone", config: ours.clone() },
        with("loudness", Weights { bias: -1.0, loudness: 1.0, ..Weights::NONE }),
        with("loudness+F0", Weights { bias: -1.0, loudness: 0.5, pitch: 0.7, ..Weights::NONE }),
        with(
            "model, no baseline",
            Weights { bias: -1.0, score_absolute: 1.0, recent_absolute: 1.0, ..Weights::NONE },
        ),
    ]
}
