//! Tracks F0: from the candidates of each frame to one contour.

use crate::pitch::{Candidates, MAX_HZ, MIN_HZ};

/// Costs of Boersma (1993), per frame of 10 ms.
const VOICING_THRESHOLD: f32 = 0.45;
const SILENCE_THRESHOLD: f32 = 0.03;
const OCTAVE_JUMP: f32 = 0.35;
const VOICING_CHANGE: f32 = 0.14;
/// States of a frame: unvoiced, and one for each candidate.
const STATES: usize = 7;

/// One frame of an F0 contour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pitch {
    /// F0 in hertz; zero where unvoiced.
    pub hz: f32,
    /// Normalised autocorrelation at that period, 0 where unvoiced.
    pub periodicity: f32,
}

impl Pitch {
    /// True where there is an F0.
    pub fn is_voiced(self) -> bool {
        (MIN_HZ..=MAX_HZ).contains(&self.hz)
    }
}

/// Finds the contour of least cost through the candidates (Viterbi). Keeps its buffers, so
/// that it allocates only while contours get longer.
#[derive(Debug, Default)]
pub struct PitchTracker {
    back: Vec<[u8; STATES]>,
}

impl PitchTracker {
    /// Writes to `contour` the likeliest F0 of each of `frames`, 10 ms apart.
    pub fn track<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a Candidates> + Clone,
        contour: &mut Vec<Pitch>,
    ) {
        contour.clear();
        self.back.clear();
        let loudest = frames.clone().fold(1e-9f32, |m, f| m.max(f.peak));
        let mut scores = [f32::NEG_INFINITY; STATES];
        let mut previous: Option<&Candidates> = None;
        for frame in frames.clone() {
            scores = self.advance(previous, frame, loudest, scores);
            previous = Some(frame);
        }
        let mut state = best(&scores);
        contour.resize(self.back.len(), Pitch::default());
        for back in self.back.iter().rev().zip(contour.iter_mut().rev()) {
            let (back, pitch) = back;
            // The state for now; the candidate it stands for follows below.
            pitch.hz = state as f32;
            state = usize::from(back[state]);
        }
        for (pitch, frame) in contour.iter_mut().zip(frames) {
            let state = pitch.hz as usize;
            *pitch = match state.checked_sub(1).and_then(|i| frame.as_slice().get(i)) {
                Some(candidate) => {
                    Pitch { hz: candidate.hz, periodicity: candidate.periodicity.max(0.0) }
                }
                None => Pitch::default(),
            };
        }
    }

    fn advance(
        &mut self,
        previous: Option<&Candidates>,
        frame: &Candidates,
        loudest: f32,
        scores: [f32; STATES],
    ) -> [f32; STATES] {
        let mut next = [f32::NEG_INFINITY; STATES];
        let mut back = [0u8; STATES];
        for (to, (next, back)) in next.iter_mut().zip(&mut back).enumerate() {
            let Some(local) = local_score(frame, to, loudest) else { break };
            let Some(previous) = previous else {
                *next = local;
                continue;
            };
            let come_from = |from: usize| scores[from] - transition(previous, from, frame, to);
            for from in 0..=previous.as_slice().len() {
                let score = come_from(from) + local;
                if score > *next {
                    (*next, *back) = (score, from as u8);
                }
            }
        }
        self.back.push(back);
        next
    }
}

fn best(scores: &[f32; STATES]) -> usize {
    (0..STATES).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0)
}

/// Local score of `state`; `None` if the frame has no such state.
fn local_score(frame: &Candidates, state: usize, loudest: f32) -> Option<f32> {
    match state.checked_sub(1) {
        None => {
            let quiet = frame.peak / loudest * (1.0 + VOICING_THRESHOLD) / SILENCE_THRESHOLD;
            Some(VOICING_THRESHOLD + (2.0 - quiet).max(0.0))
        }
        Some(index) => frame.as_slice().get(index).map(|c| c.strength),
    }
}

fn transition(previous: &Candidates, from: usize, frame: &Candidates, to: usize) -> f32 {
    let octave = |frame: &Candidates, state: usize| {
        state.checked_sub(1).and_then(|i| frame.as_slice().get(i)).map(|c| c.octave)
    };
    match (octave(previous, from), octave(frame, to)) {
        (Some(a), Some(b)) => OCTAVE_JUMP * (a - b).abs(),
        (None, None) => 0.0,
        _ => VOICING_CHANGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pitch::{PITCH_FRAME, PitchAnalyzer};
    use crate::testing::{noise, vowel};

    fn contour(samples: &[f32]) -> Vec<Pitch> {
        let mut analyzer = PitchAnalyzer::new();
        let frames: Vec<Candidates> =
            samples.windows(PITCH_FRAME).step_by(160).map(|f| analyzer.analyze(f)).collect();
        let mut contour = Vec::new();
        PitchTracker::default().track(frames.iter(), &mut contour);
        contour
    }

    #[test]
    fn a_glide_is_followed_without_octave_jumps_even_over_the_telephone() {
        let f0 = |n: usize| 110.0 + 190.0 * n as f32 / 16_000.0;
        for (low, high) in [(0.0, 7_000.0), (300.0, 3_400.0)] {
            for (i, pitch) in contour(&vowel(f0, 16_000, low, high)).iter().enumerate() {
                let want = f0(i * 160 + PITCH_FRAME / 2);
                assert!((pitch.hz / want - 1.0).abs() < 0.03, "{want} from {low} Hz: {}", pitch.hz);
            }
        }
    }

    #[test]
    fn noise_and_silence_are_unvoiced() {
        let voiced = |samples: &[f32]| {
            let contour = contour(samples);
            contour.iter().filter(|p| p.is_voiced()).count() as f32 / contour.len() as f32
        };
        assert!(voiced(&noise(3, 32_000)) < 0.05);
        assert!(voiced(&vec![0.0; 16_000]) == 0.0);
        assert!(contour(&[]).is_empty());
    }

    #[test]
    fn a_vowel_between_silences_is_voiced_only_there() {
        let mut samples = vec![0.0; 8_000];
        samples.extend(vowel(|_| 200.0, 8_000, 0.0, 7_000.0));
        samples.extend(vec![0.0; 8_000]);
        for (x, n) in samples.iter_mut().zip(noise(1, 24_000)) {
            *x += 1e-4 * n;
        }
        let contour = contour(&samples);
        let voiced = |at: usize| contour[(at - PITCH_FRAME / 2) / 160].is_voiced();
        assert!(!voiced(4_000) && voiced(12_000) && !voiced(20_000));
    }
}
