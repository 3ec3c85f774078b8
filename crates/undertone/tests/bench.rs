//! `undertone bench` and `--device`, as their users run them.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{fixture, undertone};

#[test]
fn a_few_calls_are_fed_and_measured() {
    let args = ["bench", "--calls", "2", "--seconds", "4", "--json"];
    let file = fixture("billing.flac");
    let output = undertone(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let trial = &report["trials"][0];
    assert_eq!(
        (&report["device"], &trial["calls"], &trial["lanes"]),
        (&"cpu".into(), &2.into(), &2.into())
    );
    // Whether a busy machine holds them is not asserted; that they were judged is.
    assert!(trial["windows"].as_u64().unwrap() > 0, "{report}");
    assert!(trial["delay_p95_ms"].as_f64().unwrap() > 0.0, "{report}");
}

#[test]
fn a_device_is_compared_with_the_cpu() {
    let file = fixture("billing.flac");
    let args = ["bench", "--against-cpu", "--device", "cpu", "--json", file.to_str().unwrap()];
    let output = undertone(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["acoustic"]["judged"].as_u64().unwrap() > 200, "{report}");
    assert_eq!((&report["device"], &report["acoustic"]["largest"]), (&"cpu".into(), &0.0.into()));
}

#[test]
fn one_turn_is_timed_part_by_part() {
    let (file, whisper) = (fixture("billing.flac"), fixture("../models/whisper-fixture.bin"));
    let args = ["bench", "--turn", "5", "--json", "--whisper", whisper.to_str().unwrap()];
    let output = undertone(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let turn: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |name: &str| turn[name].as_f64().unwrap();
    assert!(number("words_ms") > 0.0 && number("tone_ms") > 0.0, "{turn}");
    assert!(number("total_ms") > number("words_ms"), "{turn}");
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_reason() {
    let file = fixture("billing.flac");
    for (args, words) in [
        (["--seconds", "1"], "--seconds 1"),
        (["--calls", "0"], "--calls"),
        (["--device", "gpu"], "cuda:N"),
    ] {
        let output = undertone(&["bench", args[0], args[1], file.to_str().unwrap()]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(words), "{message}");
    }
}
