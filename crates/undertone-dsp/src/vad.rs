//! Is somebody speaking?

use crate::DspError;
use crate::repair::repair;
use earshot::Detector;

/// Samples a decision is made for: 16 ms.
const BLOCK: usize = 256;

/// How eagerly speech is found. Scores are those of the network, 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadConfig {
    /// Score from which silence becomes speech.
    pub enter: f32,
    /// Score below which speech becomes silence; lower than `enter`, so that
    /// weak sounds inside words do not break them.
    pub leave: f32,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self { enter: 0.5, leave: 0.35 }
    }
}

/// Voice activity of one lane, decided causally every 16 ms.
pub struct Vad {
    config: VadConfig,
    detector: Box<Detector>,
    block: [f32; BLOCK],
    filled: usize,
    score: f32,
    speech: bool,
}

impl Vad {
    /// A detector that has heard nothing yet.
    ///
    /// # Errors
    /// [`DspError::Setting`] unless `0 < leave <= enter < 1`.
    pub fn new(config: VadConfig) -> Result<Self, DspError> {
        let VadConfig { enter, leave } = config;
        if !(leave > 0.0 && leave <= enter && enter < 1.0) {
            let problem = format!("{leave} must be above 0 and at most enter, {enter}, below 1");
            return Err(DspError::Setting { field: "vad.leave", problem });
        }
        Ok(Self {
            config,
            detector: Detector::default_boxed(),
            block: [0.0; BLOCK],
            filled: 0,
            score: 0.0,
            speech: false,
        })
    }

    /// Hears 16 kHz samples, any number of them.
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            self.block[self.filled] = repair(sample).clamp(-1.0, 1.0);
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                self.decide();
            }
        }
    }

    fn decide(&mut self) {
        self.score = self.detector.predict_f32(&self.block);
        let threshold = if self.speech { self.config.leave } else { self.config.enter };
        self.speech = self.score >= threshold;
    }

    /// True if the last whole block of 16 ms was speech.
    pub const fn is_speech(&self) -> bool {
        self.speech
    }

    /// The network's score of that block, 0..1.
    pub const fn score(&self) -> f32 {
        self.score
    }
}
