//! F0 columns of a window's features.

use crate::pitch::{Candidates, PITCH_FRAME, PitchAnalyzer};
use crate::segment::TICK;
use crate::track::{Pitch, PitchTracker};
use undertone_signal::FrontEnd;

/// Reference F0 of the semitones in a window's features, in hertz.
const ZERO_HZ: f32 = 100.0;

/// Appends F0 to the bands of each frame: `mel` is row-major `[frames, mels]`, of
/// `contour` the last counts for the last frame. Frames before the contour's first
/// are unvoiced. Gives `mel` back if the front end has no [`FrontEnd::pitch`].
pub fn with_pitch(front_end: &FrontEnd, mel: Vec<f32>, contour: &[Pitch]) -> Vec<f32> {
    if !front_end.pitch {
        return mel;
    }
    let frames = mel.len() / front_end.mels;
    let missing = frames.saturating_sub(contour.len());
    let contour = &contour[contour.len().saturating_sub(frames)..];
    let pitches = std::iter::repeat_n(&Pitch { hz: 0.0, periodicity: 0.0 }, missing).chain(contour);
    let mut features = Vec::with_capacity(frames * front_end.columns());
    for (bands, pitch) in mel.chunks_exact(front_end.mels).zip(pitches) {
        features.extend_from_slice(bands);
        features.extend(columns(*pitch));
    }
    features
}

/// Semitones above 100 Hz and periodicity; both 0 where unvoiced.
fn columns(pitch: Pitch) -> [f32; 2] {
    if pitch.is_voiced() {
        // A periodicity of 0 would say that there is no F0.
        [12.0 * (pitch.hz / ZERO_HZ).log2(), pitch.periodicity.clamp(0.01, 1.0)]
    } else {
        [0.0; 2]
    }
}

/// F0 of a whole clip, computed window by window like in a lane.
#[derive(Debug)]
pub struct ClipPitch {
    candidates: Vec<Candidates>,
    tracker: PitchTracker,
}

impl ClipPitch {
    /// Analyses `samples`, 16 kHz.
    pub fn new(front_end: &FrontEnd, samples: &[f32]) -> Self {
        let mut analyzer = PitchAnalyzer::new();
        // A lane's newest mel frame begins a frame, in whole ticks, before now.
        let now = front_end.frame.div_ceil(TICK) * TICK;
        let frames = (samples.len() + TICK).saturating_sub(front_end.frame) / TICK;
        let candidates = (0..frames).map(|k| {
            let end = (k * TICK + now).min(samples.len());
            analyzer.analyze(&samples[end.saturating_sub(PITCH_FRAME)..end])
        });
        Self { candidates: candidates.collect(), tracker: PitchTracker::default() }
    }

    /// F0 of `frames` mel frames from the `start`th of the clip on; unvoiced where
    /// the clip has not begun or has ended.
    pub fn contour(&mut self, start: isize, frames: usize) -> Vec<Pitch> {
        let silent = Candidates::default();
        let at = |i: usize| start.checked_add_unsigned(i).and_then(|i| usize::try_from(i).ok());
        let window =
            (0..frames).map(|i| at(i).and_then(|i| self.candidates.get(i)).unwrap_or(&silent));
        let mut contour = Vec::with_capacity(frames);
        self.tracker.track(window, &mut contour);
        contour
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::vowel;
    use crate::{Door, LaneAnalyzer, LaneConfig, LaneOutput, LogMel};

    const FRONT_END: FrontEnd = FrontEnd { pitch: true, ..FrontEnd::TELEPHONE };

    #[test]
    fn a_clip_has_the_pitch_of_the_lane_that_hears_it() {
        let f0 = |n: usize| 140.0 + 60.0 * n as f32 / 48_000.0;
        let mut samples = vowel(f0, 48_000, 0.0, 7_000.0);
        for (n, x) in samples.iter_mut().enumerate() {
            *x *= 0.55 - 0.45 * (n as f32 / 16_000.0 * 4.0 * std::f32::consts::TAU).cos();
        }
        let mut lane = LaneAnalyzer::new(LaneConfig::new(FRONT_END)).unwrap();
        let mut heard = Vec::new();
        lane.push(&samples, &mut |output| {
            if let LaneOutput::Window(window) = output {
                heard.push(window);
            }
        });
        let mut door = Door::new();
        samples.iter_mut().for_each(|x| *x = door.pass(*x));
        let last = heard.last().unwrap();
        let frames = FRONT_END.frames();
        let start = (last.span.end.samples() as usize - 480) / 160 + 1 - frames;
        let mut log_mel = LogMel::new(FRONT_END).unwrap();
        let mut mel = log_mel.magnitudes(&samples)[start * 48..][..frames * 48].to_vec();
        log_mel.normalise(&mut mel);
        let contour = ClipPitch::new(&FRONT_END, &samples).contour(start.cast_signed(), frames);
        let features = with_pitch(&FRONT_END, mel, &contour);
        assert_eq!(features.len(), last.features.len());
        let far =
            features.iter().zip(&last.features).filter(|(a, b)| (*a - *b).abs() > 1e-3).count();
        // The two trackers begin two frames apart.
        assert!(far <= 4, "{far} numbers differ");
        let voiced = features.chunks_exact(50).filter(|frame| frame[49] > 0.8).count();
        assert!(voiced > 150, "{voiced}");
    }

    #[test]
    fn what_lies_outside_of_the_clip_is_unvoiced() {
        let samples = vowel(|_| 150.0, 8_000, 0.0, 7_000.0);
        let contour = ClipPitch::new(&FRONT_END, &samples).contour(-10, 80);
        let voiced: Vec<bool> = contour.iter().map(|p| p.is_voiced()).collect();
        assert!(voiced[..10].iter().chain(&voiced[70..]).all(|v| !v));
        assert!(voiced[20..50].iter().all(|v| *v));
        let features = with_pitch(&FRONT_END, vec![1.0; 3 * 48], &contour[29..31]);
        assert_eq!((features[48], features[49]), (0.0, 0.0));
        assert!((features[98] - 12.0 * 1.5f32.log2()).abs() < 0.2 && features[99] > 0.8);
    }
}
