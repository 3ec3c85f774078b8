//! Whisper through whisper.cpp, with a model made on the spot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::PathBuf;
use support::{segment, tiny_model, write};
use tempfile::TempDir;
use undertone_infer::Transcriber;
use undertone_transcribe::{
    Guard, Language, ModelFile, TranscribeError, WhisperSettings, WhisperTranscriber,
};

fn model(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny-random.bin");
    write(&path, bytes);
    (folder, path)
}

/// Settings that believe everything: random weights say nothing believable.
fn credulous() -> WhisperSettings {
    let guard = Guard {
        no_speech: 2.0,
        surely_no_speech: 2.0,
        least_log_probability: f32::NEG_INFINITY,
        most_repeats: usize::MAX,
        most_shrinkage: f64::INFINITY,
        most_words_per_second: f64::INFINITY,
        ..Guard::default()
    };
    WhisperSettings { guard, ..WhisperSettings::default() }
}

fn load(path: &std::path::Path) -> Result<WhisperTranscriber, TranscribeError> {
    WhisperTranscriber::load(path, &credulous())
}

fn cause(bytes: &[u8]) -> String {
    let (_folder, path) = model(bytes);
    match load(&path) {
        Ok(_) => panic!("a damaged model was loaded"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_segments_words_do_not_depend_on_the_segments_before_it() {
    let (_folder, path) = model(&tiny_model());
    let mut used = load(&path).unwrap();
    assert_eq!(used.name(), "tiny-random");
    let mut answers = Vec::new();
    for seconds in [2.0, 14.0, 0.3, 2.0] {
        let mut fresh = load(&path).unwrap();
        let alone = fresh.transcribe(&segment(seconds, true)).unwrap();
        let after = used.transcribe(&segment(seconds, true)).unwrap();
        assert_eq!(alone, after, "{seconds} s");
        answers.push(after);
    }
    assert_eq!(answers[0], answers[3]);
    let transcript = answers.into_iter().flatten().next().expect("random weights say something");
    assert!(transcript.is_final);
    assert!(transcript.confidence.get() > 0.0);
}

#[test]
fn segments_of_any_length_are_taken() {
    let (_folder, path) = model(&tiny_model());
    let mut whisper = load(&path).unwrap();
    for seconds in [0.0, 0.0001, 0.05, 0.1, 0.11, 0.5, 31.0, 65.0] {
        whisper.transcribe(&segment(seconds, true)).unwrap();
    }
    assert_eq!(whisper.transcribe(&segment(0.05, true)).unwrap(), None);
}

#[test]
fn samples_that_are_not_numbers_give_no_words() {
    let (_folder, path) = model(&tiny_model());
    let mut whisper = WhisperTranscriber::load(&path, &WhisperSettings::default()).unwrap();
    let mut broken = segment(1.0, true);
    broken.samples[100..200].fill(f32::NAN);
    broken.samples[300] = f32::INFINITY;
    assert_eq!(whisper.transcribe(&broken).unwrap(), None);
}

#[test]
fn random_weights_are_not_believed() {
    let (_folder, path) = model(&tiny_model());
    let mut whisper = WhisperTranscriber::load(&path, &WhisperSettings::default()).unwrap();
    assert_eq!(whisper.transcribe(&segment(3.0, true)).unwrap(), None);
}

#[test]
fn a_look_at_unfinished_speech_says_that_it_is_one() {
    let (_folder, path) = model(&tiny_model());
    let mut whisper = load(&path).unwrap();
    let look = whisper.transcribe(&segment(2.0, false)).unwrap().unwrap();
    let last = whisper.transcribe(&segment(2.0, true)).unwrap().unwrap();
    assert!(!look.is_final && last.is_final);
    assert_eq!(look.text, last.text);
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere.bin");
    let error = load(&missing).err().unwrap();
    assert!(matches!(error, TranscribeError::Unreadable { .. }));
    assert!(error.to_string().contains("nowhere.bin"), "{error}");
    assert!(load(folder.path()).is_err());
}

#[test]
fn what_is_no_model_is_refused_with_its_cause() {
    assert!(cause(b"").contains("does not begin"));
    assert!(cause(b"\x89PNG\r\n\x1a\n0000000000").contains("does not begin"));
    assert!(cause(b"lmgg").contains("cut off"));
    let mut other = tiny_model();
    other[4..8].copy_from_slice(&32_000_u32.to_le_bytes());
    assert!(cause(&other).contains("vocabulary size is 32000"));
    // whisper.cpp would abort on this one.
    let mut single_precision = tiny_model();
    single_precision[44..48].fill(0);
    assert!(cause(&single_precision).contains("unknown number format 0"));
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let whole = tiny_model();
    for share in [0.0001, 0.01, 0.1, 0.5, 0.9, 0.9999] {
        let length = (whole.len() as f64 * share) as usize;
        let text = cause(&whole[..length]);
        assert!(text.contains("cut off") || text.contains("ends before"), "{share}: {text}");
    }
    let mut longer = whole;
    longer.extend([0; 64]);
    assert!(cause(&longer).contains("not a usable whisper model"));
}

#[test]
fn a_language_the_model_does_not_know_is_refused() {
    let (_folder, path) = model(&tiny_model());
    for code in ["de", "klingon", "", "e\0n"] {
        let language = Language::Code(code.into());
        let settings = WhisperSettings { language, ..WhisperSettings::default() };
        let error = WhisperTranscriber::load(&path, &settings).err().unwrap();
        assert!(matches!(error, TranscribeError::Language { .. }), "{error}");
    }
    // It knows English alone, so there is nothing to find out.
    let detect = WhisperSettings { language: Language::Detect, ..credulous() };
    let error = WhisperTranscriber::load(&path, &detect).err().unwrap();
    assert!(error.to_string().contains("\"auto\""), "{error}");
}

/// Every byte of the header, the first tokens and the tensor headers, and bytes
/// spread over the rest: a flipped byte is refused or changes numbers, and never
/// brings the process down.
#[test]
fn flipped_bytes_never_bring_the_process_down() {
    let whole = tiny_model();
    let tables = 4 * 14 + 80 * 201 * 4;
    let places = (0..56).chain(tables..tables + 160).chain((70_000..whole.len()).step_by(149_993));
    let (_folder, path) = model(&whole);
    let mut refused = 0;
    for place in places {
        let mut damaged = whole.clone();
        damaged[place] ^= 0xff;
        write(&path, &damaged);
        if ModelFile::check(&path).is_err() {
            refused += 1;
            continue;
        }
        let mut whisper = load(&path).unwrap();
        whisper.transcribe(&segment(0.5, true)).unwrap();
    }
    assert!(refused > 100, "only {refused} refused");
}
