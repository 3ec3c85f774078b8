//! The front end against the Python code that models are trained with.
#![allow(clippy::unwrap_used, missing_docs)]

use safetensors::SafeTensors;
use std::path::Path;
use undertone_dsp::{Functionals, LogMel};
use undertone_signal::FrontEnd;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    std::fs::read(path).unwrap()
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let bytes = file.tensor(name).unwrap().data();
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn front_end(bytes: &[u8]) -> FrontEnd {
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let metadata = header.metadata().clone().unwrap();
    let number = |name: &str| metadata[name].parse::<f32>().unwrap();
    FrontEnd {
        window: 32_000,
        frame: 400,
        hop: 160,
        fft: 512,
        mels: 48,
        level_ref: number("level_ref"),
        level_floor: number("level_floor"),
        log_offset: number("log_offset"),
        mean: number("mean"),
        std: number("std"),
        pitch: false,
    }
}

fn assert_close(got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance, "value {i}: {g} instead of {w}");
    }
}

#[test]
fn mel_and_features_agree_with_the_training_code() {
    let bytes = golden("logmel.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (wave, front_end) = (floats(&file, "wave"), front_end(&bytes));
    let mel = LogMel::new(front_end).unwrap().magnitudes(&wave);
    assert_close(&mel, &floats(&file, "mel"), 1e-4);
    let features = LogMel::features(&front_end, &wave).unwrap();
    assert_close(&features, &floats(&file, "log_mel"), 1e-4);
}

#[test]
fn functionals_agree_with_the_training_code() {
    let bytes = golden("functionals.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let front_end = FrontEnd { pitch: true, ..front_end(&bytes) };
    let (mut got, want) = (Vec::new(), floats(&file, "functionals"));
    Functionals::new(front_end).measure(&floats(&file, "window"), &mut got);
    assert_eq!(got.len(), Functionals::COUNT);
    for (i, (g, w)) in got.iter().zip(&want).enumerate() {
        assert!((g - w).abs() <= 1e-4 * w.abs().max(1.0), "functional {i}: {g} instead of {w}");
    }
}

#[test]
fn a_window_without_voice_has_functionals_all_the_same() {
    let front_end = FrontEnd { pitch: true, ..FrontEnd::TELEPHONE };
    let (mut functionals, mut out) = (Functionals::new(front_end), Vec::new());
    for value in [-7.0, 0.0, 80.0, f32::INFINITY, f32::NAN] {
        functionals.measure(&vec![value; front_end.len()], &mut out);
        assert_eq!(out.len(), Functionals::COUNT);
    }
    functionals.measure(&[], &mut out);
    assert!(out.len() == Functionals::COUNT && out.iter().all(|x| x.abs() < f32::EPSILON));
}
