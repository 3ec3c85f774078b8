//! Whole measurements of small corpora made on the spot.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use undertone_eval::manifest::Manifest;
use undertone_eval::{Condition, EvalError, acoustic};
use undertone_infer::fake::FakeAcoustic;
use undertone_signal::{FrontEnd, Probability, Scores, Tone};

/// Calls bright sounds angry and dark ones neutral: enough of a model to tell whether the
/// right sound reaches it.
fn bright() -> FakeAcoustic {
    let answer = |window: &[f32]| {
        assert_eq!(window.len(), FrontEnd::TELEPHONE.len());
        let (mut low, mut high) = (0.0, 0.0);
        for frame in window.chunks(48) {
            low += frame[..24].iter().sum::<f32>();
            high += frame[24..].iter().sum::<f32>();
        }
        let mut scores = Scores::default();
        let angry = if high > low { 0.9 } else { 0.2 };
        scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
        scores.probabilities[Tone::Neutral.index()] = Probability::new(1.0 - angry);
        scores
    };
    FakeAcoustic::new(answer).with_front_end(FrontEnd::TELEPHONE)
}

fn tone(path: &Path, hz: f32, rate: u32, channels: u16) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..3 * rate {
        let voiced = (rate / 2..rate * 5 / 2).contains(&n);
        let x = (std::f32::consts::TAU * hz * n as f32 / rate as f32).sin();
        for _ in 0..channels {
            file.write_sample(if voiced { (x * 9_000.0) as i16 } else { 0 }).unwrap();
        }
    }
    file.finalize().unwrap();
}

fn corpus(folder: &Path) -> PathBuf {
    tone(&folder.join("a.wav"), 300.0, 16_000, 1);
    tone(&folder.join("b.wav"), 2_500.0, 16_000, 1);
    tone(&folder.join("c.wav"), 300.0, 44_100, 2);
    tone(&folder.join("d.wav"), 2_500.0, 8_000, 2);
    std::fs::write(folder.join("e.wav"), b"RIFF\0\0").unwrap();
    let rows = "path,speaker,sex,label\na.wav,x,f,calm\nb.wav,x,f,angry\nc.wav,y,m,neutral\n\
                d.wav,y,m,anger\ne.wav,y,m,sad\na.wav,x,f,smug\n";
    let manifest = folder.join("manifest.csv");
    std::fs::write(&manifest, rows).unwrap();
    manifest
}

#[test]
fn a_corpus_is_measured_whatever_happens_on_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = Manifest::read(&corpus(folder.path())).unwrap();
    for condition in ["clean", "phone", "noise:20", "loss:5"] {
        let condition: Condition = condition.parse().unwrap();
        let mut steps = Vec::new();
        let mut progress = |done, total| steps.push((done, total));
        let report =
            acoustic::evaluate(&manifest, &mut bright(), condition, &mut progress).unwrap();
        assert_eq!(report.figures.uar, Some(1.0), "{condition}");
        assert_eq!(report.figures.anger_auc_baseline, Some(1.0), "{condition}");
        assert_eq!(report.by_sex["m"].clips, 2);
        assert_eq!(report.skipped.labels["smug"], 1);
        assert_eq!(report.skipped.unreadable.clips, 1);
        assert_eq!(report.mapped["anger"], Tone::Angry);
        assert_eq!(steps.last(), Some(&(5, 5)));
    }
}

#[test]
fn the_json_has_the_keys_that_are_promised() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = Manifest::read(&corpus(folder.path())).unwrap();
    let report =
        acoustic::evaluate(&manifest, &mut bright(), Condition::Clean, &mut |_, _| {}).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    for key in ["uar", "macro_f1", "anger_auc", "anger_auc_baseline", "ece"] {
        assert!(json[key].is_f64(), "{key}: {json}");
    }
    // Confidences .9 and .8, all right: .15 off on average.
    assert!((json["ece"].as_f64().unwrap() - 0.15).abs() < 1e-6);
    assert_eq!(json["confusion"][1][1], 2);
    assert_eq!(json["recall"]["angry"], 1.0);
    let page = acoustic::html(&report);
    assert!(page.contains("<svg") && page.contains("fake acoustic under clean"));
    assert!(page.contains("e.wav"), "the unreadable clip is named");
}

#[test]
fn a_manifest_without_a_usable_clip_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.csv");
    std::fs::write(&path, "path,speaker,label\nnone.wav,x,angry\n").unwrap();
    let manifest = Manifest::read(&path).unwrap();
    let error = acoustic::evaluate(&manifest, &mut bright(), Condition::Clean, &mut |_, _| {});
    assert!(matches!(&error, Err(EvalError::NoClips { .. })));
    assert!(error.unwrap_err().to_string().contains("none.wav"));
}
