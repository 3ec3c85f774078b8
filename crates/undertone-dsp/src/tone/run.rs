//! Frames in a row that hold the same steady tone.

use super::lines::{Line, Lines};
use super::{FRAME_TICKS, dtmf};

/// Share of a frame's power that one line, or two, must have.
const PURE: f32 = 0.97;
/// The same to stay in a run that is known to be a tone.
const STILL_PURE: f32 = 0.93;
/// The same where the two lines are those of a key: people press keys in noise.
const PURE_KEY: f32 = 0.85;
/// Share of the second line from which there are two.
const TWO: f32 = 0.03;
/// Power a frame may lose to the loudest of its run: 8 dB down, the tone is over.
const FADED: f32 = 0.16;
/// Voices have no lone line above this frequency, in hertz.
const NO_VOICE_HZ: f32 = 640.0;
/// Below this nothing is called a tone: it may be a voice with hardly any overtones, and
/// no exchange sends it.
const LOWEST_HZ: f32 = 335.0;

/// A run of frames with the same lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Frames so far.
    pub(super) frames: u32,
    /// What the newest frame holds.
    pub(super) low: Line,
    pub(super) high: Option<Line>,
    /// Range of the lower line so far, in hertz.
    range: (f32, f32),
    strongest: f32,
}

impl Run {
    /// Starts with a frame that may be part of a tone.
    pub(super) fn start(lines: &Lines) -> Option<Self> {
        let (low, high) = pair(lines);
        let pure = lines.first.share + high.map_or(0.0, |_| lines.second.share);
        let key = high.is_some_and(|high| dtmf::is_pair(low.hz, high.hz));
        if pure < if key { PURE_KEY } else { PURE } || low.hz < LOWEST_HZ {
            return None;
        }
        Some(Self { frames: 1, low, high, range: (low.hz, low.hz), strongest: lines.power })
    }

    /// Takes in the next frame; false if it is not of this run.
    pub(super) fn takes(&mut self, lines: &Lines) -> bool {
        let (low, high) = pair(lines);
        let pure = lines.first.share + high.map_or(0.0, |_| lines.second.share);
        let least = if self.is_key() { PURE_KEY } else { STILL_PURE };
        let same = match (self.high, high) {
            (Some(mine), Some(theirs)) => near(mine.hz, theirs.hz) && near(self.low.hz, low.hz),
            (None, None) => near(self.low.hz, low.hz),
            _ => false,
        };
        if pure < least || !same || lines.power < FADED * self.strongest {
            return false;
        }
        self.frames += 1;
        (self.low, self.high) = (low, high);
        self.range = (self.range.0.min(low.hz), self.range.1.max(low.hz));
        self.strongest = self.strongest.max(lines.power);
        true
    }

    /// Whether it is a tone and no voice. A pair that no throat makes is known at once;
    /// what a voice could make for a moment has to stand longer, and stiller.
    pub(super) fn is_tone(&self) -> bool {
        let middle = 0.5 * (self.range.0 + self.range.1);
        let wobble = (self.range.1 - self.range.0) / middle;
        let (frames, still) = if self.is_key() {
            (3, 0.02)
        } else if self.low.hz > NO_VOICE_HZ && !self.is_harmonic() {
            (5, 0.012)
        } else {
            (15, 0.006)
        };
        self.frames >= frames && wobble <= still
    }

    pub(super) fn is_key(&self) -> bool {
        self.high.is_some_and(|high| dtmf::is_pair(self.low.hz, high.hz))
    }

    /// No longer than a frame, and two lines: the end of one tone and the start of another.
    pub(super) fn is_seam(&self) -> bool {
        self.high.is_some() && self.frames <= FRAME_TICKS + 1 && !self.is_key()
    }

    /// Two lines that may be neighbours among the harmonics of one voice.
    fn is_harmonic(&self) -> bool {
        let Some(high) = self.high else { return false };
        let ratio = high.hz / self.low.hz;
        [2.0, 3.0, 1.5, 4.0 / 3.0].iter().any(|whole| (ratio / whole - 1.0).abs() < 0.02)
    }
}

/// One line or two, the lower first.
fn pair(lines: &Lines) -> (Line, Option<Line>) {
    if lines.second.share < TWO {
        return (lines.first, None);
    }
    let (low, high) = lines.sorted();
    (low, Some(high))
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() < 8.0f32.max(0.012 * a)
}
