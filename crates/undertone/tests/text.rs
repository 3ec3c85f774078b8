//! `undertone classify` and `undertone eval text` as their users run them.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::process::Output;
use support::undertone;

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(output: &Output) -> String {
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

#[test]
fn a_sentence_is_read_for_a_person_and_for_a_program() {
    let sentence = "thank you so much for your help";
    let text = String::from_utf8(undertone(&["classify", sentence]).stdout).unwrap();
    assert!(text.contains("gratitude") && text.contains("tone      happy"), "{text}");
    let answer = json(&undertone(&["classify", "--json", sentence]));
    assert_eq!(answer["emotions"][0]["emotion"], "gratitude");
    assert_eq!(answer["signals"][0]["name"], "thanks");
    assert!(answer["valence"].as_f64().unwrap() > 0.5);
}

#[test]
fn signals_of_ones_own_are_listened_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let mine = r#"
        [background]
        examples = ["what is my balance", "good morning", "where is my parcel"]
        [signals.refund]
        threshold = 0.5
        examples = ["I want my money back", "please refund me", "give me a refund"]
    "#;
    std::fs::write(&file, mine).unwrap();
    let hear = |sentence| {
        let signals = file.to_str().unwrap();
        json(&undertone(&["classify", "--json", "--signals", signals, sentence]))["signals"].clone()
    };
    assert_eq!(hear("I would like a refund please")[0]["name"], "refund");
    assert_eq!(hear("good evening").as_array().unwrap().len(), 0);
    std::fs::write(&file, mine.replace("threshold = 0.5", "threshold = 5")).unwrap();
    let output = undertone(&["classify", "--signals", file.to_str().unwrap(), "hello"]);
    let message = refusal(&output);
    assert!(message.contains("mine.toml") && message.contains("threshold"), "{message}");
}

#[test]
fn labelled_sentences_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let comments = write("test.tsv", "Thank you so much!\t15\ta\nI hate this\t2,3\tb\n");
    let report = json(&undertone(&["eval", "text", "--json", "--manifest", &comments]));
    assert!(report["classes"]["gratitude"]["f1"].as_f64().unwrap() > 0.99, "{report}");
    assert!(report["macro_f1"].as_f64().unwrap() > 0.0);
    let tweets = "text,label\nworst service ever,negative\nthanks a lot,positive\nok,neutral\n";
    let tweets = write("tweets.csv", tweets);
    let report = json(&undertone(&["eval", "text", "--speech", "--json", "--manifest", &tweets]));
    assert!((report["negative_auc"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{report}");
    let table = undertone(&["eval", "text", "--manifest", &comments]).stdout;
    let table = String::from_utf8(table).unwrap();
    assert!(table.contains("macro F1") && table.contains("gratitude"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let empty = write("empty.tsv", "");
    let message = refusal(&undertone(&["eval", "text", "--manifest", &empty]));
    assert!(message.contains("empty.tsv"), "{message}");
    let message = refusal(&undertone(&["classify", "--text-model", "no-such", "hello"]));
    assert!(message.contains("no-such"), "{message}");
}
