//! Reads recordings of every kind, whole, cut and damaged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chained;
mod common;
mod damaged;
mod formats;
mod malformed;

use common::{SAMPLES, read_all, temp, wav_bytes, wav_with_fmt};
use hound::SampleFormat;
use std::fs;
use std::sync::atomic::Ordering;
use undertone_capture::{Recording, RecordingError, channel};

#[test]
fn every_bit_depth_gives_back_what_was_written() {
    for (bits, format, tolerance) in [
        (8, SampleFormat::Int, 1.0 / 100.0),
        (16, SampleFormat::Int, 1.0 / 30_000.0),
        (24, SampleFormat::Int, 1.0 / 8e6),
        (32, SampleFormat::Int, 1e-6),
        (32, SampleFormat::Float, 0.0),
    ] {
        for channels in [1, 2, 5] {
            let file = temp(&wav_bytes(channels, 10_000, bits, format));
            let (recording, samples, error) = read_all(file.path(), 3);
            assert!(error.is_none(), "{bits} bits: {error:?}");
            assert_eq!(recording.sample_rate(), 10_000);
            assert_eq!(recording.channels(), channels);
            assert_eq!(recording.frames(), Some(SAMPLES.len() as u64));
            for (frame, wanted) in samples.chunks(usize::from(channels)).zip(SAMPLES) {
                for sample in frame {
                    assert!((sample - wanted).abs() <= tolerance, "{bits} bits: {sample}");
                }
            }
            assert_eq!(samples.len(), SAMPLES.len() * usize::from(channels));
        }
    }
}

#[test]
fn g711_is_decoded() {
    // Codes and values from the table in ITU-T G.711, scaled to 16 bits.
    let mu_law = [(0xff, 0), (0x00, -32_124), (0x80, 32_124), (0xe0, 372), (0x60, -372)];
    let a_law = [(0xd5, 8), (0x55, -8), (0x2a, -32_256), (0xaa, 32_256), (0xc5, 264)];
    for (tag, table) in [(7, mu_law), (6, a_law)] {
        let codes: Vec<u8> = table.iter().map(|(code, _)| *code).collect();
        let file = temp(&wav_with_fmt(tag, 1, 8000, 8, &codes, codes.len() as u32));
        let (recording, samples, error) = read_all(file.path(), 2);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(recording.sample_rate(), 8000);
        let wanted: Vec<f32> =
            table.iter().map(|(_, value): &(u8, i16)| f32::from(*value) / 32_768.0).collect();
        assert_eq!(samples, wanted, "format tag {tag}");
    }
}

#[test]
fn doubles_are_decoded() {
    let data: Vec<u8> = [0.25_f64, -0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    let file = temp(&wav_with_fmt(3, 1, 16_000, 64, &data, 16));
    let (_, samples, error) = read_all(file.path(), 8);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(samples, [0.25, -0.5]);
}

#[test]
fn not_a_number_is_passed_on_and_counted() {
    let data: Vec<u8> =
        [f32::NAN, 0.5, f32::INFINITY].iter().flat_map(|x| x.to_le_bytes()).collect();
    let file = temp(&wav_with_fmt(3, 1, 16_000, 32, &data, 12));
    let (recording, samples, error) = read_all(file.path(), 8);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(recording.not_finite().load(Ordering::Relaxed), 2);
    assert!(samples[0].is_nan() && samples[2].is_infinite());
    assert_eq!(samples[1..2], [0.5]);
}

#[test]
fn a_length_left_open_by_a_recorder_means_to_the_end() {
    let data = [0, 0, 0, 64, 0, 192];
    for length in [0, u32::MAX, 0x7fff_f000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffdb] {
        let file = temp(&wav_with_fmt(1, 1, 16_000, 16, &data, length));
        let (recording, samples, error) = read_all(file.path(), 8);
        assert!(error.is_none(), "{length}: {error:?}");
        assert_eq!(recording.frames(), Some(3));
        assert_eq!(samples, [0.0, 0.5, -0.5]);
    }
}

#[test]
fn a_truncated_wav_gives_everything_before_the_cut() {
    let whole = wav_bytes(2, 16_000, 16, SampleFormat::Int);
    let file = temp(&whole[..whole.len() - 5]);
    let (_, samples, error) = read_all(file.path(), 4);
    // Five bytes are one frame of four and a part of another.
    let frames = SAMPLES.len() as u64 - 2;
    assert_eq!(samples.len() as u64, 2 * frames);
    let Some(RecordingError::Truncated { read_frames, expected_frames, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!((read_frames, expected_frames), (frames, frames + 2));
}

#[test]
fn chunks_around_the_sound_do_not_matter() {
    let plain = wav_with_fmt(1, 1, 16_000, 16, &[0, 64], 2);
    let mut file = plain[..12].to_vec();
    // An odd chunk with its padding byte before, a list behind.
    file.extend_from_slice(b"note\x03\0\0\0abc\0");
    file.extend_from_slice(&plain[12..]);
    file.extend_from_slice(b"LIST\x04\0\0\0INFO");
    let (_, samples, error) = read_all(temp(&file).path(), 8);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(samples, [0.5]);
}

#[test]
fn after_an_error_there_is_nothing_more() {
    let whole = wav_bytes(1, 16_000, 16, SampleFormat::Int);
    let file = temp(&whole[..whole.len() - 2]);
    let mut recording = Recording::open(file.path()).unwrap();
    let mut block = Vec::new();
    while matches!(recording.read(4, &mut block), Ok(true)) {}
    assert!(!recording.read(4, &mut block).unwrap());
    assert!(block.is_empty());
}

#[test]
fn every_refusal_names_the_file_and_the_cause_in_one_line() {
    let header = |tag, channels, rate, bits| wav_with_fmt(tag, channels, rate, bits, &[0; 8], 8);
    let cases: [(&str, Vec<u8>); 14] = [
        ("the file is empty", vec![]),
        ("a PNG image", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("not audio but text", b"hello\n".to_vec()),
        ("zero channels", header(1, 0, 16_000, 16)),
        ("0 Hz", header(1, 1, 0, 16)),
        ("900 channels", header(1, 900, 16_000, 8)),
        ("sample rate of 7 Hz", header(1, 1, 7, 16)),
        ("IMA ADPCM in blocks without a frame", header(0x11, 1, 16_000, 4)),
        ("broken header", header(1, 2, 16_000, 64)),
        ("no fmt chunk", header(1, 1, 16_000, 16)[..12].to_vec()),
        ("no data chunk", header(1, 1, 16_000, 16)[..36].to_vec()),
        ("broken header", b"\0\0\0\x20ftypM4A ".to_vec()),
        ("OGG Speex cannot be read", [b"OggS".as_slice(), &[0; 24], b"Speex   "].concat()),
        ("broken header", b"OggS\0\0\0\0".to_vec()),
    ];
    for (cause, bytes) in cases {
        let file = temp(&bytes);
        let message = Recording::open(file.path()).err().expect(cause).to_string();
        assert!(message.contains(cause), "{message:?} should say {cause:?}");
        assert!(message.starts_with(file.path().to_str().unwrap()), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_path_that_is_no_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &std::path::Path| Recording::open(path).err().unwrap().to_string();
    assert!(message(folder.path()).ends_with("is a folder, not a file"));
    assert!(message(&folder.path().join("nothing.wav")).ends_with("no such file"));
    #[cfg(unix)]
    assert!(message("/dev/null".as_ref()).ends_with("is a device or a pipe, not a file"));
}

#[cfg(unix)]
#[test]
fn a_file_we_may_not_read_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let file = temp(&wav_bytes(1, 16_000, 16, SampleFormat::Int));
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything; then there is nothing to refuse.
    match Recording::open(file.path()) {
        Err(error) => assert!(error.to_string().contains("permission denied"), "{error}"),
        Ok(_) => assert!(fs::read(file.path()).is_ok()),
    }
}

#[test]
fn a_recording_without_samples_says_so() {
    let file = temp(&wav_with_fmt(1, 1, 16_000, 16, &[], 0));
    let (_, samples, error) = read_all(file.path(), 4);
    assert!(samples.is_empty());
    assert!(matches!(error, Some(RecordingError::NoSamples { .. })), "{error:?}");
}

#[test]
fn a_channel_is_every_nth_sample() {
    let mut out = vec![9.0];
    channel(&[1.0, 2.0, 3.0, 4.0], 2, 1, &mut out);
    assert_eq!(out, [2.0, 4.0]);
    channel(&[1.0, 2.0], 2, 2, &mut out);
    assert!(out.is_empty());
}

#[test]
fn compressed_files_hold_the_same_sound() {
    let golden = |name: &str| {
        let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        let (recording, samples, error) = read_all(path.as_ref(), 777);
        assert!(error.is_none(), "{name}: {error:?}");
        assert_eq!((recording.sample_rate(), recording.channels()), (16_000, 2), "{name}");
        let mut customer = Vec::new();
        channel(&samples, 2, 0, &mut customer);
        assert_eq!(customer.len(), 24_000, "{name}");
        (recording.frames(), customer)
    };
    let (frames, exact) = golden("short.flac");
    assert_eq!(frames, Some(24_000));
    for name in ["short.ogg", "short.mp3"] {
        let (frames, lossy) = golden(name);
        assert_eq!(frames, Some(24_000), "{name}");
        let power = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>();
        let sound = power(&mut exact.iter().copied());
        let error = power(&mut exact.iter().zip(&lossy).map(|(a, b)| a - b));
        assert!(error < 0.1 * sound, "{name} is {:.1} dB off", 10.0 * (error / sound).log10());
    }
}

#[test]
fn opus_holds_the_same_sound_at_its_own_rate() {
    let read = |name: &str| {
        let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        let (recording, samples, error) = read_all(path.as_ref(), 777);
        assert!(error.is_none(), "{name}: {error:?}");
        let mut customer = Vec::new();
        channel(&samples, 2, 0, &mut customer);
        (recording, customer)
    };
    let (_, exact) = read("short.flac");
    let (recording, lossy) = read("short.opus");
    assert_eq!((recording.sample_rate(), recording.channels()), (48_000, 2));
    assert_eq!((recording.frames(), lossy.len()), (Some(72_000), 72_000));
    // The telephone's band holds nothing that every third sample would fold.
    let product: f32 = exact.iter().zip(lossy.iter().step_by(3)).map(|(a, b)| a * b).sum();
    let power = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>();
    let (a, b) = (power(&mut exact.iter().copied()), power(&mut lossy.iter().copied().step_by(3)));
    assert!(product > 0.9 * (a * b).sqrt(), "correlation {:.3}", product / (a * b).sqrt());
}
