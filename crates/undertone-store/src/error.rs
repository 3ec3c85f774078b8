//! What can go wrong with a store, and the way out.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};
use undertone_signal::{AlertId, RunId};

/// Why the store could not do what it was asked for. Every message names the file and what
/// to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file, and it was not to be made.
    #[error(
        "{0}: there is no store here; check the path, or make one with `--store` of analyze, listen or serve"
    )]
    Missing(PathBuf),
    /// Another program holds the database.
    #[error(
        "{0}: the store is locked by another program; close what has it open (a backup, a SQLite shell)"
    )]
    Locked(PathBuf),
    /// Another Undertone appends to it.
    #[error("{0}: another undertone writes to this store; end it, or name another file")]
    InUse(PathBuf),
    /// No space left.
    #[error("{0}: the disk is full; free space, or keep less (shorter retention)")]
    DiskFull(PathBuf),
    /// The file or its folder cannot be written to.
    #[error(
        "{0}: the store cannot be written to; give this user write access to the file and to its folder, or name another file"
    )]
    ReadOnly(PathBuf),
    /// The file cannot be opened.
    #[error(
        "{path}: the store cannot be opened ({cause}); check that the folder is there and that this user may read and write in it"
    )]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// A later Undertone made it.
    #[error(
        "{path}: the store has version {found}, this undertone knows {known} and older; use the newer undertone, or name another file"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest this program knows.
        known: i64,
    },
    /// It is something else.
    #[error("{0}: this file is no store of undertone; name another file")]
    NotAStore(PathBuf),
    /// It is damaged.
    #[error(
        "{path}: the store is damaged ({cause}); restore it from a backup, or recover it with `sqlite3 FILE .recover`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The run is not in the store.
    #[error("{path}: run {run} is not in the store")]
    NoSuchRun {
        /// The file.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
    /// The run has no such alert.
    #[error("{path}: run {run} has no alert {}", alert.0)]
    NoSuchAlert {
        /// The file.
        path: PathBuf,
        /// The run.
        run: RunId,
        /// The alert.
        alert: AlertId,
    },
    /// The call still goes on.
    #[error("{path}: run {run} still goes on; wait until the call has ended")]
    StillOpen {
        /// The file.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
    /// Anything else.
    #[error("{path}: {source}")]
    Sql {
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// What `source`, about the file `path`, means to whoever uses it.
    pub(crate) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        if let rusqlite::Error::FromSqlConversionFailure(..) = source {
            return Self::Damaged { path, cause: source.to_string() };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::DiskFull) => Self::DiskFull(path),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(path),
            Some(ErrorCode::CannotOpen) => Self::CannotOpen { path, cause: source.to_string() },
            Some(ErrorCode::NotADatabase) => Self::NotAStore(path),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, cause: source.to_string() },
            _ => Self::Sql { path, source },
        }
    }

    /// What an error of the file system, about `path`, means.
    pub(crate) fn of_io(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path),
            _ => Self::CannotOpen { path, cause: error.to_string() },
        }
    }
}
