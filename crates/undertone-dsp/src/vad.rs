//! Is somebody speaking?
//!
//! A small recurrent network (the `earshot` crate) judges every 16 ms. Its ear is
//! good for speech, quiet or over the telephone, but it takes engines, waves and
//! rain for speech too. Two things that all talking has and those lack must
//! therefore agree: now and then a voiced sound, and a level that rises above the
//! quietest of the last seconds.

use crate::DspError;
use crate::repair::repair;
use crate::ring::Ring;
use earshot::Detector;

/// Samples the network judges at a time: 16 ms.
const BLOCK: usize = 256;
/// Periodicity from which a frame counts as voiced.
const VOICED: f32 = 0.6;
/// Frames of 10 ms among which voiced ones are looked for, and how many it takes.
const VOICED_WITHIN: usize = 60;
const VOICED_FRAMES: usize = 3;
/// The power of the last 300 ms must somewhere exceed the floor by 8 dB.
const ABOVE_FLOOR: f32 = 6.3;
const LEVEL_WITHIN: usize = 30;
/// The floor is the least power of the last 3 s: twelve blocks of 250 ms.
const FLOOR_BLOCKS: usize = 12;
const FLOOR_BLOCK: usize = 25;
/// Before a second has passed the least power may be that of speech itself.
const FLOOR_KNOWN: usize = 100;

/// How eagerly speech is found. Scores are those of the network, 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadConfig {
    /// Score from which silence becomes speech; default 0.6.
    pub enter: f32,
    /// Score below which speech becomes silence, lower than `enter`, so that weak
    /// sounds inside words do not break them; default 0.3.
    pub leave: f32,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self { enter: 0.6, leave: 0.3 }
    }
}

/// Voice activity of one lane, decided causally every 10 ms from the last whole
/// 16 ms. Allocates nothing after construction.
pub struct Vad {
    config: VadConfig,
    detector: Box<Detector>,
    block: [f32; BLOCK],
    filled: usize,
    score: f32,
    likely: bool,
    voiced: Ring<bool>,
    floor: Floor,
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
            likely: false,
            voiced: Ring::new(VOICED_WITHIN),
            floor: Floor::new(),
        })
    }

    /// Hears the next 10 ms, 160 samples at 16 kHz, whose surroundings have a
    /// normalised autocorrelation of `periodicity`
    /// ([`Candidate::periodicity`](crate::Candidate)), and says whether they are
    /// speech.
    pub fn push(&mut self, samples: &[f32], periodicity: f32) -> bool {
        for &sample in samples {
            self.block[self.filled] = repair(sample).clamp(-1.0, 1.0);
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                self.judge();
            }
        }
        self.voiced.push(periodicity >= VOICED);
        self.floor.push(samples);
        self.is_speech()
    }

    /// As [`Vad::push`] of 10 ms that are known to be no voice: never speech, and no
    /// measure of how quiet the line is.
    pub(crate) fn push_masked(&mut self, samples: usize) {
        for _ in 0..samples {
            self.block[self.filled] = 0.0;
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                self.judge();
            }
        }
        self.voiced.push(false);
    }

    /// The newest `ticks` of 10 ms have turned out to be no voice.
    pub(crate) fn mask_last(&mut self, ticks: usize) {
        self.voiced.change_last(ticks, |voiced| *voiced = false);
        self.floor.mask_last(ticks);
        self.likely = false;
    }

    fn judge(&mut self) {
        self.score = self.detector.predict_f32(&self.block);
        let threshold = if self.likely { self.config.leave } else { self.config.enter };
        self.likely = self.score >= threshold;
    }

    /// What the last [`Vad::push`] said.
    pub fn is_speech(&self) -> bool {
        let voiced = || self.voiced.iter().filter(|v| **v).count() >= VOICED_FRAMES;
        self.likely && voiced() && self.floor.is_exceeded()
    }

    /// The network's score of the last whole 16 ms, 0..1.
    pub const fn score(&self) -> f32 {
        self.score
    }
}

/// The least power of the last seconds, and the greatest of the last moments.
struct Floor {
    smooth: Option<f32>,
    recent: Ring<f32>,
    /// Least of each finished block.
    blocks: Ring<f32>,
    current: f32,
    heard: usize,
}

impl Floor {
    fn new() -> Self {
        Self {
            smooth: None,
            recent: Ring::new(LEVEL_WITHIN),
            blocks: Ring::new(FLOOR_BLOCKS),
            current: f32::INFINITY,
            heard: 0,
        }
    }

    fn push(&mut self, samples: &[f32]) {
        let square = |x: &f32| repair(*x).powi(2);
        let power = samples.iter().map(square).sum::<f32>() / samples.len().max(1) as f32;
        // Over about 100 ms: single glottal pulses must not look like silence between.
        let smooth = self.smooth.map_or(power, |smooth| smooth + 0.2 * (power - smooth));
        self.smooth = Some(smooth);
        self.recent.push(smooth);
        self.current = self.current.min(smooth);
        self.heard += 1;
        if self.heard.is_multiple_of(FLOOR_BLOCK) {
            self.blocks.push(self.current);
            self.current = f32::INFINITY;
        }
    }

    /// The newest `ticks` are no measure of anything.
    fn mask_last(&mut self, ticks: usize) {
        let floor = self.least();
        self.recent.change_last(ticks, |level| *level = level.min(floor));
        self.smooth = None;
    }

    fn least(&self) -> f32 {
        self.blocks.iter().copied().fold(self.current, f32::min)
    }

    fn is_exceeded(&self) -> bool {
        let floor = self.least();
        let level = self.recent.iter().copied().fold(0.0, f32::max);
        self.heard < FLOOR_KNOWN || level > ABOVE_FLOOR * floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    #[test]
    fn a_steady_level_is_below_the_floor_gate_and_a_rise_above_it() {
        let mut floor = Floor::new();
        let steady = noise(5, 160 * 500);
        steady.chunks(160).for_each(|tick| floor.push(tick));
        assert!(!floor.is_exceeded());
        let louder: Vec<f32> = steady.iter().map(|x| 4.0 * x).collect();
        louder.chunks(160).take(20).for_each(|tick| floor.push(tick));
        assert!(floor.is_exceeded());
        louder.chunks(160).take(400).for_each(|tick| floor.push(tick));
        assert!(!floor.is_exceeded());
    }

    #[test]
    fn thresholds_that_contradict_each_other_are_refused() {
        for (enter, leave) in [(0.3, 0.5), (1.0, 0.5), (0.5, 0.0), (f32::NAN, 0.1)] {
            assert!(Vad::new(VadConfig { enter, leave }).is_err());
        }
    }
}
