//! Errors of loading a recogniser.

use std::path::PathBuf;

/// Why a recogniser could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    /// The model file cannot be read: check the path.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The model file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is not a complete, valid Whisper model: download it again.
    #[error("{}: not a usable whisper model: {cause}", path.display())]
    Malformed {
        /// The model file.
        path: PathBuf,
        /// The first fault found.
        cause: String,
    },
    /// The model does not support the language: choose another model or language.
    #[error(
        "{}: the model does not know the language \"{language}\"; a multilingual one may, for \
         example base", path.display()
    )]
    Language {
        /// The model file.
        path: PathBuf,
        /// The language.
        language: String,
    },
    /// whisper.cpp refused a valid model, for example because memory is short.
    #[error("{}: whisper.cpp could not load the model: {cause}", path.display())]
    Backend {
        /// The model file.
        path: PathBuf,
        /// Its error.
        cause: String,
    },
}
