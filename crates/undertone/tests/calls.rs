//! `undertone calls` as its users run it.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;
use support::{events, of_type, root, undertone};

const CALL: &str = "audio-fixtures/billing.flac";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `analyze --store`, with the shipped model's words; what it printed.
fn keep(store: &Path, more: &[&str]) -> Vec<Value> {
    let words = root().join("models/whisper-fixture.bin");
    let mut args = vec!["analyze", "--json", CALL, "--whisper", words.to_str().unwrap()];
    args.extend(["--store", store.to_str().unwrap()]);
    args.extend(more);
    let output = undertone(&args);
    assert!(output.status.success(), "{}", said(&output));
    events(&output)
}

fn calls(store: &Path, args: &[&str]) -> Output {
    undertone(&[&["calls", "--store", store.to_str().unwrap()], args].concat())
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A store with one call and its words, made once; for tests that do not change it.
fn shared() -> &'static (tempfile::TempDir, Vec<Value>) {
    static STORE: OnceLock<(tempfile::TempDir, Vec<Value>)> = OnceLock::new();
    STORE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let printed = keep(&folder.path().join("calls.db"), &["--keep-transcripts"]);
        (folder, printed)
    })
}

fn store() -> std::path::PathBuf {
    shared().0.path().join("calls.db")
}

#[test]
fn what_was_printed_is_exported_but_for_the_fine_parts_of_tone() {
    let exported = events(&calls(&store(), &["export", CALL]));
    let without_tone = |events: &[Value]| -> Vec<Value> {
        events.iter().filter(|event| event["type"] != "tone").cloned().collect()
    };
    assert_eq!(without_tone(&exported), without_tone(&shared().1));
    let (kept, printed) = (of_type(&exported, "tone"), of_type(&shared().1, "tone"));
    assert_eq!(kept.len(), printed.len());
    for (kept, printed) in kept.iter().zip(printed) {
        for field in ["seq", "time", "run", "lane", "tone", "start_s", "end_s"] {
            assert_eq!(kept[field], printed[field], "{field}");
        }
        let level = |event: &Value| event["level"].as_f64().unwrap();
        assert!((level(kept) - level(printed)).abs() < 1e-3);
    }
}

#[test]
fn the_list_shows_a_call_with_its_alerts() {
    let listed = text(&calls(&store(), &["list"]));
    let run = shared().1[0]["run"].as_str().unwrap();
    assert!(listed.contains(run) && listed.contains(CALL), "{listed}");
    let json: Value = serde_json::from_str(&text(&calls(&store(), &["list", "--json"]))).unwrap();
    let raised =
        shared().1.iter().filter(|event| event["type"] == "alert" && event["state"] == "raised");
    assert_eq!(json["alerts"], raised.count());
    assert_eq!(json["kept"]["words"], true);
    assert!(text(&calls(&store(), &["list", "--charged", "--since", "1h"])).contains(run));
    assert!(text(&calls(&store(), &["list", "--since", "2999-01-01"])).contains("no calls"));
}

#[test]
fn show_draws_the_timeline_that_analyze_draws() {
    let run = shared().1[0]["run"].as_str().unwrap();
    let shown = text(&calls(&store(), &["show", run]));
    let words = root().join("models/whisper-fixture.bin");
    let drawn = text(&undertone(&["analyze", CALL, "--whisper", words.to_str().unwrap()]));
    let story = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.contains('▲') || line.contains("customer"))
            .map(str::to_owned)
            .collect()
    };
    assert!(story(&drawn).len() > 2, "{drawn}");
    assert_eq!(story(&shown), story(&drawn));
    let json: Value =
        serde_json::from_str(&text(&calls(&store(), &["show", "--json", run]))).unwrap();
    assert_eq!(json["view"]["missing"], 0);
    assert!(json["view"]["summary"]["complete"].as_bool().unwrap());
}

#[test]
fn csv_has_a_row_an_alert_and_vtt_a_cue_a_turn() {
    let table = text(&calls(&store(), &["export", CALL, "--format", "csv"]));
    let header = table.lines().next().unwrap();
    assert_eq!(header, "run,call,time,type,lane,start_s,end_s,state,tone,severity,text");
    let alerts = table.lines().filter(|line| line.contains(",alert,")).count();
    assert_eq!(alerts, of_type(&shared().1, "alert").len());
    let subtitles = text(&calls(&store(), &["export", CALL, "--format", "vtt"]));
    assert!(subtitles.starts_with("WEBVTT\n"), "{subtitles}");
    let turns =
        of_type(&shared().1, "transcript").iter().filter(|words| words["final"] == true).count();
    assert_eq!(subtitles.lines().filter(|line| line.starts_with("<v ")).count(), turns);
}

#[test]
fn without_being_asked_words_are_not_kept_and_redact_and_delete_do_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("calls.db");
    let texts = || -> Vec<String> {
        let exported = events(&calls(&store, &["export", CALL]));
        let words = of_type(&exported, "transcript");
        words.iter().map(|words| words["text"].as_str().unwrap().to_owned()).collect()
    };
    keep(&store, &[]);
    assert!(!texts().is_empty() && texts().iter().all(String::is_empty), "{:?}", texts());
    assert!(text(&calls(&store, &["show", CALL])).contains("words are not kept"));
    keep(&store, &["--keep-transcripts"]);
    assert!(texts().iter().any(|text| !text.is_empty()));
    assert_eq!(text(&calls(&store, &["redact", CALL])).lines().count(), 2);
    assert!(texts().iter().all(String::is_empty));
    assert_eq!(text(&calls(&store, &["delete", CALL])).lines().count(), 2);
    let gone = calls(&store, &["show", CALL]);
    assert_eq!(gone.status.code(), Some(2));
    assert!(said(&gone).contains("undertone calls list"), "{}", said(&gone));
}

#[test]
fn faults_name_the_file_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.db");
    let missing = calls(&none, &["list"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(said(&missing).contains("none.db") && said(&missing).contains("--store"));
    assert!(!none.exists(), "reading made a file");
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "no database, and long enough to be sure of it".repeat(20)).unwrap();
    let refused = undertone(&["analyze", "--store", notes.to_str().unwrap(), CALL]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("no store of undertone"), "{}", said(&refused));
    assert!(refused.stdout.is_empty(), "analysed before it knew");
    let vtt = calls(&store(), &["export", CALL, CALL, "--format", "vtt"]);
    assert!(said(&vtt).contains("name its RUN"), "{}", said(&vtt));
    let path = undertone(&["calls", "path"]);
    assert!(text(&path).trim().ends_with("calls.db"));
}
