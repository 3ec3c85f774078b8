//! Whatever happens to a file, reading it ends, in order, without a panic.

use crate::common::{drain, temp, wav_bytes};
use crate::formats::golden_bytes;
use hound::SampleFormat;
use proptest::prelude::*;
use undertone_capture::{Recording, RecordingError};

/// Files whose header says how long they are, or that say where they break off.
const CUT_ANYWHERE: [&str; 7] = [
    "short.flac",
    "short.ogg",
    "short.mp3",
    "short.opus",
    "phone-ima.wav",
    "phone-ms.wav",
    "phone-gsm.wav",
];

const CONTAINED: [&str; 8] = [
    "short.flac",
    "short.ogg",
    "short.mp3",
    "short.opus",
    "short.m4a",
    "short-alac.m4a",
    "short.webm",
    "short.mka",
];

/// Opens and reads `bytes`; what came before the error, and the error.
fn read(bytes: &[u8]) -> (Vec<f32>, Option<RecordingError>) {
    match Recording::open(temp(bytes).path()) {
        Ok(mut recording) => drain(&mut recording, 500),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// Cut anywhere, a file gives an error and, before it, a beginning of its sound;
/// more bytes give as many samples, or at most `slack` fewer.
fn check_cuts(whole: &[u8], slack: usize, lengths: impl Iterator<Item = usize>) {
    let (complete, error) = read(whole);
    assert!(error.is_none(), "{error:?}");
    let mut longest = 0;
    for length in lengths {
        let (samples, error) = read(&whole[..length]);
        assert!(error.is_some(), "nothing said about a cut at {length} of {}", whole.len());
        assert!(samples.len() <= complete.len());
        assert!(complete.starts_with(&samples), "other sound after a cut at {length}");
        // A cut in the header of a frame may cost the frame before it as well.
        assert!(samples.len() + slack >= longest, "less sound from more bytes, cut at {length}");
        longest = longest.max(samples.len());
    }
    assert!(longest > complete.len() / 2);
}

#[test]
fn a_wav_cut_at_any_length_gives_a_beginning_and_an_error() {
    for (bits, format) in
        [(8, SampleFormat::Int), (24, SampleFormat::Int), (32, SampleFormat::Float)]
    {
        let whole = wav_bytes(2, 16_000, bits, format);
        check_cuts(&whole, 0, 0..whole.len());
    }
}

#[test]
fn a_compressed_file_cut_anywhere_gives_a_beginning_and_an_error() {
    for name in CUT_ANYWHERE {
        println!("{name}");
        let whole = golden_bytes(name);
        check_cuts(&whole, 2 * 4608, (0..whole.len()).step_by(31));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn an_adpcm_or_gsm_wav_with_any_bytes_flipped_ends(
        flips in prop::collection::vec((0_usize..100, 1_u8..), 1..4),
        name in prop::sample::select(vec!["phone-ima.wav", "phone-ms.wav", "phone-gsm.wav"]),
    ) {
        read(&flipped(&golden_bytes(name), &flips));
    }
}

/// symphonia takes no MP4, nor a cluster of a Matroska file, that does not end within
/// the file.
#[test]
fn an_mp4_or_matroska_cut_anywhere_gives_an_error() {
    for name in ["short.m4a", "short-alac.m4a", "short.webm", "short.mka"] {
        let whole = golden_bytes(name);
        for length in (0..whole.len()).step_by(31) {
            let (_, error) = read(&whole[..length]);
            assert!(error.is_some(), "{name}: nothing said about a cut at {length}");
        }
    }
}

fn flipped(whole: &[u8], flips: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, value) in flips {
        let at = at % bytes.len();
        bytes[at] ^= value;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_wav_with_any_bytes_flipped_ends(
        // The header is the first 44 to 68 bytes; most flips should land there.
        flips in prop::collection::vec((0_usize..100, 1_u8..), 1..4),
        bits in prop::sample::select(vec![8_u16, 16, 24, 32]),
    ) {
        read(&flipped(&wav_bytes(2, 16_000, bits, SampleFormat::Int), &flips));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_compressed_file_with_any_bytes_flipped_ends(
        flips in prop::collection::vec((any::<usize>(), 1_u8..), 1..6),
        head_flips in prop::collection::vec((0_usize..200, 1_u8..), 0..2),
        name in prop::sample::select(CONTAINED.to_vec()),
    ) {
        read(&flipped(&flipped(&golden_bytes(name), &flips), &head_flips));
    }
}

#[test]
fn a_damaged_flac_stops_where_the_damage_is() {
    let whole = golden_bytes("short.flac");
    let (complete, _) = read(&whole);
    let (samples, error) = read(&flipped(&whole, &[(whole.len() / 2, 0xff)]));
    let Some(RecordingError::Damaged { read_frames, .. }) = error else { panic!("{error:?}") };
    assert_eq!(samples.len() as u64, 2 * read_frames);
    assert!(complete.starts_with(&samples));
    assert!(!samples.is_empty() && samples.len() < complete.len());
}
