//! Where models are kept, and whether they are whole.

use super::manifest::Entry;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The folder models are kept in.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// What is to be said of a model in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// It is there and right.
    Sound,
    /// It is not there.
    Missing,
    /// Something else is there in its name.
    Damaged,
}

impl Cache {
    /// The folder for such things on this platform: `~/.cache/undertone/models`
    /// on Linux (`XDG_CACHE_HOME` is honoured), `~/Library/Caches` on macOS.
    pub(super) fn of_user() -> Result<Self> {
        let Some(folders) = directories::ProjectDirs::from("", "", "undertone") else {
            bail!("the home folder is not known; set HOME")
        };
        Ok(Self::at(folders.cache_dir().join("models")))
    }

    /// A cache in `folder`.
    pub(super) const fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where `entry` is, once it is installed.
    pub(super) fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.file)
    }

    /// Where `entry` grows while it is being fetched.
    pub(super) fn partial(&self, entry: &Entry) -> PathBuf {
        self.folder.join(format!("{}.part", entry.file))
    }

    /// Looks at the length of `entry` alone.
    pub(super) fn glance(&self, entry: &Entry) -> Result<Condition> {
        let path = self.path(entry);
        match std::fs::metadata(&path) {
            Ok(data) if data.is_file() && data.len() == entry.bytes => Ok(Condition::Sound),
            Ok(_) => Ok(Condition::Damaged),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Condition::Missing),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Reads all of `entry`, telling `progress` how many bytes it has read.
    pub(super) fn inspect(&self, entry: &Entry, progress: impl FnMut(u64)) -> Result<Condition> {
        let condition = self.glance(entry)?;
        if condition != Condition::Sound {
            return Ok(condition);
        }
        let path = self.path(entry);
        let name = || path.display().to_string();
        let mut file = File::open(&path).with_context(name)?;
        let sum = sha256(&mut file, progress).with_context(name)?;
        Ok(if sum == entry.sha256 { Condition::Sound } else { Condition::Damaged })
    }
}

/// The SHA-256 of what is left of `input`, in lower-case hexadecimal.
pub(super) fn sha256(
    input: &mut impl Read,
    mut progress: impl FnMut(u64),
) -> std::io::Result<String> {
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
