//! The last mel frames of a lane and the features of the window they make.

use crate::DspError;
use crate::history::History;
use crate::logmel::{LogMel, level};
use crate::mel::centre_hz;
use undertone_signal::FrontEnd;

/// Where the first formants of vowels lie: the intensity of this band follows
/// syllables, that of the whole also hiss and hum.
const VOWEL_HZ: std::ops::Range<f64> = 300.0..2_800.0;

/// Mel frames computed once each and kept as long as a window needs them.
pub(crate) struct MelTrack {
    log_mel: LogMel,
    /// Ring of `frames` rows of `mels` numbers.
    rows: Vec<f32>,
    levels: Vec<f32>,
    sorted: Vec<f32>,
    padded: Vec<f32>,
    /// Row that the next frame goes to.
    next: usize,
    vowels: std::ops::Range<usize>,
}

impl MelTrack {
    /// A track that has heard silence so far.
    pub(crate) fn new(front_end: FrontEnd) -> Result<Self, DspError> {
        let log_mel = LogMel::new(front_end)?;
        let frames = front_end.frames();
        let bands = |hz: f64| (0..front_end.mels).take_while(|b| centre_hz(*b) < hz).count();
        Ok(Self {
            log_mel,
            rows: vec![0.0; frames * front_end.mels],
            levels: vec![0.0; frames],
            sorted: vec![0.0; frames],
            padded: vec![0.0; front_end.frame],
            next: 0,
            vowels: bands(VOWEL_HZ.start)..bands(VOWEL_HZ.end),
        })
    }

    /// Samples from the end of the newest frame back to the start of the one before
    /// the stream's beginning: what a step looks at.
    pub(crate) fn reach(&self) -> u64 {
        self.log_mel.front_end().frame as u64 + self.log_mel.front_end().hop as u64
    }

    /// Computes the newest frame that lies before the end of `history`, a whole
    /// number of hops; before its start all is silent. Returns the frame's power in
    /// the vowels' band.
    pub(crate) fn step(&mut self, history: &History) -> f32 {
        let FrontEnd { frame, hop, mels, .. } = *self.log_mel.front_end();
        // Frames start at whole hops, also when a frame is not a whole number of them.
        let back = (frame.div_ceil(hop) * hop) as u64;
        let now = history.end();
        let end = (now + frame as u64).saturating_sub(back);
        let samples = history.range(now.saturating_sub(back), end);
        self.padded.fill(0.0);
        self.padded[frame - samples.len().min(frame)..].copy_from_slice(samples);
        let row = &mut self.rows[self.next * mels..][..mels];
        self.log_mel.magnitude(&self.padded, row);
        self.levels[self.next] = level(row);
        self.next = (self.next + 1) % self.levels.len();
        row[self.vowels.clone()].iter().map(|x| x * x).sum()
    }

    /// Makes the newest `count` frames silent.
    pub(crate) fn silence_last(&mut self, count: usize) {
        let (frames, mels) = (self.levels.len(), self.log_mel.front_end().mels);
        for back in 1..=count.min(frames) {
            let place = (self.next + frames - back) % frames;
            self.levels[place] = 0.0;
            self.rows[place * mels..][..mels].fill(0.0);
        }
    }

    /// Features of the window that ends now.
    pub(crate) fn features(&mut self) -> Vec<f32> {
        let (newer, older) = self.rows.split_at(self.next * self.log_mel.front_end().mels);
        let mut features = [older, newer].concat();
        self.sorted.copy_from_slice(&self.levels);
        self.log_mel.normalise_with(&mut features, &mut self.sorted);
        features
    }
}
