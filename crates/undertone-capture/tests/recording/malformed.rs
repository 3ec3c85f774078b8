//! Forty files that no writer should have made: read to the end or refused in one
//! line that names the file, never a panic, a hang or a silent half.

use crate::common::{drain, temp, wav_bytes, wav_with_fmt};
use crate::formats::{golden_bytes, rf64, wave64};
use hound::SampleFormat;
use std::io::Cursor;
use std::time::{Duration, Instant};
use undertone_capture::{Recording, RecordingError};

/// What is to become of a file.
#[derive(Clone, Copy)]
enum Fate {
    /// All of it is sound: so many frames.
    Whole(u64),
    /// Some of it is read, then an error that says this.
    Part(&'static str),
    /// Refused with an error that says this.
    Refused(&'static str),
}

use Fate::{Part, Refused, Whole};

/// `bytes` with `with` put over them at `at`.
fn patched(mut bytes: Vec<u8>, at: usize, with: &[u8]) -> Vec<u8> {
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// The first `share` of a file.
fn cut(mut bytes: Vec<u8>, share: f64) -> Vec<u8> {
    bytes.truncate((bytes.len() as f64 * share) as usize);
    bytes
}

fn wav() -> Vec<u8> {
    wav_with_fmt(1, 1, 8000, 16, &[0, 64, 0, 192, 0, 32, 0, 0], 8)
}

fn wavs() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let fmt = |tag, channels, rate, bits| wav_with_fmt(tag, channels, rate, bits, &[0; 64], 64);
    let block = |tag, bytes: u16| patched(fmt(tag, 1, 8000, 4), 32, &bytes.to_le_bytes());
    vec![
        ("a data length of 2^31", patched(wav(), 40, &0x8000_0000_u32.to_le_bytes()), Whole(4)),
        ("a data length of 2^31-1", patched(wav(), 40, &0x7fff_ffff_u32.to_le_bytes()), Whole(4)),
        ("a data length of 2^32-1", patched(wav(), 40, &u32::MAX.to_le_bytes()), Whole(4)),
        ("a data length of zero", patched(wav(), 40, &[0; 4]), Whole(4)),
        ("a data length a byte too long", patched(wav(), 40, &[9]), Whole(4)),
        ("a data length a frame too long", patched(wav(), 40, &[10]), Part("truncated: 4 of 5")),
        ("a gigabyte announced", patched(wav(), 40, &[0, 0, 0, 64]), Part("truncated")),
        ("a rate of 1 Hz", patched(wav(), 24, &[1, 0, 0, 0]), Refused("sample rate of 1 Hz")),
        ("a rate of 4 GHz", patched(wav(), 24, &[0xff; 4]), Refused("sample rate of 4294967295")),
        ("a rate of zero", patched(wav(), 24, &[0; 4]), Refused("0 Hz")),
        ("65535 channels", patched(wav(), 22, &[0xff; 2]), Refused("broken header")),
        ("a frame of no bytes", patched(wav(), 32, &[0; 2]), Refused("broken header")),
        ("a fmt chunk longer than the file", patched(wav(), 16, &[0xff; 4]), Refused("no data")),
        ("a fmt chunk of two bytes", patched(wav(), 16, &[2, 0]), Refused("fmt chunk too short")),
        (
            "fmt behind data",
            [&wav()[..12], &wav()[36..], &wav()[12..36]].concat(),
            Refused("data before the fmt chunk"),
        ),
        ("a WAV in a WAV's data", wav_with_fmt(1, 1, 8000, 8, &wav(), 52), Whole(52)),
        ("a header and no more", wav()[..44].to_vec(), Part("truncated: 0 of 4")),
        ("twelve bytes", wav()[..12].to_vec(), Refused("no fmt chunk")),
        (
            "a thousand empty chunks",
            [&wav()[..12], &b"junk\0\0\0\0".repeat(1000), &wav()[12..]].concat(),
            Whole(4),
        ),
        ("IMA ADPCM in blocks of 3", block(0x11, 3), Refused("blocks without a frame")),
        ("IMA ADPCM with a step of 255", patched(block(0x11, 64), 46, &[255]), Refused("step")),
        ("Microsoft ADPCM of predictor 9", patched(block(2, 64), 44, &[9]), Part("predictor")),
        ("GSM in blocks of 64", patched(block(0x31, 65), 32, &[64, 0]), Refused("broken header")),
        (
            "stereo GSM",
            patched(patched(block(0x31, 65), 32, &[65, 0]), 22, &[2]),
            Refused("GSM 6.10 with 2 channels"),
        ),
        ("an RF64 without ds64", patched(wav(), 0, b"RF64"), Whole(4)),
        ("an RF64 of 16 EiB", patched(rf64(&wav()), 28, &[0xff; 8]), Whole(4)),
        ("a Wave64 of negative chunks", patched(wave64(&wav()), 56, &[0; 8]), Refused("too short")),
        ("a Wave64 of endless chunks", patched(wave64(&wav()), 56, &[0xff; 8]), Refused("no data")),
    ]
}

fn others() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let golden = golden_bytes;
    let au = |start: u32, code: u32| {
        [&b".snd"[..], &[start, 8, code, 8000, 1].map(u32::to_be_bytes).concat(), &[0; 8]].concat()
    };
    vec![
        ("an AU that begins in its header", au(4, 3), Refused("begins at byte 4")),
        ("an AU that begins behind its end", au(9999, 3), Part("truncated")),
        ("an AU of encoding 99", au(24, 99), Refused("AU of encoding 99")),
        ("an AU of 20 bytes", au(24, 3)[..20].to_vec(), Refused("breaks off")),
        ("a FLAC cut in its header", golden("short.flac")[..30].to_vec(), Refused("breaks off")),
        ("half an MP4", cut(golden("short.m4a"), 0.5), Refused("the file breaks off")),
        (
            "an MP4 of one box of 2^64 bytes",
            [&[0, 0, 0, 1], &b"ftyp"[..], &[0xff; 8], &[0; 64]].concat(),
            Refused("broken header"),
        ),
        ("half a WebM", cut(golden("short.webm"), 0.5), Part("")),
        (
            "a Matroska of nested junk",
            [b"\x1aE\xdf\xa3".as_slice(), &[0xff; 200]].concat(),
            Refused("broken header"),
        ),
        ("half an AIFF", b"FORM\0\0\0\x20AIFFCOMM\0\0\0\x12\0\x01".to_vec(), Refused("breaks off")),
        (
            "a CAF of nothing",
            b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20".to_vec(),
            Refused("breaks off"),
        ),
        ("an Ogg page of zeros", [b"OggS".as_slice(), &[0; 200]].concat(), Refused("header")),
        ("an ADTS frame cut short", golden("short.aac")[..300].to_vec(), Part("")),
        (
            "text named as audio",
            b"RIFF is no header\n".to_vec(),
            Refused("RIFF file without sound"),
        ),
    ]
}

fn read(bytes: &[u8]) -> (u64, Option<RecordingError>) {
    let file = temp(bytes);
    match Recording::open(file.path()) {
        Ok(mut recording) => {
            let channels = u64::from(recording.channels());
            let (samples, error) = drain(&mut recording, 1000);
            (samples.len() as u64 / channels, error)
        }
        Err(error) => (0, Some(error)),
    }
}

#[test]
fn forty_malformed_files_are_read_to_the_end_or_refused_by_name() {
    let cases: Vec<_> = wavs().into_iter().chain(others()).collect();
    assert!(cases.len() >= 40, "{}", cases.len());
    for (what, bytes, fate) in cases {
        let began = Instant::now();
        let (frames, error) = read(&bytes);
        assert!(began.elapsed() < Duration::from_secs(5), "{what}: took {:?}", began.elapsed());
        let message = error.as_ref().map(ToString::to_string).unwrap_or_default();
        assert_eq!(message.lines().count(), usize::from(error.is_some()), "{what}: {message}");
        match fate {
            Whole(wanted) => assert!(frames == wanted && error.is_none(), "{what}: {message}"),
            Part(cause) => {
                assert!(error.is_some() && message.contains(cause), "{what}: {frames}, {message}");
            }
            Refused(cause) => {
                assert!(frames == 0 && message.contains(cause), "{what}: {frames}, {message}");
            }
        }
    }
}

#[test]
fn a_wav_of_any_length_field_is_whole_or_says_it_is_not() {
    let whole = wav_bytes(1, 8000, 16, SampleFormat::Int);
    let mut reader = hound::WavReader::new(Cursor::new(&whole)).unwrap();
    let frames = reader.samples::<i16>().count() as u64;
    let data = whole.windows(4).position(|id| id == b"data").unwrap() + 4;
    for len in (0..64).chain((0..32).map(|bit| 1 << bit)).chain((0..32).map(|bit| u32::MAX >> bit))
    {
        let (read_frames, error) = read(&patched(whole.clone(), data, &len.to_le_bytes()));
        match error {
            None => assert!(read_frames <= frames, "{len}"),
            Some(RecordingError::Truncated { expected_frames, .. }) => {
                assert!(read_frames == frames && expected_frames > frames, "{len}");
            }
            Some(RecordingError::NoSamples { .. }) => assert!(len < 2, "{len}"),
            Some(other) => panic!("{len}: {other}"),
        }
    }
}
