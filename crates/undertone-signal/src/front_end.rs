//! Parameters of an acoustic model's input.

/// How a window of audio becomes the log-mel input of an acoustic model. Every weights
/// file has its own; only `undertone-dsp` computes it.
///
/// Frames of [`frame`](Self::frame) samples every [`hop`](Self::hop), periodic
/// Hann, magnitude of a real FFT of [`fft`](Self::fft) points, the lowest
/// [`mels`](Self::mels) of `YAMNet`'s 64 HTK mel bands (125–7500 Hz), level
/// normalisation, natural logarithm, shift and scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontEnd {
    /// Samples in a window.
    pub window: usize,
    /// Samples in an analysis frame.
    pub frame: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Points of the FFT, at least `frame`.
    pub fft: usize,
    /// Mel bands kept, counted from the lowest.
    pub mels: usize,
    /// Frame level to which a window's 90th percentile is normalised.
    pub level_ref: f32,
    /// Smallest frame level that is still fully amplified.
    pub level_floor: f32,
    /// Added before the logarithm.
    pub log_offset: f32,
    /// Subtracted after the logarithm.
    pub mean: f32,
    /// Divided by after that.
    pub std: f32,
    /// Whether two columns follow the bands of each frame: F0 in semitones above
    /// 100 Hz, and its periodicity, both 0 where unvoiced.
    pub pitch: bool,
}

impl FrontEnd {
    /// Two seconds in the telephone band, 125 to 3960 Hz: the input of the shipped models,
    /// without the shift and scale of each weights file.
    pub const TELEPHONE: Self = Self {
        window: 32_000,
        frame: 400,
        hop: 160,
        fft: 512,
        mels: 48,
        level_ref: 16.0,
        level_floor: 1e-3,
        log_offset: 1e-3,
        mean: 0.0,
        std: 1.0,
        pitch: false,
    };

    /// Frames in a window; no padding at either end.
    pub const fn frames(&self) -> usize {
        if self.window < self.frame { 0 } else { (self.window - self.frame) / self.hop + 1 }
    }

    /// Columns of a frame: its bands, then its pitch if the model uses it.
    pub const fn columns(&self) -> usize {
        self.mels + if self.pitch { 2 } else { 0 }
    }

    /// Length of the features of one window: frames × columns.
    pub const fn len(&self) -> usize {
        self.frames() * self.columns()
    }

    /// True if a window has no frame.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_hold_198_frames() {
        let front_end = FrontEnd { level_ref: 1.0, level_floor: 1e-5, ..FrontEnd::TELEPHONE };
        assert_eq!(front_end.frames(), 198);
        assert_eq!(front_end.len(), 198 * 48);
        assert_eq!(FrontEnd { pitch: true, ..front_end }.len(), 198 * 50);
    }
}
