//! `undertone analyze` as its users run it.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{analyze, events, fixture, of_type, read, root, timeless, undertone, write_wav};

use undertone_fusion::{CallFusion, FusionConfig, Observation};
use undertone_infer::AcousticModel as _;
use undertone_models::Device;
use undertone_signal::{
    Alert, AlertId, AlertState, CallId, Effect, Emotion, EmotionScore, Envelopes, Event, EventBody,
    Lane, Meaning, Probability, RunId, Severity, SignalHit, Span, StreamTime, Tone, ToneEvent,
    TranscriptEvent,
};

/// file → its spikes on the customer lane as (onset, end), from calls.csv.
fn spikes() -> Vec<(String, Vec<(f64, f64)>)> {
    let table = std::fs::read_to_string(fixture("calls.csv")).unwrap();
    let mut calls: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let position = calls.iter().position(|(file, _)| file == cells[0]);
        let position = position.unwrap_or_else(|| {
            calls.push((cells[0].to_owned(), Vec::new()));
            calls.len() - 1
        });
        if let (Ok(onset), Ok(end)) = (cells[2].parse(), cells[3].parse()) {
            calls[position].1.push((onset, end));
        }
    }
    calls
}

fn raised(events: &[Value]) -> Vec<f64> {
    of_type(events, "alert")
        .into_iter()
        .filter(|alert| alert["state"] == "raised")
        .map(|alert| alert["at_s"].as_f64().unwrap())
        .collect()
}

#[test]
fn every_spike_is_caught_within_a_second_and_a_half_and_calm_speech_raises_nothing() {
    let calls = spikes();
    assert!(calls.len() >= 5);
    let mut wrong = Vec::new();
    for (file, spikes) in calls {
        let alerts = raised(&analyze(&fixture(&file), &[]));
        for &(onset, end) in &spikes {
            if !alerts.iter().any(|at| (onset..=onset + 1.5).contains(at)) {
                wrong.push(format!("{file}: spike {onset:.2}–{end:.2} missed, alerts {alerts:?}"));
            }
        }
        for at in alerts {
            if !spikes.iter().any(|&(onset, end)| (onset..=end + 0.5).contains(&at)) {
                wrong.push(format!("{file}: false alarm at {at}, spikes {spikes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the detector was given in the hop that `event` reports.
fn observation(event: &ToneEvent) -> Observation {
    Observation {
        span: event.span,
        speech_now: event.speech_now,
        prosody: event.prosody,
        judgement: event.judgement(),
    }
}

fn step(alert: Alert) -> (AlertId, AlertState, Severity, StreamTime, StreamTime) {
    (alert.id, alert.state, alert.severity, alert.onset, alert.at)
}

#[test]
fn replaying_the_events_of_a_call_gives_the_same_alerts() {
    let model = undertone_models::acoustic("tone-open", &Device::Cpu).unwrap();
    let mut config = FusionConfig::default();
    if let Some(calm) = model.calm() {
        config.detector.calm = calm;
    }
    let mut call = CallFusion::new(&[Lane::Customer, Lane::Agent], &config).unwrap();
    let (mut told, mut again) = (Vec::new(), Vec::new());
    for event in analyze(&fixture("refund.flac"), &[]) {
        match serde_json::from_value::<Event>(event).unwrap().body {
            EventBody::Tone(event) => {
                let alert = call.observe(event.lane, &observation(&event)).alert;
                again.extend(alert.filter(|_| event.lane == Lane::Customer).map(step));
            }
            EventBody::Alert(alert) => {
                told.push(step(alert));
            }
            _ => {}
        }
    }
    assert!(told.len() >= 4, "{told:?}");
    assert_eq!(told, again);
}

#[test]
fn every_event_fits_the_published_schema() {
    let schema = std::fs::read_to_string(root().join("docs/events.schema.json")).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (file, _) = spikes().into_iter().find(|(_, spikes)| !spikes.is_empty()).unwrap();
    let found = analyze(&fixture(&file), &[]);
    for event in &found {
        assert!(validator.is_valid(event), "{:?}\n{event}", validator.validate(event).err());
    }
    for kind in ["start", "tone", "segment", "alert", "summary"] {
        assert!(!of_type(&found, kind).is_empty(), "no {kind} event");
    }
    let mut broken = found[0].clone();
    broken["schema"] = Value::from(99);
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
}

fn sealed(body: impl Into<EventBody>) -> Event {
    Envelopes::new(RunId::now(), CallId::new("call")).seal(body)
}

#[test]
fn words_fit_the_published_schema_with_and_without_their_meaning() {
    let schema = std::fs::read_to_string(root().join("docs/events.schema.json")).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let probability = Probability::new(0.5);
    let words = |meaning| TranscriptEvent {
        lane: Lane::Customer,
        segment: 3,
        span: Span::new(StreamTime::from_seconds(1.0), StreamTime::from_seconds(2.0)),
        text: "I want to cancel".into(),
        confidence: probability,
        is_final: true,
        delay_ms: None,
        language: None,
        meaning,
    };
    let read = words(Some(Meaning {
        emotions: vec![EmotionScore { emotion: Emotion::Anger, probability }],
        tone: Tone::Angry,
        valence: -0.25,
        signals: vec![SignalHit { name: "cancel".into(), probability, effect: Effect::Upset }],
    }));
    for event in [words(None), read] {
        let event = sealed(event);
        let json = serde_json::to_value(&event).unwrap();
        assert!(validator.is_valid(&json), "{:?}\n{json}", validator.validate(&json).err());
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }
    let mut broken = serde_json::to_value(sealed(words(None))).unwrap();
    broken["tone"] = Value::from("angry");
    assert!(!validator.is_valid(&broken), "a tone without the rest");
}

#[test]
fn playing_speed_and_repetition_change_nothing() {
    let (file, found) = spikes().into_iter().find(|(_, spikes)| !spikes.is_empty()).unwrap();
    let (rate, channels, samples) = read(&fixture(&file));
    let dir = tempfile::tempdir().unwrap();
    let short = dir.path().join("short.wav");
    let frame = |seconds: f64| (seconds * f64::from(rate)) as usize * usize::from(channels);
    let onset = found[0].0;
    write_wav(&short, rate, channels, &samples[frame(onset - 14.0)..frame(onset + 4.0)]);

    let fast = timeless(&analyze(&short, &[]));
    assert_eq!(fast, timeless(&analyze(&short, &[])));
    let live = analyze(&short, &["--realtime"]);
    assert_eq!(fast, timeless(&live));
    let summary = of_type(&live, "summary")[0];
    assert!(summary["delay"]["p95_ms"].as_f64().unwrap() > 0.0);
    assert!(summary["wall_s"].as_f64().unwrap() >= 17.0);
}

#[test]
fn the_customer_may_be_on_the_right() {
    let (file, found) = spikes().into_iter().find(|(_, spikes)| !spikes.is_empty()).unwrap();
    let (rate, _, mut samples) = read(&fixture(&file));
    samples.chunks_exact_mut(2).for_each(|frame| frame.swap(0, 1));
    let dir = tempfile::tempdir().unwrap();
    let swapped = dir.path().join("swapped.wav");
    write_wav(&swapped, rate, 2, &samples);
    let alerts = raised(&analyze(&swapped, &["--customer", "right"]));
    assert_eq!(alerts, raised(&analyze(&fixture(&file), &[])));
    assert!(alerts.iter().any(|at| (found[0].0..found[0].1).contains(at)));
}

#[test]
fn a_person_gets_a_timeline_in_eighty_columns() {
    let (file, _) = spikes().into_iter().find(|(_, spikes)| !spikes.is_empty()).unwrap();
    let output = undertone(&["analyze", fixture(&file).to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}'), "NO_COLOR is not honoured");
    assert!(text.contains('▲') && text.contains("customer"), "{text}");
    assert!(text.contains("--whisper"), "no word on how to get words");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// Rates, depths and channel counts that real recordings come with.
#[test]
fn odd_rates_and_channel_counts_are_read() {
    let dir = tempfile::tempdir().unwrap();
    for (rate, channels) in [(10_000, 1), (8000, 2), (44_100, 3), (96_000, 1), (11_025, 6)] {
        let path = dir.path().join(format!("{rate}-{channels}.wav"));
        let frames = rate as usize * 2;
        let tone = (0..frames).flat_map(|n| {
            let sample = 0.1 * (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin();
            std::iter::repeat_n(sample, usize::from(channels))
        });
        write_wav(&path, rate, channels, &tone.collect::<Vec<_>>());
        let found = analyze(&path, &[]);
        let summary = of_type(&found, "summary")[0];
        let length = summary["audio_s"].as_f64().unwrap();
        assert!((length - 2.0).abs() < 0.01, "{rate} Hz: {length} s");
        let lanes = summary["lanes"].as_object().unwrap().len();
        assert_eq!(lanes, if channels == 1 { 1 } else { 2 });
    }
}

#[test]
fn samples_that_are_not_numbers_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nan.wav");
    let samples: Vec<f32> = (0..32_000)
        .map(|n| match n % 100 {
            7 => f32::NAN,
            8 => f32::INFINITY,
            _ => 0.1 * (n as f32 * 0.2).sin(),
        })
        .collect();
    write_wav(&path, 16_000, 1, &samples);
    let found = analyze(&path, &[]);
    assert_eq!(of_type(&found, "tone").len(), 8);
}

#[test]
fn bad_files_are_named_with_their_cause_and_exit_code_two() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let cases = [
        (dir.path().join("missing.wav"), "missing.wav"),
        (file("empty.wav", b""), "empty"),
        (file("picture.wav", png), "PNG"),
        (file("noise.wav", &[0x5a; 4096]), "noise.wav"),
        (file("no-channels.wav", &wav_header(0, 16_000)), "channels"),
        (file("no-rate.wav", &wav_header(1, 0)), "0 Hz"),
        (dir.path().to_path_buf(), "folder"),
    ];
    for (path, cause) in cases {
        let output = undertone(&["analyze", "--json", path.to_str().unwrap()]);
        let message = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(message.contains(cause) && message.contains(name), "{message}");
        let found = events(&output);
        assert_eq!(found.last().unwrap()["type"], "error", "{found:?}");
    }
}

fn wav_header(channels: u16, rate: u32) -> Vec<u8> {
    let mut header = b"RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
    header.extend(channels.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend((rate * 2 * u32::from(channels)).to_le_bytes());
    header.extend((2 * channels).to_le_bytes());
    header.extend(16_u16.to_le_bytes());
    header.extend(b"data\0\x10\0\0");
    header.extend([0; 4096]);
    header
}

#[test]
fn what_stands_before_a_cut_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.wav");
    let samples: Vec<f32> = (0..80_000).map(|n| 0.1 * (n as f32 * 0.1).sin()).collect();
    write_wav(&path, 16_000, 1, &samples);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();

    let output = undertone(&["analyze", "--json", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(message.contains("cut.wav") && message.contains("truncated"), "{message}");
    let found = events(&output);
    assert!(of_type(&found, "tone").len() >= 9, "{}", found.len());
    assert_eq!(of_type(&found, "error").len(), 1);
    let summary = of_type(&found, "summary")[0];
    assert_eq!(summary["complete"], Value::Bool(false));
    assert!((summary["audio_s"].as_f64().unwrap() - 2.5).abs() < 0.05);
}

#[test]
fn a_bad_file_does_not_stop_the_good_one_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.wav");
    write_wav(&good, 16_000, 1, &vec![0.0; 16_000]);
    let output = undertone(&["analyze", "--json", "nowhere.wav", good.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(of_type(&events(&output), "summary").len(), 1);
}

#[test]
fn bad_weights_are_named_with_their_cause() {
    let dir = tempfile::tempdir().unwrap();
    let weights = std::fs::read(root().join("models/tone-open.safetensors")).unwrap();
    let good = dir.path().join("good.wav");
    write_wav(&good, 16_000, 1, &vec![0.0; 16_000]);
    for (name, bytes) in [
        ("truncated.safetensors", weights[..weights.len() / 2].to_vec()),
        ("garbage.safetensors", vec![7; 1000]),
        ("empty.safetensors", Vec::new()),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let model = path.to_str().unwrap();
        let output = undertone(&["analyze", "--acoustic-model", model, good.to_str().unwrap()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(name) && message.lines().count() == 1, "{message}");
    }
}
