//! The folder of pulled models, and their condition.

use crate::{Entry, Manifest, ModelsError};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The folder of pulled models.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// The condition of a model in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is installed and valid.
    Sound,
    /// It is not installed.
    Missing,
    /// The file of its name is damaged or another one.
    Damaged,
}

impl Cache {
    /// The default folder of this platform: `~/.cache/undertone/models` on Linux
    /// (`XDG_CACHE_HOME` is honoured), `~/Library/Caches` on macOS.
    ///
    /// # Errors
    /// [`ModelsError::NoHome`] where there is no such folder.
    pub fn of_user() -> Result<Self, ModelsError> {
        let folders = folders_of_user().ok_or(ModelsError::NoHome)?;
        Ok(Self::at(folders.cache_dir().join("models")))
    }

    /// A cache in `folder`.
    pub const fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Path of `entry`, once it is installed.
    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.file)
    }

    /// Path of `entry` while it is being downloaded.
    pub fn partial(&self, entry: &Entry) -> PathBuf {
        self.folder.join(format!("{}.part", entry.file))
    }

    /// The condition of `entry` by its length alone.
    ///
    /// # Errors
    /// [`ModelsError::File`] if it cannot be read.
    pub fn condition(&self, entry: &Entry) -> Result<Condition, ModelsError> {
        let path = self.path(entry);
        match std::fs::metadata(&path) {
            Ok(data) if data.is_file() && data.len() == entry.bytes => Ok(Condition::Sound),
            Ok(_) => Ok(Condition::Damaged),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Condition::Missing),
            Err(source) => Err(ModelsError::File { path, source }),
        }
    }

    /// The condition of `entry` by all its bytes; `progress` is given how many have been
    /// read.
    ///
    /// # Errors
    /// [`ModelsError::File`] if it cannot be read.
    pub fn verify(
        &self,
        entry: &Entry,
        progress: impl FnMut(u64),
    ) -> Result<Condition, ModelsError> {
        let condition = self.condition(entry)?;
        if condition != Condition::Sound {
            return Ok(condition);
        }
        let path = self.path(entry);
        let mut file = File::open(&path).map_err(ModelsError::file(&path))?;
        let sum = sha256(&mut file, progress).map_err(ModelsError::file(&path))?;
        Ok(if sum == entry.sha256 { Condition::Sound } else { Condition::Damaged })
    }

    /// Path of the installed `entry`.
    ///
    /// # Errors
    /// [`ModelsError::NotInstalled`] if it is not, or is damaged.
    pub fn installed(&self, entry: &Entry) -> Result<PathBuf, ModelsError> {
        match self.condition(entry)? {
            Condition::Sound => Ok(self.path(entry)),
            _ => Err(ModelsError::NotInstalled { name: entry.name.clone() }),
        }
    }

    /// The best installed model of `manifest`, which is ordered from the least to the best.
    ///
    /// # Errors
    /// [`ModelsError::File`] if the folder cannot be read.
    pub fn best(&self, manifest: &Manifest) -> Result<Option<PathBuf>, ModelsError> {
        for entry in manifest.models.iter().rev() {
            if self.condition(entry)? == Condition::Sound {
                return Ok(Some(self.path(entry)));
            }
        }
        Ok(None)
    }
}

/// The platform's folder for a program's files; `None` without a home folder.
pub(crate) fn folders_of_user() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "undertone")
}

/// The SHA-256 of the rest of `input`, in lower-case hexadecimal; `progress` is called with
/// the number of bytes read.
///
/// # Errors
/// Those of `input`.
pub fn sha256(input: &mut impl Read, mut progress: impl FnMut(u64)) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    let mut at = 0;
    loop {
        let count = match input.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&block[..count]);
        at += count as u64;
        progress(at);
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
