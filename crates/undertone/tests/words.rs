//! Words, with the Whisper model that is shipped: it knows synthetic voices.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{analyze, fixture, of_type, read, root, timeless, undertone, write_wav};

const RATE: u32 = 16_000;

fn model() -> PathBuf {
    root().join("models/whisper-fixture.bin")
}

/// `eval asr --json` with the shipped model.
fn eval_asr(manifest: &Path) -> Value {
    let (manifest, model) = (manifest.to_str().unwrap(), model());
    let args = ["eval", "asr", "--json", "--manifest", manifest, "--whisper"];
    let output = undertone(&[&args[..], &[model.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes `sounds` and a manifest that says that nobody speaks in them.
fn wordless(folder: &Path, sounds: &[(&str, Vec<f32>)]) -> PathBuf {
    let mut manifest = vec!["path,text".to_owned()];
    for (name, samples) in sounds {
        write_wav(&folder.join(name), RATE, 1, samples);
        manifest.push(format!("{name},"));
    }
    let path = folder.join("manifest.csv");
    std::fs::write(&path, manifest.join("\n")).unwrap();
    path
}

fn samples(seconds: usize, mut of: impl FnMut(f64) -> f64) -> Vec<f32> {
    (0..seconds * RATE as usize).map(|n| of(n as f64 / f64::from(RATE)) as f32).collect()
}

/// Numbers between −1 and 1 that nothing can be told of.
fn noise() -> impl FnMut() -> f64 {
    let mut state = 88_172_645_463_325_252_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as f64 / u64::MAX as f64 * 2.0 - 1.0
    }
}

/// Chords with a beat and decaying tones, as callers on hold hear them.
fn hold_music(time: f64) -> f64 {
    let beat = (time / 0.5).floor();
    let root = 220.0 * 2.0_f64.powf([0.0, 5.0, 7.0, 3.0][beat as usize / 4 % 4] / 12.0);
    let decay = (-3.0 * (time - beat * 0.5)).exp();
    let tone = |steps: f64| {
        let hertz = root * 2.0_f64.powf(steps / 12.0);
        let wave = |h: f64| (std::f64::consts::TAU * hertz * h * time).sin() / h;
        wave(1.0) + wave(2.0) / 2.0 + wave(3.0) / 3.0
    };
    0.1 * decay * (tone(0.0) + tone(4.0) + tone(7.0))
}

#[test]
fn the_shipped_calls_are_heard() {
    let report = eval_asr(&fixture("calls-text.csv"));
    let each = report["each"].as_array().unwrap();
    assert_eq!(each.len(), 12, "two sides of six calls");
    println!("word error rate {:.3}", report["wer"].as_f64().unwrap());
    for side in each {
        let (name, wer) = (&side["name"], side["wer"].as_f64().unwrap());
        println!("{wer:.3} {name}");
    }
    assert!(report["wer"].as_f64().unwrap() <= 0.12, "{report}");
    let added = &report["added_delay"];
    assert!(added["p50_ms"].as_f64().unwrap() <= 350.0, "{added}");
}

#[test]
fn where_nobody_speaks_no_words_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let (mut white, mut red) = (noise(), noise());
    let mut level = 0.0;
    let sounds = [
        ("silence.wav", samples(5, |_| 0.0)),
        ("white.wav", samples(15, |_| 0.1 * white())),
        ("brown.wav", {
            samples(15, |_| {
                level = 0.98 * level + 0.02 * red();
                level
            })
        }),
        ("hum.wav", samples(10, |time| 0.05 * (time * 50.0 * std::f64::consts::TAU).sin())),
        ("music.wav", samples(20, hold_music)),
    ];
    let report = eval_asr(&wordless(folder.path(), &sounds));
    assert_eq!(report["hallucinated_words_per_minute"], 0.0, "{report}");
    assert!((report["silent_s"].as_f64().unwrap() - 65.0).abs() < 0.1);
}

#[test]
fn words_come_on_both_lanes_and_change_nothing_about_the_tone() {
    let call = fixture("billing.flac");
    let model = model();
    let heard = analyze(&call, &["--whisper", model.to_str().unwrap()]);
    let words = of_type(&heard, "transcript");
    for lane in ["customer", "agent"] {
        assert!(words.iter().filter(|words| words["lane"] == lane).count() >= 4, "{lane}");
    }
    assert!(words.iter().all(|words| words["final"] == true && words["delay_ms"].is_null()));
    assert_eq!(of_type(&heard, "start")[0]["transcriber"], "whisper-fixture");
    let tone = |events: &[Value]| -> Vec<Value> {
        // Words may confirm or raise alerts; what the voice sounds like is its own.
        let mut kept = timeless(events);
        kept.retain(|event| event["type"] == "tone");
        // Words are events too, so the numbers differ.
        kept.iter_mut().for_each(|event| drop(event.as_object_mut().unwrap().remove("seq")));
        kept
    };
    let (with, without) = (tone(&heard), tone(&analyze(&call, &["--whisper", "none"])));
    assert!(with == without, "the tone is another with words");
}

#[test]
fn live_words_grow_while_somebody_speaks_and_fit_the_published_schema() {
    let (rate, channels, all) = read(&fixture("billing.flac"));
    let frame = |seconds: f64| (seconds * f64::from(rate)) as usize * usize::from(channels);
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.wav");
    write_wav(&short, rate, channels, &all[..frame(11.5)]);
    let model = model();
    let heard = analyze(&short, &["--realtime", "--whisper", model.to_str().unwrap()]);
    let schema = std::fs::read_to_string(root().join("docs/events.schema.json")).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let words = of_type(&heard, "transcript");
    for event in &words {
        assert!(validator.is_valid(event), "{:?}\n{event}", validator.validate(event).err());
        assert!(event["delay_ms"].as_f64().unwrap() > 0.0);
    }
    let looks = words.iter().filter(|words| words["final"] == false).count();
    assert!(looks >= 2, "{words:?}");
    let mut broken = words[0].clone();
    broken["final"] = Value::from("perhaps");
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
}

#[test]
fn a_person_reads_that_the_fixture_knows_synthetic_voices() {
    let (call, model) = (fixture("billing.flac"), model());
    let args = ["analyze", call.to_str().unwrap(), "--whisper", model.to_str().unwrap()];
    let text = String::from_utf8(undertone(&args).stdout).unwrap();
    assert!(text.contains("agent: ") && text.contains("synthetic voices, not people"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn without_a_model_eval_asr_says_how_to_get_one() {
    let calls = fixture("calls-text.csv");
    let output = undertone(&["eval", "asr", "--manifest", calls.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("models pull"));
}
