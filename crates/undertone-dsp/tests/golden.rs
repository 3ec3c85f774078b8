//! The front end against the Python code that models are trained with.
#![allow(clippy::unwrap_used, missing_docs)]

use safetensors::SafeTensors;
use std::path::Path;
use undertone_dsp::LogMel;
use undertone_signal::FrontEnd;

fn golden() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/logmel.safetensors");
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
    let bytes = golden();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (wave, front_end) = (floats(&file, "wave"), front_end(&bytes));
    let mel = LogMel::new(front_end).unwrap().magnitudes(&wave);
    assert_close(&mel, &floats(&file, "mel"), 1e-4);
    let features = LogMel::features(&front_end, &wave).unwrap();
    assert_close(&features, &floats(&file, "log_mel"), 1e-4);
}
