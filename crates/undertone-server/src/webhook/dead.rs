//! Letters that could not be delivered: kept in a file beside the store, listed, replayed.

use super::letter::Letter;
use crate::hub::to_json;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use undertone_signal::Timestamp;

/// Letters that are kept, some tens of megabytes; beyond them the oldest go.
const KEPT: usize = 20_000;

/// A letter that could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dead {
    #[serde(flatten)]
    pub(crate) letter: Letter,
    /// When it was given up.
    pub(crate) time: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) cause: String,
}

/// The letters that could not be delivered.
#[derive(Debug)]
pub(crate) struct DeadLetters {
    /// `None`: in memory alone.
    file: Option<PathBuf>,
    letters: Mutex<VecDeque<Dead>>,
}

impl DeadLetters {
    /// Those of a file, which need not be there.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn open(file: Option<PathBuf>) -> io::Result<Self> {
        let text = match file.as_ref().map(std::fs::read_to_string) {
            Some(Ok(text)) => text,
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => String::new(),
        };
        // The last line is half a letter if the process ended while it wrote.
        let letters = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self { file, letters: Mutex::new(letters) })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Dead>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a letter.
    pub(crate) fn add(&self, letter: Letter, attempts: u32, cause: &str) {
        tracing::error!(webhook = letter.webhook, id = letter.id, cause, "given up");
        let dead = Dead { letter, time: Timestamp::now(), attempts, cause: cause.to_owned() };
        let mut letters = self.lock();
        let line = to_json(&dead) + "\n";
        letters.push_back(dead);
        let written = if letters.len() > KEPT {
            letters.pop_front();
            self.rewrite(&letters)
        } else {
            self.append(&line)
        };
        if let Err(error) = written {
            tracing::error!(%error, "a dead letter is in memory alone");
        }
    }

    /// All of them, oldest first.
    pub(crate) fn list(&self) -> Vec<Dead> {
        self.lock().iter().cloned().collect()
    }

    /// Takes those out that `post` accepts; how many that were.
    pub(crate) fn replay(&self, post: impl Fn(Letter) -> Result<(), Letter>) -> io::Result<usize> {
        let mut letters = self.lock();
        let before = letters.len();
        letters.retain(|dead| post(dead.letter.clone()).is_err());
        let taken = before - letters.len();
        if taken > 0 {
            self.rewrite(&letters)?;
        }
        Ok(taken)
    }

    fn append(&self, line: &str) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(line.as_bytes())
    }

    fn rewrite(&self, letters: &VecDeque<Dead>) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let next = path.with_extension("next");
        let text: String = letters.iter().map(|dead| to_json(dead) + "\n").collect();
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&next)?.write_all(text.as_bytes())?;
        std::fs::rename(next, path)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn letter(id: &str) -> Letter {
        Letter { webhook: "crm".into(), id: id.into(), body: "{}".into() }
    }

    #[test]
    fn dead_letters_outlive_the_process_until_they_are_replayed() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("calls.dead.jsonl"));
        let dead = DeadLetters::open(file.clone()).unwrap();
        dead.add(letter("a"), 9, "answered 500");
        dead.add(letter("b"), 1, "answered 404");
        let path = file.clone().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text + "{\"webhook\":\"crm\",\"id").unwrap();
        let dead = DeadLetters::open(file.clone()).unwrap();
        let ids = |dead: &DeadLetters| -> Vec<String> {
            dead.list().into_iter().map(|dead| dead.letter.id).collect()
        };
        assert_eq!(ids(&dead), ["a", "b"]);
        assert_eq!((dead.list()[0].attempts, dead.list()[0].cause.as_str()), (9, "answered 500"));
        let refuse_b = |letter: Letter| if letter.id == "b" { Err(letter) } else { Ok(()) };
        assert_eq!(dead.replay(refuse_b).unwrap(), 1);
        assert_eq!(ids(&DeadLetters::open(file).unwrap()), ["b"]);
    }
}
