//! By default the agent, a person at work, has words and turn-taking and no voice emotion.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{events, fixture, of_type, undertone};

/// What a `tone` event can say about a voice.
const VOICE: [&str; 11] = [
    "tone",
    "arousal",
    "valence",
    "contrast",
    "probabilities",
    "recent",
    "f0_hz",
    "f0_range_st",
    "loudness_db",
    "rate_hz",
    "roughness",
];

/// Moments that rest on turn-taking alone.
const TURN_TAKING: [&str; 3] = ["overlap", "interruption", "silence"];

fn analyze(more: &[&str]) -> (Vec<Value>, String) {
    let file = fixture("billing.flac");
    let words = support::root().join("models/whisper-fixture.bin");
    let mut args = vec!["analyze", "--json", file.to_str().unwrap()];
    args.extend(["--whisper", words.to_str().unwrap()]);
    args.extend(more);
    let output = undertone(&args);
    (events(&output), String::from_utf8(output.stderr).unwrap())
}

fn agents<'a>(found: &'a [Value], kind: &str) -> Vec<&'a Value> {
    of_type(found, kind).into_iter().filter(|event| event["lane"] == "agent").collect()
}

#[test]
fn with_defaults_no_event_of_the_agents_lane_carries_a_voice_emotion() {
    let (found, said) = analyze(&[]);
    let tones = agents(&found, "tone");
    assert!(tones.len() > 100);
    for tone in &tones {
        for field in VOICE {
            assert!(tone[field].is_null(), "{field} of {tone}");
        }
        assert_eq!(tone["level"], 0.0, "{tone}");
    }
    assert!(agents(&found, "alert").is_empty());
    for moment in agents(&found, "moment") {
        assert!(TURN_TAKING.contains(&moment["kind"].as_str().unwrap()), "{moment}");
    }
    assert_eq!(of_type(&found, "start")[0]["voice"], serde_json::json!(["customer"]));
    assert!(!said.contains("AI Act"), "{said}");
    // What is allowed is there: talk time and words.
    assert!(tones.iter().any(|tone| tone["speech_now"].as_f64().unwrap() > 0.9));
    assert!(!agents(&found, "transcript").is_empty());
    let summary = of_type(&found, "summary")[0];
    assert!(summary["lanes"]["agent"]["speech_s"].as_f64().unwrap() > 10.0);
    assert_eq!(summary["lanes"]["agent"]["windows"], 0);
}

#[test]
fn the_agents_voice_is_judged_where_that_is_asked_for_by_name_and_says_what_it_means() {
    let (found, said) = analyze(&["--agent-emotion"]);
    assert!(agents(&found, "tone").iter().any(|tone| !tone["arousal"].is_null()));
    assert!(said.contains("AI Act, Art. 5(1)(f)"), "{said}");
    assert_eq!(of_type(&found, "start")[0]["voice"], serde_json::json!(["customer", "agent"]));
}
