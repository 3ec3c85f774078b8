//! Small recordings made on the spot.

use hound::{SampleFormat, WavSpec, WavWriter};
use std::io::{Cursor, Write};
use std::path::Path;
use tempfile::NamedTempFile;
use undertone_capture::{ReadOptions, Recording, RecordingError};

/// One channel of what the small recordings hold.
pub(crate) const SAMPLES: [f32; 9] = [0.0, 0.5, -0.5, 0.25, -0.25, 0.75, -0.75, 0.125, 0.0];

/// A WAV file as hound writes it, the same samples in every channel.
pub(crate) fn wav_bytes(channels: u16, rate: u32, bits: u16, format: SampleFormat) -> Vec<u8> {
    let spec =
        WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for value in SAMPLES {
        for _ in 0..channels {
            match format {
                SampleFormat::Float => writer.write_sample(value).unwrap(),
                SampleFormat::Int => {
                    let scale = ((1_u64 << (bits - 1)) - 1) as f32;
                    writer.write_sample((value * scale) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// A WAV file with a plain `fmt ` chunk of any content, `data` as its samples
/// and `data_len` as their announced length.
pub(crate) fn wav_with_fmt(
    tag: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    data: &[u8],
    data_len: u32,
) -> Vec<u8> {
    let frame = channels.wrapping_mul(bits.div_ceil(8));
    let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    out.extend_from_slice(&tag.to_le_bytes());
    out.extend_from_slice(&channels.to_le_bytes());
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&rate.wrapping_mul(u32::from(frame)).to_le_bytes());
    out.extend_from_slice(&frame.to_le_bytes());
    out.extend_from_slice(&bits.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data_len.to_le_bytes());
    out.extend_from_slice(data);
    out
}

/// A file of these bytes, gone with the value.
pub(crate) fn temp(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// Reads to the end or the first error.
pub(crate) fn read_all(path: &Path, block: usize) -> (Recording, Vec<f32>, Option<RecordingError>) {
    let mut recording = Recording::open(path).unwrap();
    let (samples, error) = drain(&mut recording, block);
    (recording, samples, error)
}

/// Reads a headerless file of this format.
pub(crate) fn read_raw(
    path: &Path,
    format: &str,
    block: usize,
) -> (Recording, Vec<f32>, Option<RecordingError>) {
    let options = ReadOptions { raw: Some(format.parse().unwrap()), rate: None };
    let mut recording = Recording::open_with(path, options).unwrap();
    let (samples, error) = drain(&mut recording, block);
    (recording, samples, error)
}

/// What is left of a recording, and the error it ends with.
pub(crate) fn drain(recording: &mut Recording, block: usize) -> (Vec<f32>, Option<RecordingError>) {
    let mut samples = Vec::new();
    let mut buffer = Vec::new();
    loop {
        match recording.read(block, &mut buffer) {
            Ok(true) => {
                assert!(!buffer.is_empty());
                assert!(buffer.len() <= block * usize::from(recording.channels()));
                samples.extend_from_slice(&buffer);
            }
            Ok(false) => return (samples, None),
            Err(error) => {
                assert!(buffer.is_empty());
                return (samples, Some(error));
            }
        }
    }
}

/// Fails, with the place alone, where `got` is not `wanted` to within `tolerance`.
pub(crate) fn assert_near(what: &str, got: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(got.len(), wanted.len(), "{what}: another number of samples");
    if let Some(at) = (0..got.len()).find(|&at| (got[at] - wanted[at]).abs() > tolerance) {
        panic!("{what}: sample {at} is {} and not {}", got[at], wanted[at]);
    }
}
