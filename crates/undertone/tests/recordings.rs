//! `undertone analyze` with recordings of unusual form, as its users run it.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use support::{events, of_type, undertone};

/// Two seconds of a 200 Hz sawtooth, as G.711 µ-law codes would have it: any bytes do.
fn codes() -> Vec<u8> {
    (0..16_000_u32).map(|at| (at * 200 % 8000 / 32) as u8).collect()
}

/// A WAV of `tag` and `bits` with this data behind it, its length as told.
fn wav(tag: u16, bits: u16, rate: u32, data: &[u8], len: u32) -> Vec<u8> {
    let bytes = u32::from(bits / 8);
    let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    out.extend([tag, 1].map(u16::to_le_bytes).concat());
    out.extend([rate, rate * bytes].map(u32::to_le_bytes).concat());
    out.extend([bits / 8, bits].map(u16::to_le_bytes).concat());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(data);
    out
}

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Runs `analyze --json` on the file: exit code, stderr, seconds the customer's lane
/// was long, and whether the summary says complete.
fn run(path: &Path, args: &[&str]) -> (i32, String, f64, bool) {
    let mut line = vec!["analyze", "--json", path.to_str().unwrap()];
    line.extend(args);
    let output = undertone(&line);
    let all = events(&output);
    let summary = of_type(&all, "summary").pop().cloned().unwrap_or_default();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        summary["audio_s"].as_f64().unwrap_or(0.0),
        summary["complete"].as_bool().unwrap_or(false),
    )
}

#[test]
fn lengths_that_streaming_writers_leave_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    for len in [0, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let path = file(&folder, "open.wav", &wav(7, 8, 8000, &codes(), len));
        let (code, stderr, seconds, complete) = run(&path, &[]);
        assert_eq!((code, complete), (0, true), "{len:#x}: {stderr}");
        assert!((seconds - 2.0).abs() < 0.05, "{len:#x}: {seconds} s");
    }
}

#[test]
fn wav_files_in_a_row_are_judged_to_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let one = wav(7, 8, 8000, &codes(), 16_000);
    let (code, stderr, seconds, complete) = run(&file(&folder, "two.wav", &one.repeat(2)), &[]);
    assert_eq!((code, complete), (0, true), "{stderr}");
    assert!((seconds - 4.0).abs() < 0.05, "{seconds} s");
}

#[test]
fn a_headerless_file_and_a_wrong_rate_are_named_by_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let raw = file(&folder, "call.ul", &codes());
    let (code, stderr, ..) = run(&raw, &[]);
    assert!(code == 2 && stderr.contains("--raw mulaw:8000:1"), "{stderr}");
    let (code, _, seconds, complete) = run(&raw, &["--raw", "mulaw:8000:1"]);
    assert!(code == 0 && complete && (seconds - 2.0).abs() < 0.05, "{seconds} s");
    let (code, stderr, ..) = run(&raw, &["--raw", "g729"]);
    assert!(code == 2 && stderr.contains("no such format \"g729\""), "{stderr}");

    let wrong = file(&folder, "wrong.wav", &wav(7, 8, 16_000, &codes(), 16_000));
    let seconds = |args: &[&str]| run(&wrong, args).2;
    assert!((seconds(&[]) - 1.0).abs() < 0.05);
    assert!((seconds(&["--rate", "8000"]) - 2.0).abs() < 0.05);
}

#[test]
fn samples_that_are_no_numbers_are_counted_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let mut data: Vec<u8> = vec![0; 4 * 16_000];
    data[400..404].copy_from_slice(&f32::NAN.to_le_bytes());
    data[800..804].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let path = file(&folder, "nan.wav", &wav(3, 32, 16_000, &data, 64_000));
    let (code, stderr, _, complete) = run(&path, &[]);
    assert_eq!((code, complete), (0, true));
    assert!(stderr.contains("nan.wav: 2 samples are no numbers"), "{stderr}");
}
