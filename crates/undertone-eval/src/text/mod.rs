//! Accuracy of a text model on labelled sentences.

mod ekman;
mod figures;
mod manifest;

pub use ekman::{EKMAN, Ekman};
pub use figures::{ClassFigures, EmotionFigures, SignalFigures};
pub use manifest::{Labels, Sentence, Sentiment, read};

use crate::EvalError;
use figures::{Judged, emotion_figures, negative_auc, signal_answers};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use undertone_infer::{TextInput, TextModel};
use undertone_signal::Lane;

/// Sentences between two steps of the progress.
const BATCH: usize = 64;

/// The figures of a text model on one manifest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextReport {
    /// Name of the model.
    pub model: String,
    /// The manifest.
    pub manifest: String,
    /// True if the sentences were changed to a recogniser's form: lower case, no
    /// punctuation.
    pub speech: bool,
    /// Sentences measured.
    pub sentences: usize,
    /// Figures of a manifest of emotions.
    #[serde(flatten)]
    pub emotions: Option<EmotionFigures>,
    /// AUC of the probability of negative, on a manifest of sentiments.
    pub negative_auc: Option<f64>,
    /// Figures of each signal, on a manifest of signals.
    pub signals: BTreeMap<String, SignalFigures>,
    /// The same over all sentences of such a manifest.
    pub signals_together: Option<SignalFigures>,
}

/// Scores every sentence of the manifest at `path` and computes the figures.
/// `ekman_thresholds` are the model's, in the order of [`EKMAN`]; `progress` is called with
/// the number of sentences done and the total.
///
/// # Errors
/// [`EvalError::Manifest`] naming the fault, or [`EvalError::Model`].
pub fn evaluate(
    path: &Path,
    model: &mut dyn TextModel,
    ekman_thresholds: &[f32; 7],
    speech: bool,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<TextReport, EvalError> {
    let mut sentences = read(path)?;
    if speech {
        for sentence in &mut sentences {
            sentence.text = as_speech(&sentence.text);
        }
    }
    let judged = judge(&sentences, model, progress)?;
    let heard = signal_answers(&sentences, &judged);
    let signals =
        heard.iter().filter_map(|(name, own)| Some((name.clone(), SignalFigures::of(own)?)));
    Ok(TextReport {
        model: model.name().to_owned(),
        manifest: path.display().to_string(),
        speech,
        sentences: sentences.len(),
        emotions: emotion_figures(&sentences, &judged, ekman_thresholds),
        negative_auc: negative_auc(&sentences, &judged),
        signals: signals.collect(),
        signals_together: SignalFigures::of(heard.values().flatten()),
    })
}

/// Each sentence's scores as a customer's, and the signals for either lane.
fn judge(
    sentences: &[Sentence],
    model: &mut dyn TextModel,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<Judged>, EvalError> {
    let mut judged: Vec<Judged> = Vec::with_capacity(sentences.len());
    let mut scores = Vec::new();
    for chunk in sentences.chunks(BATCH) {
        let inputs = |lane| -> Vec<_> {
            chunk.iter().map(|one| TextInput { text: &one.text, context: "", lane }).collect()
        };
        model.score(&inputs(Lane::Customer), &mut scores)?;
        let first = judged.len();
        judged.extend(scores.drain(..).map(|scores| Judged { scores, agent_signals: vec![] }));
        if chunk.iter().any(|one| matches!(one.labels, Labels::Signal { .. })) {
            model.score(&inputs(Lane::Agent), &mut scores)?;
            for (one, scores) in judged[first..].iter_mut().zip(scores.drain(..)) {
                one.agent_signals = scores.signals;
            }
        }
        progress(judged.len(), sentences.len());
    }
    Ok(judged)
}

/// The text as a recogniser without punctuation would have written it.
fn as_speech(text: &str) -> String {
    let lower = text.to_lowercase().replace(['’', '‘'], "'");
    let spoken = |c: char| c.is_alphanumeric() || c == '\'';
    let spaced: String = lower.chars().map(|c| if spoken(c) { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_infer::TextScores;
    use undertone_infer::fake::{FakeText, neutral_words};
    use undertone_signal::{Effect, Emotion, Probability, SignalHit};

    /// Feels anger where it reads "angry", and finds a signal where it reads "stop".
    fn reader() -> FakeText {
        FakeText::new(|input| {
            let angry = input.text.contains("angry");
            let felt = if angry { Emotion::Anger } else { Emotion::Neutral };
            let mut emotions = [Probability::new(0.0); 28];
            emotions[felt.index()] = Probability::new(1.0);
            let found = input.text.contains("stop") && input.lane == Lane::Customer;
            let (name, probability) = ("cancel".to_owned(), Probability::new(0.9));
            let hit = SignalHit { name, probability, effect: Effect::None };
            TextScores {
                emotions,
                present: vec![felt],
                negative: Probability::new(f32::from(u8::from(angry))),
                signals: found.then_some(hit).into_iter().collect(),
                ..neutral_words()
            }
        })
    }

    fn measure(name: &str, content: &str, speech: bool) -> TextReport {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        evaluate(&path, &mut reader(), &[0.5; 7], speech, &mut |_, _| ()).unwrap()
    }

    #[test]
    fn emotions_are_measured_by_class_and_group() {
        // Found, missed (it is written in capitals), rightly neutral.
        let rows = "so angry\t2\tx\nso ANGRY\t2,3\ty\nfine\t27\tz\n";
        let report = measure("goemotions.tsv", rows, false);
        let figures = report.emotions.unwrap();
        let f1 = |name: &str| figures.classes[name].f1;
        assert!((f1("anger") - 2.0 / 3.0).abs() < 1e-9);
        assert!((f1("annoyance")).abs() < 1e-9);
        assert!((f1("neutral") - 2.0 / 3.0).abs() < 1e-9);
        assert!((figures.macro_f1 - (4.0 / 3.0) / 3.0).abs() < 1e-9, "{}", figures.macro_f1);
        // Anger and annoyance are one group: found once of twice.
        assert!((figures.ekman_macro_f1 - 2.0 / 3.0).abs() < 1e-9, "{}", figures.ekman_macro_f1);
        assert!((figures.calibration_error - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(report.negative_auc, None);
        let spoken = measure("goemotions.tsv", rows, true).emotions.unwrap();
        assert!((spoken.classes["anger"].f1 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn sentiments_give_the_auc_of_negative() {
        let rows = "text,label,confidence\n\"angry, very\",negative,1\nok,neutral,1\nangry too,positive,1\n";
        let report = measure("tweets.csv", rows, false);
        assert!((report.negative_auc.unwrap() - 0.75).abs() < 1e-9);
        assert_eq!((&report.emotions, report.signals_together), (&None, None));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["negative_auc"], 0.75);
    }

    #[test]
    fn signals_are_measured_against_their_near_misses() {
        let rows = "text\tsignal\nstop it\tcancel\nend it\tcancel\nstopwatch\tnot cancel\nhi\tnot cancel\nstop\tnot thanks\n";
        let report = measure("signals.tsv", rows, false);
        let cancel = report.signals["cancel"];
        assert!((cancel.precision.unwrap() - 0.5).abs() < 1e-9);
        assert!((cancel.recall.unwrap() - 0.5).abs() < 1e-9);
        assert_eq!((cancel.meant, cancel.not_meant), (2, 2));
        assert_eq!(report.signals["thanks"].precision, None);
        let together = report.signals_together.unwrap();
        assert_eq!((together.meant, together.not_meant), (2, 3));
        assert!((together.precision.unwrap() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn speech_has_neither_case_nor_punctuation() {
        assert_eq!(as_speech("It’s [NAME]... I DON'T_care!"), "it's name i don't care");
    }
}
