//! Prosody of a voice.

use serde::{Deserialize, Serialize};

/// Prosody of the last second of a lane. Measures that need voiced speech are
/// `None` if there was too little of it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Prosody {
    /// Median F0 of the voiced frames, in hertz.
    pub f0_hz: Option<f32>,
    /// Spread of F0 (10th to 90th percentile), in semitones.
    pub f0_range_st: Option<f32>,
    /// Loudness of the speech frames, in dB relative to full scale.
    pub loudness_db: Option<f32>,
    /// Syllable nuclei per second of speech, over the last two seconds, because one second
    /// has too few of them.
    pub rate_hz: Option<f32>,
    /// Cycle-to-cycle irregularity of the voice, 0 smooth to 1 rough.
    pub roughness: Option<f32>,
}

impl Prosody {
    /// F0 in semitones above 100 Hz, the scale on which voices are compared.
    pub fn f0_semitones(&self) -> Option<f32> {
        self.f0_hz.map(|hz| 12.0 * (hz / 100.0).log2())
    }
}
