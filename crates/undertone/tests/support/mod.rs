//! What the tests of the command line share.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A shipped recording.
pub fn fixture(name: &str) -> PathBuf {
    root().join("audio-fixtures").join(name)
}

/// Runs `undertone` with `args` from the root of the repository.
pub fn undertone<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(args)
        .current_dir(root())
        .env("NO_COLOR", "1")
        // No models that the user may have pulled.
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

/// The events on stdout, each line parsed as JSON.
pub fn events(output: &Output) -> Vec<Value> {
    let stdout = std::str::from_utf8(&output.stdout).unwrap();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `analyze --json FILE…`, which must succeed.
pub fn analyze(file: &Path, more: &[&str]) -> Vec<Value> {
    let mut args = vec!["analyze", "--json", file.to_str().unwrap()];
    args.extend(more);
    let output = undertone(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    events(&output)
}

/// The events of one type.
pub fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

/// The events without what a clock measured.
pub fn timeless(events: &[Value]) -> Vec<Value> {
    let mut events = events.to_vec();
    for event in &mut events {
        let fields = event.as_object_mut().unwrap();
        for clocked in [
            "compute_ms",
            "delay_ms",
            "wall_s",
            "real_time_factor",
            "compute",
            "delay",
            "run",
            "time",
        ] {
            fields.remove(clocked);
        }
    }
    events
}

/// Reads a recording whole: rate, channels, interleaved samples.
pub fn read(path: &Path) -> (u32, u16, Vec<f32>) {
    let mut recording = undertone_capture::Recording::open(path).unwrap();
    let (mut block, mut all) = (Vec::new(), Vec::new());
    while recording.read(4096, &mut block).unwrap() {
        all.extend_from_slice(&block);
    }
    all.extend_from_slice(&block);
    (recording.sample_rate(), recording.channels(), all)
}

/// Writes interleaved samples as 32-bit float WAV.
pub fn write_wav(path: &Path, sample_rate: u32, channels: u16, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels,
        sample_rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}
