//! What can go wrong before the first word.

use std::path::PathBuf;

/// Why a recogniser could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    /// The model file cannot be read; name another.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The model file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a whole, sound Whisper model; fetch it again.
    #[error("{}: not a usable whisper model: {cause}", path.display())]
    Malformed {
        /// The model file.
        path: PathBuf,
        /// The first thing found wrong.
        cause: String,
    },
    /// The model does not know the language asked for; choose another of either.
    #[error("{}: the model does not know the language \"{language}\"", path.display())]
    Language {
        /// The model file.
        path: PathBuf,
        /// The language asked for.
        language: String,
    },
    /// whisper.cpp refused a model that looked sound, for want of memory perhaps.
    #[error("{}: whisper.cpp could not load the model: {cause}", path.display())]
    Backend {
        /// The model file.
        path: PathBuf,
        /// What it said.
        cause: String,
    },
}
