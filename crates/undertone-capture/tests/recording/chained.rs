//! Several recordings in one file are read to the last one's end.

use crate::common::{assert_near, drain, read_all, temp, wav_with_fmt};
use crate::formats::{golden_bytes, rf64, wave64};
use undertone_capture::{Recording, RecordingError};

fn read(bytes: &[u8]) -> (Vec<f32>, Option<RecordingError>) {
    match Recording::open(temp(bytes).path()) {
        Ok(mut recording) => drain(&mut recording, 500),
        Err(error) => (Vec::new(), Some(error)),
    }
}

#[test]
fn wav_files_in_a_row_are_one_recording() {
    let first = wav_with_fmt(1, 1, 16_000, 16, &[0, 64, 0, 192], 4);
    let behind = b"LIST\x05\0\0\0INFOx\0".as_slice();
    let float = wav_with_fmt(3, 1, 16_000, 32, &0.25_f32.to_le_bytes(), 4);
    for parts in [
        vec![first.as_slice(), &float],
        vec![&first, behind, &float],
        vec![&first, &first, behind, &float],
        vec![&rf64(&first), &float],
        vec![&wave64(&first), &float],
    ] {
        let file = temp(&parts.concat());
        let (recording, samples, error) = read_all(file.path(), 3);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(samples[..2], [0.5, -0.5]);
        assert_eq!(samples.last(), Some(&0.25));
        assert_eq!(recording.frames(), Some(samples.len() as u64));
    }
}

#[test]
fn an_odd_chunk_without_padding_does_not_hide_what_follows() {
    let first = wav_with_fmt(1, 1, 8000, 8, &[0x80, 0xc0, 0x80], 3);
    let second = wav_with_fmt(1, 1, 8000, 8, &[0xc0], 1);
    for padding in [&[][..], &[0]] {
        let (samples, error) = read(&[&first, padding, &second].concat());
        assert!(error.is_none(), "{error:?}");
        assert_eq!(samples, [0.0, 0.5, 0.0, 0.5]);
    }
}

#[test]
fn a_wav_behind_another_that_is_cut_or_broken_is_said() {
    let first = wav_with_fmt(1, 1, 16_000, 16, &[0, 64, 0, 192], 4);
    let (samples, error) = read(&[&first[..], &first[..first.len() - 2]].concat());
    assert_eq!(samples, [0.5, -0.5, 0.5]);
    let Some(RecordingError::Truncated { read_frames: 3, expected_frames: 4, .. }) = error else {
        panic!("{error:?}");
    };
    let (samples, error) = read(&[&first[..], &first[..30]].concat());
    assert_eq!(samples, [0.5, -0.5]);
    let message = error.unwrap().to_string();
    assert!(message.contains("another recording begins here: broken header"), "{message}");
}

#[test]
fn a_change_of_rate_or_channels_is_said() {
    let wav = |channels, rate| wav_with_fmt(1, channels, rate, 16, &[0, 64, 0, 192], 4);
    for (second, what) in [
        (wav(1, 8000), "with 8000 Hz and 1 channels"),
        (wav(2, 16_000), "with 16000 Hz and 2 channels"),
    ] {
        let (samples, error) = read(&[wav(1, 16_000), second].concat());
        assert_eq!(samples, [0.5, -0.5]);
        let message = error.unwrap().to_string();
        assert!(message.contains(what) && message.contains("after 2 frames"), "{message}");
    }
}

#[test]
fn compressed_files_in_a_row_are_one_recording() {
    for (name, most_between) in [("short.mp3", 2 * 2304), ("short.ogg", 0), ("short.opus", 0)] {
        let one = golden_bytes(name);
        let (alone, error) = read(&one);
        assert!(error.is_none(), "{name}: {error:?}");
        for times in [2, 3] {
            let (samples, error) = read(&one.repeat(times));
            assert!(error.is_none(), "{name}: {error:?}");
            assert_near(name, &samples[..alone.len()], &alone, 0.0);
            // The tag of an MP3 says what is padding in the first alone.
            let least = times * alone.len();
            let most = least + (times - 1) * most_between;
            assert!((least..=most).contains(&samples.len()), "{name}: {}", samples.len());
        }
    }
}

#[test]
fn an_mp3_without_a_tag_is_read_to_its_end() {
    let whole = golden_bytes("short.mp3");
    // The tag is a frame of its own, the first.
    let tag = whole.windows(4).position(|mark| matches!(mark, b"Info" | b"Xing")).unwrap();
    let synced = |at: &usize| whole[*at] == 0xff && whole[at + 1] & 0xe6 == 0xe2;
    let second = (tag..whole.len() - 1).find(synced).unwrap();
    let (tagged, _) = read(&whole);
    let (bare, error) = read(&whole[second..]);
    assert!(error.is_none(), "{error:?}");
    assert!(bare.len() >= tagged.len());
    let (twice, error) = read(&whole[second..].repeat(2));
    assert!(error.is_none(), "{error:?}");
    assert_eq!(twice.len(), 2 * bare.len());
}

#[test]
fn a_chain_that_is_cut_is_said() {
    for name in ["short.ogg", "short.opus"] {
        let one = golden_bytes(name);
        let twice = one.repeat(2);
        let (alone, _) = read(&one);
        let (samples, error) = read(&twice[..twice.len() - 1000]);
        assert!(error.is_some(), "{name}");
        assert!(samples.len() > alone.len() && samples.len() < 2 * alone.len(), "{name}");
    }
}

#[test]
fn flac_files_in_a_row_are_not_passed_off_as_one() {
    let one = golden_bytes("short.flac");
    let (alone, _) = read(&one);
    let (samples, error) = read(&one.repeat(2));
    assert!(alone.starts_with(&samples));
    let message = error.unwrap().to_string();
    assert!(message.contains("another recording begins, which would not be read whole"));
}

/// Ogg's checksum (RFC 3533, section 6).
fn ogg_checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
            if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
        })
    })
}

/// Encoders begin some streams a little after zero and go back with the next page.
#[test]
fn an_ogg_whose_positions_go_back_is_no_second_file() {
    let mut opus = golden_bytes("short.opus");
    let (whole, _) = read(&opus);
    let is_page = |at: &usize| opus[*at..].starts_with(b"OggS");
    let pages: Vec<usize> = (0..opus.len()).filter(is_page).collect();
    // Behind two pages of headers: the first of sound, and where it ends.
    let page = &mut opus[pages[2]..pages[3]];
    let position = u64::from_le_bytes(page[6..14].try_into().unwrap()) + 489;
    page[6..14].copy_from_slice(&position.to_le_bytes());
    page[22..26].fill(0);
    let checksum = ogg_checksum(page);
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    let (samples, error) = read(&opus);
    let said = error.map_or_else(String::new, |error| error.to_string());
    assert!(!said.contains("another recording"), "{said}");
    // The patched page claims 489 stereo frames that are not there; all others are.
    assert!(samples.len() + 2 * 489 >= whole.len(), "{} of {}", samples.len(), whole.len());
}
