//! The detector, and the simpler ones it has to beat.

use undertone_fusion::{FusionConfig, Weights};

/// A detector under test: a name and its settings.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Name in the report.
    pub name: &'static str,
    /// Its settings.
    pub config: FusionConfig,
}

const NOTHING: Weights = Weights {
    bias: 0.0,
    score: 0.0,
    score_absolute: 0.0,
    score_unheard: 0.0,
    arousal: 0.0,
    pitch: 0.0,
    loudness: 0.0,
    rate: 0.0,
};

/// Ours, first, and the baselines: loudness against the speaker's own, loudness
/// and F0, and the acoustic model without a speaker's baseline. All share the
/// same accumulation over time, so that the cues alone are compared.
pub fn detectors(ours: &FusionConfig) -> Vec<Detector> {
    let with = |name, weights| Detector { name, config: FusionConfig { weights, ..ours.clone() } };
    vec![
        Detector { name: "undertone", config: ours.clone() },
        with("loudness", Weights { bias: -1.0, loudness: 1.0, ..NOTHING }),
        with("loudness+F0", Weights { bias: -1.0, loudness: 0.5, pitch: 0.7, ..NOTHING }),
        with("model, no baseline", Weights { bias: -1.0, score_absolute: 1.0, ..NOTHING }),
    ]
}
