//! Downloads one model without ever leaving an incomplete file under its name.
//!
//! The download goes to `NAME.part`, which survives a lost connection, a full disk and a
//! killed process; the next pull resumes it. It is renamed in one step once its size and
//! SHA-256 are right.

use crate::{Cache, Entry, ModelsError, sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;

/// The source of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of a web server, without the last slash.
    Url(String),
    /// A folder of this machine.
    Folder(PathBuf),
}

impl Source {
    /// A URL if it looks like one, else a folder.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("http://") || text.starts_with("https://") {
            Self::Url(text.trim_end_matches('/').to_owned())
        } else {
            Self::Folder(PathBuf::from(text))
        }
    }
}

/// Timeouts of a download.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest time to connect, to answer, and without a single byte.
    pub silence: Duration,
    /// Attempts in a row that may end without a byte gained.
    pub fruitless: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), fruitless: 3 }
    }
}

/// One download.
pub struct Download<'a> {
    entry: &'a Entry,
    source: &'a Source,
    cache: &'a Cache,
    limits: Limits,
}

/// Why an attempt ended early.
enum Stop {
    /// Another attempt may resume.
    Broken(ModelsError),
    /// Another attempt would fail too.
    Final(ModelsError),
}

impl Stop {
    fn broken(place: &str, cause: impl ToString) -> Self {
        Self::Broken(ModelsError::Broken { place: place.to_owned(), cause: cause.to_string() })
    }

    fn refused(place: &str, cause: impl ToString) -> Self {
        Self::Final(ModelsError::Refused { place: place.to_owned(), cause: cause.to_string() })
    }
}

impl From<ModelsError> for Stop {
    fn from(error: ModelsError) -> Self {
        Self::Final(error)
    }
}

impl<'a> Download<'a> {
    /// `entry` on its way from `source` to `cache`.
    pub const fn new(
        entry: &'a Entry,
        source: &'a Source,
        cache: &'a Cache,
        limits: Limits,
    ) -> Self {
        Self { entry, source, cache, limits }
    }

    /// Downloads the model; `progress` is called with the number of bytes so far.
    ///
    /// # Errors
    /// [`ModelsError`] naming the source or the file and the cause. A resumable part is
    /// kept.
    pub fn run(&self, progress: &mut dyn FnMut(u64)) -> Result<(), ModelsError> {
        let folder = self.cache.folder();
        std::fs::create_dir_all(folder).map_err(ModelsError::file(folder))?;
        let path = self.cache.partial(self.entry);
        let mut part = Part::open(path)?;
        if part.length > self.entry.bytes {
            part.cut(0)?;
        }
        match self.source {
            Source::Folder(folder) => self.copy(folder, &mut part, progress)?,
            Source::Url(url) => self.fetch(url, &mut part, progress)?,
        }
        self.install(part)
    }

    fn copy(
        &self,
        from: &Path,
        part: &mut Part,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), ModelsError> {
        let path = from.join(&self.entry.file);
        let place = path.display().to_string();
        let refused = |error: std::io::Error| Stop::refused(&place, error);
        let opened = File::open(&path).map_err(refused);
        part.cut(0)?;
        match opened.and_then(|mut file| self.append(&mut file, &place, part, progress)) {
            Ok(()) => Ok(()),
            Err(Stop::Broken(error) | Stop::Final(error)) => Err(error),
        }
    }

    fn fetch(
        &self,
        from: &str,
        part: &mut Part,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), ModelsError> {
        let url = format!("{from}/{}", self.entry.file);
        let agent = self.agent();
        let mut fruitless = 0;
        while part.length < self.entry.bytes {
            let before = part.length;
            match self.attempt(&agent, &url, part, progress) {
                Ok(()) => return Ok(()),
                Err(Stop::Final(error)) => return Err(error),
                Err(Stop::Broken(error)) => {
                    fruitless = if part.length > before { 0 } else { fruitless + 1 };
                    if fruitless >= self.limits.fruitless {
                        return Err(error);
                    }
                    tracing::info!(%url, at = part.length, "connection lost: {error}");
                }
            }
        }
        Ok(())
    }

    fn agent(&self) -> Agent {
        let silence = Some(self.limits.silence);
        Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(silence)
            .timeout_recv_response(silence)
            .timeout_per_read(silence)
            .user_agent(concat!("undertone/", env!("CARGO_PKG_VERSION")))
            .build()
            .into()
    }

    /// One request, for what is still missing.
    fn attempt(
        &self,
        agent: &Agent,
        url: &str,
        part: &mut Part,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Stop> {
        let mut request = agent.get(url);
        if part.length > 0 {
            request = request.header("Range", format!("bytes={}-", part.length));
        }
        let response = request.call().map_err(|error| Stop::broken(url, error))?;
        let status = response.status().as_u16();
        let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
        match status {
            206 if starts_at(range, part.length) => {}
            // A server that knows no ranges sends all of it again.
            200 => part.cut(0)?,
            // It does not fit what is here: begin anew.
            206 | 416 if part.length > 0 => {
                part.cut(0)?;
                return Err(Stop::broken(url, "the server cannot go on from here"));
            }
            500..=599 => return Err(Stop::broken(url, answered(status))),
            _ => return Err(Stop::refused(url, answered(status))),
        }
        self.append(&mut response.into_body().into_reader(), url, part, progress)
    }

    /// Appends `input` to `part` until the model should be complete.
    fn append(
        &self,
        input: &mut impl Read,
        place: &str,
        part: &mut Part,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Stop> {
        let mut block = vec![0; 1 << 16];
        loop {
            progress(part.length);
            let count = match input.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::broken(place, error)),
            };
            if part.length + count as u64 > self.entry.bytes {
                part.cut(0)?;
                let bytes = self.entry.bytes;
                let cause = format!("longer than the {bytes} bytes of this model");
                return Err(Stop::refused(place, cause));
            }
            part.write(&block[..count])?;
        }
        if part.length < self.entry.bytes {
            let (got, bytes) = (part.length, self.entry.bytes);
            return Err(Stop::broken(place, format!("ended after {got} of {bytes} bytes")));
        }
        Ok(())
    }

    /// Checks the complete file and gives it its name.
    fn install(&self, mut part: Part) -> Result<(), ModelsError> {
        let found = part.sum()?;
        let Entry { name, sha256: expected, .. } = self.entry;
        if found != *expected {
            part.remove();
            let (name, expected) = (name.clone(), expected.clone());
            return Err(ModelsError::Checksum { name, found, expected });
        }
        part.rename(&self.cache.path(self.entry))
    }
}

fn answered(status: u16) -> String {
    format!("the server answered {status}")
}

/// Does `range`, a Content-Range header, begin at `start`?
fn starts_at(range: Option<&str>, start: u64) -> bool {
    let numbers = range.and_then(|range| range.trim().strip_prefix("bytes "));
    let first = numbers.and_then(|numbers| numbers.split('-').next());
    first.and_then(|first| first.trim().parse().ok()) == Some(start)
}

/// The growing file, locked so that two pulls do not write into each other.
struct Part {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Part {
    fn open(path: PathBuf) -> Result<Self, ModelsError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(ModelsError::file(&path))?;
        if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(ModelsError::Locked { path });
        }
        let length = file.seek(SeekFrom::End(0)).map_err(ModelsError::file(&path))?;
        Ok(Self { path, file, length })
    }

    fn cut(&mut self, length: u64) -> Result<(), ModelsError> {
        if self.length == length {
            return Ok(());
        }
        self.length = length;
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        cut.map(drop).map_err(ModelsError::file(&self.path))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ModelsError> {
        self.file.write_all(bytes).map_err(ModelsError::file(&self.path))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sum(&mut self) -> Result<String, ModelsError> {
        let rewound = self.file.seek(SeekFrom::Start(0));
        let sum = rewound.and_then(|_| sha256(&mut self.file, |_| ()));
        sum.map_err(ModelsError::file(&self.path))
    }

    fn remove(self) {
        // It is worthless; where it cannot be removed the next pull overwrites it.
        let _ = std::fs::remove_file(&self.path);
    }

    fn rename(self, to: &Path) -> Result<(), ModelsError> {
        // On the disk before it has its name, so that a power cut leaves no shell.
        self.file.sync_all().map_err(ModelsError::file(&self.path))?;
        std::fs::rename(&self.path, to).map_err(ModelsError::file(to))
    }
}
