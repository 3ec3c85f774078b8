//! Whisper models, by name or path.

use crate::{Cache, Manifest, ModelsError};
use std::path::{Path, PathBuf};
use undertone_transcribe::{Guard, WhisperSettings, WhisperTranscriber};

/// Name of the shipped Whisper model, which transcribes synthetic voices only.
const FIXTURE: &str = "whisper-fixture";

/// The Whisper model called or stored at `name_or_path`.
///
/// # Errors
/// As [`resolve_whisper`], or [`ModelsError::Transcribe`] if the file is no such model.
pub fn whisper(name_or_path: &Path) -> Result<WhisperTranscriber, ModelsError> {
    let path = resolve_whisper(name_or_path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let settings = WhisperSettings { guard: guard(&name), ..WhisperSettings::default() };
    Ok(WhisperTranscriber::load(&path, &settings)?)
}

/// The file meant by `name_or_path`: a file as it is, or else the installed model of that
/// name.
///
/// # Errors
/// [`ModelsError::NotInstalled`] where the name is known and the model is not here.
pub fn resolve_whisper(name_or_path: &Path) -> Result<PathBuf, ModelsError> {
    let manifest = Manifest::built_in()?;
    match name_or_path.to_str() {
        Some(name) if !name_or_path.exists() && manifest.find(name).is_ok() => {
            Cache::of_user()?.installed(manifest.find(name)?)
        }
        _ => Ok(name_or_path.to_owned()),
    }
}

/// The best model that has been pulled; `None` without any.
///
/// # Errors
/// [`ModelsError`] if the cache cannot be read.
pub fn best_whisper() -> Result<Option<PathBuf>, ModelsError> {
    Cache::of_user()?.best(&Manifest::built_in()?)
}

/// True of the shipped model, which cannot transcribe people.
pub fn is_whisper_fixture(model: &str) -> bool {
    model.starts_with(FIXTURE)
}

/// The guard's limits for `model`. The fixture was trained on sounds without words: on speech
/// that it is unsure of, its no-speech probability is 0.0001 at most, and on sounds of
/// ESC-10's third fold that it has words for, 0.0008 or more.
fn guard(model: &str) -> Guard {
    let usual = Guard::default();
    if is_whisper_fixture(model) {
        return Guard { no_speech: 0.0004, doubtful_log_probability: -0.2, ..usual };
    }
    usual
}
