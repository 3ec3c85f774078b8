//! Errors of finding, pulling and loading models.

use std::io;
use std::path::{Path, PathBuf};
use undertone_emotion::EmotionError;
use undertone_transcribe::TranscribeError;

/// Why a model cannot be found, pulled or loaded. Each message is one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelsError {
    /// No model that can be pulled has this name: choose one of the list.
    #[error("no model is called \"{name}\"; there are {}", known.join(", "))]
    Unknown {
        /// The name or path.
        name: String,
        /// The known names.
        known: Vec<String>,
    },
    /// No weights file of that name in any of the searched folders.
    #[error("no model {name:?}; looked for {}", list(looked))]
    NotFound {
        /// The name or path.
        name: String,
        /// Every path that was tried.
        looked: Vec<PathBuf>,
    },
    /// The model is known but not installed: pull it.
    #[error("whisper model {name} is not installed; fetch it with: undertone models pull {name}")]
    NotInstalled {
        /// The model.
        name: String,
    },
    /// The source does not have this model, or has another file: choose another source.
    #[error("{place}: {cause}")]
    Refused {
        /// URL or file.
        place: String,
        /// Its answer.
        cause: String,
    },
    /// The download has a wrong SHA-256; it has been removed.
    #[error("{name}: what was fetched is not this model: its SHA-256 is {found}, not {expected}")]
    Checksum {
        /// The model.
        name: String,
        /// SHA-256 of the download.
        found: String,
        /// SHA-256 of the model.
        expected: String,
    },
    /// The connection broke: pulling again resumes it.
    #[error("{place}: {cause}")]
    Broken {
        /// URL or file.
        place: String,
        /// What happened.
        cause: String,
    },
    /// Another pull is downloading the file: wait for it.
    #[error("{}: another pull is fetching this model", path.display())]
    Locked {
        /// The partial file.
        path: PathBuf,
    },
    /// A file of this machine cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file of service signals cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Signals {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The user has no home folder.
    #[error("the home folder is not known; set HOME")]
    NoHome,
    /// The manifest that was built in is at fault.
    #[error("models/manifest.toml: {0}")]
    Manifest(#[from] toml::de::Error),
    /// An emotion model or its signals cannot be loaded.
    #[error(transparent)]
    Emotion(#[from] EmotionError),
    /// A Whisper model cannot be loaded.
    #[error(transparent)]
    Transcribe(#[from] TranscribeError),
}

impl ModelsError {
    /// True if the user's input is at fault; false if this machine, the network or this program
    /// is.
    pub const fn is_of_input(&self) -> bool {
        !matches!(
            self,
            Self::Broken { .. }
                | Self::Locked { .. }
                | Self::File { .. }
                | Self::NoHome
                | Self::Manifest(_)
        )
    }

    /// For `map_err` where the system fails at `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}
