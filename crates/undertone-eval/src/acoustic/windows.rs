//! The voiced part of a clip, and the windows over it.

use std::ops::Range;
use undertone_dsp::LogMel;
use undertone_signal::FrontEnd;

/// Frames from one window to the next: 250 ms at 10 ms a frame, as live.
const HOP: usize = 25;
/// A frame is voice if it has this share of the amplitude of the clip's loud frames
/// (26 dB below them).
const FLOOR: f32 = 0.05;
/// Frames kept on each side of the voice.
const MARGIN: usize = 4;

/// The frames of a clip from its first voiced frame to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VoicedPart {
    first: usize,
    /// One past the last.
    end: usize,
}

impl VoicedPart {
    /// The voiced part of clean `samples`. By level, not by VAD, because the labels
    /// are also about sobs, shouts and laughter. The training code trims in the same
    /// way.
    pub(super) fn of(log_mel: &mut LogMel, samples: &[f32]) -> Self {
        let mels = log_mel.front_end().mels;
        let levels: Vec<f32> = log_mel
            .magnitudes(samples)
            .chunks_exact(mels)
            .map(|frame| frame.iter().map(|x| x * x).sum::<f32>().sqrt())
            .collect();
        Self::of_levels(&levels)
    }

    fn of_levels(levels: &[f32]) -> Self {
        let mut sorted = levels.to_vec();
        sorted.sort_by(f32::total_cmp);
        let loud = sorted.get((0.95 * levels.len().saturating_sub(1) as f64) as usize);
        let threshold = FLOOR * loud.copied().unwrap_or_default();
        let first = levels.iter().position(|&level| level > threshold);
        let last = levels.iter().rposition(|&level| level > threshold);
        match (first, last) {
            (Some(first), Some(last)) => Self {
                first: first.saturating_sub(MARGIN),
                end: levels.len().min(last + 1 + MARGIN),
            },
            _ => Self { first: 0, end: levels.len() },
        }
    }

    /// The same part in samples of a clip of `len` samples.
    pub(super) fn samples(self, front_end: &FrontEnd, len: usize) -> Range<usize> {
        let end = (self.end * front_end.hop + front_end.frame).min(len);
        (self.first * front_end.hop).min(end)..end
    }

    /// First frame of each window of `frames` frames over a clip of `total` frames;
    /// negative where a window begins before the clip.
    fn starts(self, total: usize, frames: usize) -> Vec<isize> {
        if self.end - self.first > frames {
            return (self.first..=self.end - frames).step_by(HOP).map(usize::cast_signed).collect();
        }
        let middle = (self.first + self.end).cast_signed() - frames.cast_signed();
        let spare = total.cast_signed() - frames.cast_signed();
        vec![middle.div_euclid(2).clamp(spare.min(0), spare.max(0))]
    }
}

/// Windows of the mel magnitudes `mel`, row-major `[_, mels]`, over the voiced part,
/// each with the frame of the clip that it begins at.
pub(super) fn cut(front_end: &FrontEnd, mel: &[f32], voiced: VoicedPart) -> Vec<(isize, Vec<f32>)> {
    let (frames, mels) = (front_end.frames(), front_end.mels);
    let total = mel.len() / mels;
    let window = |start: isize| {
        let mut window = vec![0.0; frames * mels];
        let from = start.max(0) as usize;
        let to = (start + frames.cast_signed()).clamp(0, total.cast_signed()) as usize;
        if from < to {
            let at = (from.cast_signed() - start) as usize * mels;
            window[at..at + (to - from) * mels].copy_from_slice(&mel[from * mels..to * mels]);
        }
        (start, window)
    };
    voiced.starts(total, frames).into_iter().map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(quiet: usize, loud: usize, after: usize) -> Vec<f32> {
        [vec![0.01; quiet], vec![1.0; loud], vec![0.01; after]].concat()
    }

    #[test]
    fn silence_around_the_voice_is_left_out() {
        let voiced = VoicedPart::of_levels(&levels(100, 50, 30));
        assert_eq!(voiced, VoicedPart { first: 96, end: 154 });
        let all = VoicedPart::of_levels(&[0.0; 7]);
        assert_eq!(all, VoicedPart { first: 0, end: 7 });
        assert_eq!(VoicedPart::of_levels(&[]), VoicedPart { first: 0, end: 0 });
    }

    #[test]
    fn a_long_clip_has_a_window_every_quarter_second() {
        let voiced = VoicedPart { first: 10, end: 270 };
        assert_eq!(voiced.starts(400, 198), [10, 35, 60]);
    }

    #[test]
    fn a_short_clip_stands_in_the_middle_of_one_window() {
        // Enough recording around it: real sound on both sides.
        assert_eq!(VoicedPart { first: 100, end: 200 }.starts(400, 198), [51]);
        // Not enough: silence on both sides, never more than needed.
        assert_eq!(VoicedPart { first: 0, end: 50 }.starts(50, 198), [-74]);
        assert_eq!(VoicedPart { first: 40, end: 50 }.starts(50, 198), [-54]);
        assert_eq!(VoicedPart { first: 0, end: 0 }.starts(0, 198), [-99]);
    }

    #[test]
    fn what_a_clip_lacks_is_silent() {
        let front_end = FrontEnd {
            window: 640,
            frame: 320,
            mels: 2,
            level_ref: 1.0,
            level_floor: 1e-5,
            ..FrontEnd::TELEPHONE
        };
        assert_eq!(front_end.frames(), 3);
        let windows = cut(&front_end, &[1.0, 2.0], VoicedPart { first: 0, end: 1 });
        assert_eq!(windows, [(-1, vec![0.0, 0.0, 1.0, 2.0, 0.0, 0.0])]);
    }
}
