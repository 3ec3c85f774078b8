//! What the voice did lately, assembled from 10 ms frames.

use crate::cycles::Cycles;
use crate::nuclei;
use crate::pitch::{Candidates, PITCH_FRAME, PitchAnalyzer};
use crate::ring::Ring;
use crate::segment::TICK;
use crate::track::{Pitch, PitchTracker};
use undertone_signal::{Prosody, SAMPLE_RATE};

/// Frames of 10 ms that most measures look at: the last second.
const RECENT: usize = 100;
/// Frames the syllable rate looks at: two seconds, since a second holds only
/// three to six syllables and one more or less would be all the resolution.
const RATE_FRAMES: usize = 200;
/// Voiced frames without which F0 is not judged.
const MIN_VOICED: usize = 8;
/// Speech frames without which loudness is not judged.
const MIN_SPEECH: usize = 10;
/// Speech frames without which a rate says nothing.
const MIN_RATE_SPEECH: usize = 60;
/// Periodicity without which cycles are not compared.
const VOICED: f32 = 0.45;
/// Frames more than 30 dB below the loudest of the stretch are the end of a breath
/// or the late answer of the voice activity, whatever it says.
const FAINT: f32 = 1e-3;
/// Power below which a frame is silent, in dB.
const SILENCE_DB: f32 = -120.0;

/// What is known of 10 ms of audio.
#[derive(Debug, Clone, Copy)]
struct Moment {
    speech: bool,
    power: f32,
    vowel_db: f32,
    roughness: Option<f32>,
    pitch: Candidates,
}

impl Moment {
    /// Nothing to be heard.
    fn silent() -> Self {
        Self {
            speech: false,
            power: 0.0,
            vowel_db: SILENCE_DB,
            roughness: None,
            pitch: Candidates::default(),
        }
    }
}

/// The prosody of one lane, built up frame by frame.
pub struct ProsodyTrack {
    analyzer: PitchAnalyzer,
    tracker: PitchTracker,
    moments: Ring<Moment>,
    contour: Vec<Pitch>,
    values: Vec<f32>,
    smooth: Vec<f32>,
}

impl Default for ProsodyTrack {
    fn default() -> Self {
        Self::new()
    }
}

impl ProsodyTrack {
    /// Samples of the past that each step looks at.
    pub const FRAME: usize = PITCH_FRAME;

    /// A track that has heard nothing yet.
    pub fn new() -> Self {
        Self {
            analyzer: PitchAnalyzer::new(),
            tracker: PitchTracker::default(),
            moments: Ring::new(RATE_FRAMES),
            contour: Vec::with_capacity(RATE_FRAMES),
            values: Vec::with_capacity(RATE_FRAMES),
            smooth: Vec::with_capacity(RATE_FRAMES),
        }
    }

    /// Possible periods of `frame`, the last [`Self::FRAME`] samples or, at the
    /// start, fewer.
    pub fn analyze(&mut self, frame: &[f32]) -> Candidates {
        self.analyzer.analyze(frame)
    }

    /// Takes in 10 ms: the same `frame`, whose last 160 samples are new, what
    /// [`Self::analyze`] said of it, whether the new samples are speech, and the
    /// power in the band where vowels lie, on any scale.
    pub fn push(&mut self, frame: &[f32], pitch: Candidates, speech: bool, vowel_power: f32) {
        let rough = |hz: f32| Cycles::measure(frame, SAMPLE_RATE as f32 / hz);
        let voice = pitch.best().filter(|best| speech && best.periodicity > VOICED);
        self.moments.push(Moment {
            speech,
            power: power(&frame[frame.len().saturating_sub(TICK)..]),
            vowel_db: decibels(vowel_power),
            roughness: voice.and_then(|best| rough(best.hz)).map(Cycles::roughness),
            pitch,
        });
    }

    /// Power of each bin of the spectrum of what [`Self::analyze`] saw last.
    pub(crate) fn power(&self) -> &[f32] {
        self.analyzer.power()
    }

    /// Takes in 10 ms that are known to be no voice.
    pub(crate) fn push_silence(&mut self) {
        self.moments.push(Moment::silent());
    }

    /// The newest `count` frames have turned out to be no voice.
    pub(crate) fn silence_last(&mut self, count: usize) {
        self.moments.change_last(count, |moment| *moment = Moment::silent());
    }

    /// F0 of the last `count` frames, oldest first, the newest centred 23 ms ago.
    pub fn contour(&mut self, count: usize) -> &[Pitch] {
        self.tracker.track(self.moments.iter().map(|m| &m.pitch), &mut self.contour);
        self.tracked(count)
    }

    /// As [`Self::contour`], as it was when that or [`Self::prosody`] was last called.
    pub(crate) fn tracked(&self, count: usize) -> &[Pitch] {
        &self.contour[self.contour.len().saturating_sub(count)..]
    }

    /// Prosody of the last second.
    pub fn prosody(&mut self) -> Prosody {
        self.contour(0);
        let (f0_hz, f0_range_st) = self.f0();
        Prosody {
            f0_hz,
            f0_range_st,
            loudness_db: self.loudness(),
            rate_hz: self.rate(),
            roughness: self.roughness(),
        }
    }

    /// Whether a moment is speech, and not so faint that it tells nothing.
    fn spoken(&self) -> impl Fn(&Moment) -> bool + use<> {
        let loudest = self.moments.iter().filter(|m| m.speech).fold(0.0, |l, m| m.power.max(l));
        move |moment| moment.speech && moment.power >= FAINT * loudest
    }

    /// Each spoken moment of the last second with its F0.
    fn recent(&self) -> impl Iterator<Item = (&Moment, &Pitch)> {
        let skip = self.contour.len().saturating_sub(RECENT);
        let spoken = self.spoken();
        self.moments.iter().zip(&self.contour).skip(skip).filter(move |(m, _)| spoken(m))
    }

    fn f0(&mut self) -> (Option<f32>, Option<f32>) {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        values.extend(self.recent().filter(|(_, p)| p.is_voiced()).map(|(_, p)| p.hz));
        values.sort_unstable_by(f32::total_cmp);
        let median = percentile(&values, 0.5).filter(|_| values.len() >= MIN_VOICED);
        // Within a second no voice leaves its middle by an octave; mistakes do.
        values.retain(|hz| median.is_some_and(|m| (0.5 * m..2.0 * m).contains(hz)));
        let ends = median.and(percentile(&values, 0.9)).zip(percentile(&values, 0.1));
        self.values = values;
        (median, ends.map(|(high, low)| 12.0 * (high / low).log2()))
    }

    fn loudness(&self) -> Option<f32> {
        let count = self.recent().count();
        let mean = self.recent().map(|(m, _)| m.power).sum::<f32>() / count.max(1) as f32;
        (count >= MIN_SPEECH).then(|| decibels(mean))
    }

    fn rate(&mut self) -> Option<f32> {
        let spoken = self.spoken();
        let speech = self.moments.iter().filter(|m| spoken(m)).count();
        if speech < MIN_RATE_SPEECH {
            return None;
        }
        self.values.clear();
        self.values.extend(self.moments.iter().map(|m| m.vowel_db));
        let voiced = |at: usize| {
            let near = at.saturating_sub(2)..(at + 3).min(self.contour.len());
            self.contour[near].iter().any(|p| p.is_voiced())
        };
        let nuclei = nuclei::count(&self.values, voiced, &mut self.smooth);
        Some(nuclei as f32 * 100.0 / speech as f32)
    }

    fn roughness(&mut self) -> Option<f32> {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        let voiced = self.recent().filter(|(_, p)| p.is_voiced());
        values.extend(voiced.filter_map(|(m, _)| m.roughness));
        values.sort_unstable_by(f32::total_cmp);
        let median = percentile(&values, 0.5).filter(|_| values.len() >= MIN_VOICED);
        self.values = values;
        median
    }
}

/// The value below which `share` of the sorted `values` lie.
fn percentile(values: &[f32], share: f32) -> Option<f32> {
    let last = values.len().checked_sub(1)?;
    values.get((share * last as f32).round() as usize).copied()
}

/// Mean power of `samples` around their mean, so that an offset is not loud.
fn power(samples: &[f32]) -> f32 {
    let count = samples.len().max(1) as f32;
    let mean = samples.iter().sum::<f32>() / count;
    samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count
}

fn decibels(power: f32) -> f32 {
    (10.0 * power.max(1e-30).log10()).max(SILENCE_DB)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::vowel;

    fn prosody(samples: &[f32], speech: bool) -> Prosody {
        let mut track = ProsodyTrack::new();
        for end in (160..=samples.len()).step_by(160) {
            let newest = &samples[end - 160..end];
            let frame = &samples[end.saturating_sub(ProsodyTrack::FRAME)..end];
            let pitch = track.analyze(frame);
            track.push(frame, pitch, speech, power(newest));
        }
        track.prosody()
    }

    #[test]
    fn a_monotone_voice_has_its_f0_no_range_and_little_roughness() {
        let measured = prosody(&vowel(|_| 150.0, 24_000, 0.0, 7_000.0), true);
        assert!((measured.f0_hz.unwrap() / 150.0 - 1.0).abs() < 0.01);
        assert!(measured.f0_range_st.unwrap() < 0.2);
        assert!(measured.roughness.unwrap() < 0.2);
    }

    #[test]
    fn a_glide_has_the_range_it_covers() {
        // An octave in a second: ten to ninety per cent of it are 9.6 semitones.
        let f0 = |n: usize| 120.0 * 2.0f32.powf(n as f32 / 16_000.0 - 0.5);
        let range = prosody(&vowel(f0, 24_000, 300.0, 3_400.0), true).f0_range_st.unwrap();
        assert!((range - 9.6).abs() < 0.5, "{range}");
    }

    #[test]
    fn loudness_is_that_of_the_wave_in_db_full_scale() {
        let sine: Vec<f32> = (0..16_000).map(|n| 0.1 + 0.1 * (n as f32 * 0.5).sin()).collect();
        let loudness = prosody(&sine, true).loudness_db.unwrap();
        assert!((loudness + 23.0).abs() < 0.3, "{loudness}");
    }

    #[test]
    fn syllables_are_counted_per_second() {
        let mut samples = vowel(|_| 140.0, 32_000, 0.0, 7_000.0);
        for (n, x) in samples.iter_mut().enumerate() {
            *x *= 0.55 - 0.45 * (n as f32 / 16_000.0 * 4.0 * std::f32::consts::TAU).cos();
        }
        let rate = prosody(&samples, true).rate_hz.unwrap();
        assert!((rate - 4.0).abs() < 0.6, "{rate}");
    }

    #[test]
    fn without_speech_nothing_is_claimed() {
        let hum = vowel(|_| 150.0, 24_000, 0.0, 7_000.0);
        assert_eq!(prosody(&hum, false), Prosody::default());
        assert_eq!(prosody(&[], true), Prosody::default());
    }
}
