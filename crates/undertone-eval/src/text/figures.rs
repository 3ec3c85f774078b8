//! Figures of scored sentences, as pure functions.

use super::ekman::{EKMAN, Ekman};
use super::manifest::{Labels, Sentence, Sentiment};
use crate::metrics::{auc, calibration_error};
use serde::Serialize;
use std::collections::BTreeMap;
use undertone_infer::TextScores;
use undertone_signal::{Emotion, SignalHit};

/// Bins of the calibration error.
const BINS: usize = 10;

/// The model's output for a sentence.
pub(super) struct Judged {
    pub(super) scores: TextScores,
    /// Signals found with the agent as the speaker; only for sentences labelled with one.
    pub(super) agent_signals: Vec<SignalHit>,
}

/// Accuracy of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Precision; `None` if the class was never predicted.
    pub precision: Option<f64>,
    /// Recall.
    pub recall: Option<f64>,
    /// Their harmonic mean, F1; 0 where none was found.
    pub f1: f64,
    /// Sentences of the class.
    pub sentences: u64,
}

/// Figures of a manifest of emotions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmotionFigures {
    /// Mean F1 over the emotions that occur, each at the model's own threshold.
    pub macro_f1: f64,
    /// Mean F1 over the Ekman groups that occur.
    pub ekman_macro_f1: f64,
    /// Calibration error of the probability of a sentence's likeliest emotion.
    pub calibration_error: f64,
    /// Each emotion that occurs.
    pub classes: BTreeMap<String, ClassFigures>,
}

/// Accuracy of a signal on sentences that carry it and on near misses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SignalFigures {
    /// Precision.
    pub precision: Option<f64>,
    /// Recall.
    pub recall: Option<f64>,
    /// Sentences that carry it.
    pub meant: u64,
    /// Its near misses.
    pub not_meant: u64,
}

/// Hits, misses and false alarms of one class.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    hits: u64,
    misses: u64,
    false_alarms: u64,
}

impl Count {
    fn of(pairs: impl Iterator<Item = (bool, bool)>) -> Self {
        pairs.fold(Self::default(), |mut count, (truth, answer)| {
            count.hits += u64::from(truth && answer);
            count.misses += u64::from(truth && !answer);
            count.false_alarms += u64::from(!truth && answer);
            count
        })
    }

    fn figures(self) -> ClassFigures {
        let either = 2 * self.hits + self.misses + self.false_alarms;
        ClassFigures {
            precision: share(self.hits, self.hits + self.false_alarms),
            recall: share(self.hits, self.hits + self.misses),
            f1: share(2 * self.hits, either).unwrap_or_default(),
            sentences: self.hits + self.misses,
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count();
    if count == 0 { 0.0 } else { values.sum::<f64>() / count as f64 }
}

/// Figures of the sentences labelled with emotions; `None` if there are none.
pub(super) fn emotion_figures(
    sentences: &[Sentence],
    judged: &[Judged],
    ekman_thresholds: &[f32; 7],
) -> Option<EmotionFigures> {
    let pairs: Vec<(&[Emotion], &TextScores)> = (sentences.iter().zip(judged))
        .filter_map(|(sentence, judged)| match &sentence.labels {
            Labels::Emotions(emotions) => Some((&emotions[..], &judged.scores)),
            _ => None,
        })
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let classes: BTreeMap<_, _> = Emotion::ALL
        .into_iter()
        .map(|emotion| {
            let answers = pairs.iter().map(|(truth, scores)| {
                (truth.contains(&emotion), scores.present.contains(&emotion))
            });
            (emotion.name().to_owned(), Count::of(answers).figures())
        })
        .filter(|(_, figures)| figures.sentences > 0)
        .collect();
    Some(EmotionFigures {
        macro_f1: mean(classes.values().map(|class| class.f1)),
        ekman_macro_f1: ekman_macro_f1(&pairs, ekman_thresholds),
        calibration_error: calibration_error(&surest(&pairs), BINS).unwrap_or_default(),
        classes,
    })
}

fn ekman_macro_f1(pairs: &[(&[Emotion], &TextScores)], thresholds: &[f32; 7]) -> f64 {
    let groups: Vec<_> = EKMAN
        .into_iter()
        .zip(thresholds)
        .map(|(group, &threshold)| {
            let answers = pairs.iter().map(|(truth, scores)| {
                let holds = truth.iter().any(|&emotion| Ekman::of(emotion) == group);
                (holds, group.probability(&scores.emotions) >= threshold)
            });
            Count::of(answers).figures()
        })
        .filter(|figures| figures.sentences > 0)
        .collect();
    mean(groups.iter().map(|group| group.f1))
}

/// Probability of each sentence's likeliest emotion, and whether it is right.
fn surest(pairs: &[(&[Emotion], &TextScores)]) -> Vec<(f64, bool)> {
    let top = |scores: &TextScores| {
        Emotion::ALL
            .into_iter()
            .max_by(|&a, &b| scores.of(a).get().total_cmp(&scores.of(b).get()))
            .unwrap_or(Emotion::Neutral)
    };
    pairs
        .iter()
        .map(|(truth, scores)| {
            let top = top(scores);
            (f64::from(scores.of(top).get()), truth.contains(&top))
        })
        .collect()
}

/// AUC of the probability of negative, negative sentences against the others; `None` without
/// sentences of both kinds.
pub(super) fn negative_auc(sentences: &[Sentence], judged: &[Judged]) -> Option<f64> {
    let (mut negative, mut rest) = (Vec::new(), Vec::new());
    for (sentence, judged) in sentences.iter().zip(judged) {
        let score = f64::from(judged.scores.negative.get());
        match sentence.labels {
            Labels::Sentiment(Sentiment::Negative) => negative.push(score),
            Labels::Sentiment(_) => rest.push(score),
            _ => {}
        }
    }
    auc(&negative, &rest)
}

/// By signal: for each sentence labelled with it, whether it carries it and whether it was found.
pub(super) type SignalAnswers = BTreeMap<String, Vec<(bool, bool)>>;

/// The signals found in the sentences labelled with signals.
pub(super) fn signal_answers(sentences: &[Sentence], judged: &[Judged]) -> SignalAnswers {
    let mut answers = SignalAnswers::new();
    for (sentence, judged) in sentences.iter().zip(judged) {
        if let Labels::Signal { name, meant } = &sentence.labels {
            let mut hits = judged.scores.signals.iter().chain(&judged.agent_signals);
            let heard = hits.any(|hit| hit.name == *name);
            answers.entry(name.clone()).or_default().push((*meant, heard));
        }
    }
    answers
}

impl SignalFigures {
    /// From `(meant, found)` pairs; `None` without any.
    pub(super) fn of<'a>(answers: impl IntoIterator<Item = &'a (bool, bool)>) -> Option<Self> {
        let answers: Vec<_> = answers.into_iter().copied().collect();
        let class = Count::of(answers.iter().copied()).figures();
        (!answers.is_empty()).then(|| Self {
            precision: class.precision,
            recall: class.recall,
            meant: class.sentences,
            not_meant: answers.len() as u64 - class.sentences,
        })
    }
}
