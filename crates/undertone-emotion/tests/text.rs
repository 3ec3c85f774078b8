//! The text model against transformers, and both of its computations against each other.

#![allow(clippy::unwrap_used)]

use candle_core::Device;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use undertone_emotion::CandleText;
use undertone_emotion::text::{DEFAULT_SIGNALS, Judgement};
use undertone_infer::{TextInput, TextModel};
use undertone_signal::{Lane, Tone};

/// What transformers makes of a sentence; `scripts/train/text-emotion/golden.py` writes them.
#[derive(Deserialize)]
struct Case {
    text: String,
    context: String,
    logits: Vec<f32>,
    signals: Vec<f32>,
    embedding: Vec<f32>,
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tiny() -> Vec<u8> {
    std::fs::read(golden("text.safetensors")).unwrap()
}

fn shipped() -> Vec<u8> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    std::fs::read(models.join("text-emotion.safetensors")).unwrap()
}

fn models(bytes: &[u8]) -> [CandleText; 2] {
    [
        CandleText::from_bytes("text", bytes, &Device::Cpu).unwrap(),
        CandleText::plain_from_bytes("text", bytes, &Device::Cpu).unwrap(),
    ]
}

fn agree(judged: &[Judgement], cases: &[Case]) {
    assert_eq!(judged.len(), cases.len());
    for (judged, case) in judged.iter().zip(cases) {
        assert_eq!(judged.signals.len(), case.signals.len());
        let ours = judged.logits.iter().chain(&judged.signals);
        let pairs = ours.zip(case.logits.iter().chain(&case.signals));
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let cosine: f32 = judged.embedding.iter().zip(&case.embedding).map(|(a, b)| a * b).sum();
        assert_eq!(judged.logits.len(), case.logits.len());
        assert!(worst < 1e-3, "{:?}: logits differ by {worst}", case.text);
        assert!(cosine > 0.9999, "{:?}: cosine {cosine}", case.text);
    }
}

#[test]
fn a_small_model_judges_as_transformers_does() {
    let cases = cases(&golden("text.jsonl"));
    let pairs: Vec<_> = cases.iter().map(|c| (c.text.as_str(), c.context.as_str())).collect();
    for mut model in models(&tiny()) {
        agree(&model.judge(&pairs).unwrap(), &cases);
    }
}

#[test]
fn the_shipped_model_judges_as_transformers_does() {
    let cases = cases(&golden("text-emotion.jsonl"));
    let pairs: Vec<_> = cases.iter().map(|c| (c.text.as_str(), c.context.as_str())).collect();
    for mut model in models(&shipped()) {
        agree(&model.judge(&pairs).unwrap(), &cases);
    }
}

#[test]
fn the_shipped_model_knows_the_subject_from_the_feeling() {
    let [mut model, _] = models(&shipped());
    model.listen_for("built-in signals", DEFAULT_SIGNALS).unwrap();
    let mut read = |text, lane| {
        let mut out = Vec::new();
        model.score(&[TextInput { text, context: "", lane }], &mut out).unwrap();
        let scores = out.remove(0);
        let heard: Vec<_> = scores.signals.iter().map(|hit| hit.name.clone()).collect();
        (scores.scores, heard)
    };
    let (calm, _) = read("I want to cancel my card", Lane::Customer);
    assert!(calm.of(Tone::Angry).get() < 0.3, "{calm:?}");
    let (annoyed, heard) = read("this is the third time I am calling", Lane::Customer);
    assert!(annoyed.valence < -0.3, "{annoyed:?}");
    assert_eq!(heard, ["repeated_problem"]);
    let (_, heard) = read("I don't want to cancel anything", Lane::Customer);
    assert!(heard.is_empty(), "{heard:?}");
    let (_, heard) = read("I am so sorry about that", Lane::Agent);
    assert!(heard.contains(&"apology".to_owned()), "{heard:?}");
}

#[test]
fn a_signal_is_heard_in_what_is_said_and_not_in_what_was_said_before() {
    let [mut model, _] = models(&shipped());
    model.listen_for("built-in signals", DEFAULT_SIGNALS).unwrap();
    let mut hear = |text, context| {
        let mut out = Vec::new();
        model.score(&[TextInput { text, context, lane: Lane::Agent }], &mut out).unwrap();
        out.remove(0).signals
    };
    let before = "I am so sorry about that. Please accept our apologies.";
    assert_eq!(hear("You too. Goodbye.", before), hear("You too. Goodbye.", ""));
    assert_eq!(hear("You too. Goodbye.", before), []);
    assert_eq!(hear(before, "You too. Goodbye."), hear(before, ""));
    assert!(hear(before, "").iter().any(|hit| hit.name == "apology"));
}

#[test]
fn an_utterance_scores_the_same_in_any_batch() {
    let cases = cases(&golden("text.jsonl"));
    let inputs: Vec<_> = cases
        .iter()
        .cycle()
        .take(40)
        .map(|case| TextInput { text: &case.text, context: &case.context, lane: Lane::Customer })
        .collect();
    for mut model in models(&tiny()) {
        let (mut together, mut alone) = (Vec::new(), Vec::new());
        model.score(&inputs, &mut together).unwrap();
        assert_eq!(together.len(), inputs.len());
        for (input, expected) in inputs.iter().zip(&together) {
            model.score(&[*input], &mut alone).unwrap();
            // Sums in another order may round the last of four decimals the other way.
            let near = |a: f32, b: f32| assert!((a - b).abs() < 1.5e-4, "{a} {b}");
            for (a, b) in alone[0].emotions.iter().zip(&expected.emotions) {
                near(a.get(), b.get());
            }
            let (scores, expected) = (alone[0].scores, expected.scores);
            for tone in Tone::ALL {
                near(scores.of(tone).get(), expected.of(tone).get());
            }
            near(scores.valence, expected.valence);
            near(scores.arousal, expected.arousal);
        }
    }
}

#[test]
fn scores_are_what_they_say() {
    let [mut model, _] = models(&tiny());
    let mut out = Vec::new();
    let input = TextInput { text: "so angry, cancel my card!", context: "", lane: Lane::Customer };
    model.score(&[input], &mut out).unwrap();
    let scores = &out[0];
    let total: f32 = Tone::ALL.iter().map(|&tone| scores.scores.of(tone).get()).sum();
    assert!((total - 1.0).abs() < 1e-3);
    assert!((-1.0..=1.0).contains(&scores.scores.valence));
    assert!((-1.0..=1.0).contains(&scores.scores.arousal));
    let length: f32 = scores.embedding.iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5);
    let listed: Vec<_> = scores.present.iter().map(|&e| scores.of(e).get()).collect();
    assert!(listed.iter().all(|&p| p >= 0.2999), "thresholds of the file are 0.3: {listed:?}");
    assert_eq!(scores.emotions.iter().filter(|p| p.get() >= 0.3).count(), listed.len());
}

#[test]
fn a_signal_in_one_sentence_of_several_is_as_sure_as_alone() {
    let [mut model, _] = models(&tiny());
    let book = r#"
        [background]
        examples = ["this is my order", "i was waiting"]
        [signals.cancel]
        lane = "customer"
        threshold = 0.01
        examples = ["i want to cancel", "cancel my order"]
    "#;
    model.listen_for("book", book).unwrap();
    let mut hear = |text, lane| {
        let mut out = Vec::new();
        model.score(&[TextInput { text, context: "", lane }], &mut out).unwrap();
        out.remove(0).signals.first().map(|hit| hit.probability)
    };
    let alone = hear("I want to cancel.", Lane::Customer).unwrap();
    let everyday = hear("I was waiting.", Lane::Customer).unwrap();
    let among = hear("I was waiting. I want to cancel. I was waiting.", Lane::Customer).unwrap();
    assert!(everyday < alone && alone <= among, "{everyday:?} {alone:?} {among:?}");
    assert_eq!(hear("I want to cancel.", Lane::Agent), None);
}

#[test]
fn a_damaged_file_is_refused_in_one_line() {
    let good = tiny();
    let refused = |bytes: &[u8]| {
        let message = CandleText::from_bytes("bad.safetensors", bytes, &Device::Cpu)
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("bad.safetensors: "), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        message
    };
    refused(b"");
    refused(&good[..good.len() / 2]);
    let renamed = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|window| window == from).unwrap();
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    assert!(refused(&renamed(b"undertone-text/1", b"undertone-text/9")).contains("format"));
    assert!(refused(&renamed(b"layers.1.up.scale", b"layers.1.ap.scale")).contains("layers.1.up"));
    assert!(refused(&renamed(b"[CLS]", b"[ABC]")).contains("[CLS]"));
}

#[test]
fn a_truncated_or_flipped_file_never_panics() {
    let good = tiny();
    for cut in (0..good.len()).step_by(97) {
        let _ = CandleText::from_bytes("cut", &good[..cut], &Device::Cpu);
    }
    for at in (0..good.len()).step_by(53) {
        let mut bytes = good.clone();
        bytes[at] ^= 0xFF;
        if let Ok(mut model) = CandleText::from_bytes("flipped", &bytes, &Device::Cpu) {
            let _ = model.judge(&[("i want my order", "")]);
        }
    }
}
