//! What can be wrong with a recording.

use std::io;
use std::path::{Path, PathBuf};

/// Why a recording cannot be read, or not to its end. Every message is one
/// line that names the file and the cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is no file of that name.
    #[error("{}: no such file", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, a device or a pipe.
    #[error("{}: is {what}, not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is, with its article.
        what: &'static str,
    },
    /// The system does not let us read it.
    #[error("{}: permission denied; check who may read the file", path.display())]
    Permission {
        /// The file.
        path: PathBuf,
    },
    /// The file has no bytes at all.
    #[error("{}: the file is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is sound, but holds none.
    #[error("{}: holds no samples", path.display())]
    NoSamples {
        /// The file.
        path: PathBuf,
    },
    /// Its content is not audio, whatever its name says.
    #[error(
        "{}: not audio but {looks_like}; name the format of headerless sound, for example \
         --raw mulaw:8000:1",
        path.display()
    )]
    NotAudio {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like, with its article.
        looks_like: &'static str,
    },
    /// It is audio of a kind that cannot be read here.
    #[error(
        "{}: {what} cannot be read; convert it first: ffmpeg -i {:?} {:?}",
        path.display(), path.display(), path.with_extension("flac").display()
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The format, codec or property at fault.
        what: String,
    },
    /// The header announces no channels.
    #[error("{}: the header says zero channels", path.display())]
    ZeroChannels {
        /// The file.
        path: PathBuf,
    },
    /// The header announces a sample rate of zero.
    #[error("{}: the header says a sample rate of 0 Hz", path.display())]
    ZeroRate {
        /// The file.
        path: PathBuf,
    },
    /// The header contradicts itself or breaks off.
    #[error("{}: broken header: {cause}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The file ends before the length its header announces.
    #[error(
        "{}: truncated: {read_frames} of {expected_frames} frames are there",
        path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Frames that were there, all of them delivered.
        read_frames: u64,
        /// Frames the header announces.
        expected_frames: u64,
    },
    /// The file is damaged; everything before the damage was delivered.
    #[error("{}: damaged after {read_frames} frames: {cause}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Frames delivered before the damage.
        read_frames: u64,
        /// What the decoder met.
        cause: String,
    },
    /// Another recording of other rate or channels follows in the same file;
    /// everything before it was delivered.
    #[error(
        "{}: after {read_frames} frames another recording begins, {what}; split the file \
         there",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// Frames delivered before it.
        read_frames: u64,
        /// What is different about it, as "with …" or "which …".
        what: String,
    },
    /// Reading failed for a reason outside the file.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl RecordingError {
    /// The variant that fits what the system said about `path`.
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            io::ErrorKind::PermissionDenied => Self::Permission { path },
            io::ErrorKind::IsADirectory => Self::NotAFile { path, what: "a folder" },
            _ => Self::Io { path, source },
        }
    }

    /// The message without the name of the file.
    pub(super) fn cause(&self) -> String {
        let message = self.to_string();
        message.split_once(": ").map_or_else(|| message.clone(), |(_, cause)| cause.to_owned())
    }
}

/// Why a source stopped before its end; becomes a [`RecordingError`] once the
/// file and the position are known.
#[derive(Debug)]
pub(super) enum Stop {
    /// The content is damaged.
    Damaged(String),
    /// The bytes run out in the middle of something.
    Cut,
    /// A recording of other rate or channels follows.
    Changed(String),
    /// The system failed to read.
    Io(io::Error),
}
