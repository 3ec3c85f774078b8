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
