//! The detector, and the simpler ones it has to beat.

use undertone_fusion::{Detector, FusionConfig, Weights};

/// A detector under test: a name and its settings.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Name in the report.
    pub name: &'static str,
    /// Its settings.
    pub config: FusionConfig,
}

/// What an alert of a baseline takes: evidence of one or two cues adds up to less than
/// ours, and a sweep from an eighth to eight times of it covers all they can give.
const RAISE_AT: f32 = 8.0;

/// Ours, first, and the baselines: loudness against the speaker's own, loudness
/// and F0, and the acoustic model without a speaker's baseline. All share the
/// same accumulation over time, so that the cues alone are compared.
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
