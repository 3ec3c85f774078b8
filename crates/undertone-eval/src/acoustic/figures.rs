//! The figures of a set of scored clips.

use crate::manifest::Entry;
use crate::metrics::{Confusion, auc, calibration_error, median};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use undertone_signal::Tone;

/// Number of neutral clips in a speaker's baseline.
pub(super) const BASELINE_CLIPS: usize = 6;
/// Bins of the calibration error.
const BINS: usize = 15;
/// Added to probabilities before their logarithm, as fusion does: below it they
/// are noise.
const FLOOR: f64 = 1e-4;
/// The tones compared across corpora.
const FOUR: [Tone; 4] = [Tone::Neutral, Tone::Angry, Tone::Happy, Tone::Sad];

/// A clip and the model's output for it.
#[derive(Debug, Clone, Copy)]
pub struct ClipScore<'a> {
    /// The clip.
    pub entry: &'a Entry,
    /// Probability of each tone in the order of [`Tone::ALL`].
    pub probabilities: [f64; Tone::ALL.len()],
}

impl ClipScore<'_> {
    /// The likeliest of `tones`, the first of equals.
    fn answer(&self, tones: &[Tone]) -> Tone {
        let mut best = tones[0];
        for &tone in tones {
            if self.of(tone) > self.of(best) {
                best = tone;
            }
        }
        best
    }

    fn of(&self, tone: Tone) -> f64 {
        self.probabilities[tone.index()]
    }

    /// Log-probability of anger minus the mean over all tones: the score that AUC is
    /// computed from.
    fn anger(&self) -> f64 {
        let log = |tone| (self.of(tone) + FLOOR).ln();
        let mean = Tone::ALL.into_iter().map(log).sum::<f64>() / Tone::ALL.len() as f64;
        log(Tone::Angry) - mean
    }
}

/// The figures. One is `None` where the clips do not allow it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Clips measured.
    pub clips: usize,
    /// Speakers in them.
    pub speakers: usize,
    /// Unweighted average recall over the tones that occur.
    pub uar: Option<f64>,
    /// The same over neutral, angry, happy and sad clips, with these four answers only.
    pub uar_four: Option<f64>,
    /// Mean F1 over the tones that occur.
    pub macro_f1: Option<f64>,
    /// AUC of angry against neutral and calm clips, by the log-probability of anger
    /// minus the mean over all tones.
    pub anger_auc: Option<f64>,
    /// The same minus each speaker's baseline: the median of the first six neutral or
    /// calm clips. Speakers without such clips are skipped.
    pub anger_auc_baseline: Option<f64>,
    /// Expected calibration error of the likeliest tone, 15 bins.
    pub ece: Option<f64>,
    /// Recall of each tone that occurs.
    pub recall: BTreeMap<Tone, f64>,
    /// `confusion[truth][answer]`, in the order of [`Tone::ALL`].
    pub confusion: Confusion,
}

impl Figures {
    /// The figures of `clips`, in the order of their manifest.
    pub fn of(clips: &[ClipScore]) -> Self {
        let answers = clips.iter().map(|clip| (clip.entry.tone, clip.answer(&Tone::ALL)));
        let confusion = Confusion::count(answers);
        let four = clips.iter().filter(|clip| FOUR.contains(&clip.entry.tone));
        let four = Confusion::count(four.map(|clip| (clip.entry.tone, clip.answer(&FOUR))));
        let (plain, baseline) = (anger_auc(clips, |_| Some(0.0)), baselines(clips));
        let recall = |tone| confusion.recall(tone).map(|recall| (tone, recall));
        Self {
            clips: clips.len(),
            speakers: clips.iter().map(|clip| &clip.entry.speaker).collect::<BTreeSet<_>>().len(),
            uar: confusion.uar(),
            uar_four: four.uar(),
            macro_f1: confusion.macro_f1(),
            anger_auc: plain,
            anger_auc_baseline: anger_auc(clips, |speaker| baseline.get(speaker).copied()),
            ece: calibration_error(&clips.iter().map(confidence).collect::<Vec<_>>(), BINS),
            recall: Tone::ALL.into_iter().filter_map(recall).collect(),
            confusion,
        }
    }
}

fn confidence(clip: &ClipScore) -> (f64, bool) {
    let answer = clip.answer(&Tone::ALL);
    (clip.of(answer), answer == clip.entry.tone)
}

/// Median anger score of each speaker's first neutral or calm clips.
fn baselines<'a>(clips: &[ClipScore<'a>]) -> BTreeMap<&'a str, f64> {
    let mut calm: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for clip in clips.iter().filter(|clip| clip.entry.is_calm()) {
        let calm = calm.entry(&clip.entry.speaker).or_default();
        if calm.len() < BASELINE_CLIPS {
            calm.push(clip.anger());
        }
    }
    calm.into_iter().filter_map(|(speaker, scores)| Some((speaker, median(&scores)?))).collect()
}

/// AUC of angry against calm, minus the speaker's value in `baseline`.
fn anger_auc(clips: &[ClipScore], baseline: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    let score = |clip: &ClipScore| Some(clip.anger() - baseline(&clip.entry.speaker)?);
    let angry = clips.iter().filter(|clip| clip.entry.tone == Tone::Angry).filter_map(score);
    let calm = clips.iter().filter(|clip| clip.entry.is_calm()).filter_map(score);
    auc(&angry.collect::<Vec<_>>(), &calm.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(speaker: &str, label: &str, tone: Tone) -> Entry {
        let (path, none) = (format!("{speaker}-{label}.wav").into(), String::new());
        let (sex, intensity) = (none.clone(), none);
        Entry { path, speaker: speaker.into(), label: label.into(), tone, sex, intensity }
    }

    /// A clip that is `angry` angry, else neutral.
    fn score(entry: &Entry, angry: f64) -> ClipScore<'_> {
        let mut probabilities = [0.0; 7];
        probabilities[Tone::Angry.index()] = angry;
        probabilities[Tone::Neutral.index()] = 1.0 - angry;
        ClipScore { entry, probabilities }
    }

    #[test]
    fn a_speakers_baseline_takes_the_speaker_out() {
        // Ben always sounds angrier than Anna, calm or not.
        let anna = [entry("anna", "calm", Tone::Neutral), entry("anna", "anger", Tone::Angry)];
        let ben = [entry("ben", "neutral", Tone::Neutral), entry("ben", "angry", Tone::Angry)];
        let clips = [
            score(&anna[0], 0.05),
            score(&anna[1], 0.4),
            score(&ben[0], 0.5),
            score(&ben[1], 0.95),
        ];
        let figures = Figures::of(&clips);
        assert_eq!(figures.anger_auc, Some(0.75));
        assert_eq!(figures.anger_auc_baseline, Some(1.0));
        assert_eq!((figures.clips, figures.speakers), (4, 2));
        // Anna's anger was missed, and Ben's calm, half one half the other, was not.
        assert_eq!(figures.recall.get(&Tone::Angry), Some(&0.5));
        assert_eq!(figures.uar, Some(0.75));
    }

    #[test]
    fn only_the_first_six_calm_clips_make_the_baseline() {
        let calm = entry("anna", "neutral", Tone::Neutral);
        let mut clips = vec![score(&calm, 0.1); 6];
        clips.extend(vec![score(&calm, 0.9); 20]);
        let expected = score(&calm, 0.1).anger();
        assert!((baselines(&clips)["anna"] - expected).abs() < 1e-12);
    }

    #[test]
    fn what_is_merely_counted_as_neutral_is_no_baseline_and_no_calm() {
        let bored = entry("anna", "bored", Tone::Neutral);
        let angry = entry("anna", "angry", Tone::Angry);
        let figures = Figures::of(&[score(&bored, 0.1), score(&angry, 0.9)]);
        assert_eq!((figures.anger_auc, figures.anger_auc_baseline), (None, None));
        assert_eq!(figures.uar, Some(1.0));
    }

    #[test]
    fn four_tones_are_compared_among_themselves() {
        let sad = entry("anna", "sad", Tone::Sad);
        let mut clip = score(&sad, 0.0);
        clip.probabilities = [0.1, 0.1, 0.1, 0.2, 0.5, 0.0, 0.0];
        let figures = Figures::of(&[clip]);
        assert_eq!((figures.uar, figures.uar_four), (Some(0.0), Some(1.0)));
    }
}
