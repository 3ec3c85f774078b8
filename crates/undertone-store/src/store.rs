//! A store, and the connections it is read by.

use crate::keeper::{Keep, Keeper};
use crate::{StoreError, schema};
use rusqlite::Connection;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Connections that wait for the next reader; more readers at once open their own.
const IDLE: usize = 4;

/// A file that keeps events. Any thread may ask it; a read never waits for the keeper, nor
/// the keeper for a read.
pub struct Store {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// The store at `path`. It is made, with its folder, if it is not there, and brought up
    /// to date if an older Undertone made it.
    ///
    /// # Errors
    /// [`StoreError`]: a file that is something else or too new, a folder that cannot be
    /// written to, a full disk.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::create(path)?;
        Ok(Self { path: path.to_owned(), idle: Mutex::new(vec![connection]) })
    }

    /// The store at `path`, which must be there.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or as [`open`](Self::open).
    pub fn existing(path: &Path) -> Result<Self, StoreError> {
        if path.exists() { Self::open(path) } else { Err(StoreError::Missing(path.to_owned())) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What appends to it. Calls that an earlier one left open, because its program ended
    /// first, are marked as ended and not complete.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while there is another, also in another process.
    pub fn keeper(&self, keep: Keep) -> Result<Keeper, StoreError> {
        Keeper::open(&self.path, keep)
    }

    /// One past the last position that was ever kept: where a journal goes on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_position(&self) -> Result<u64, StoreError> {
        self.with(|connection| next_position(connection).map(crate::row::count))
    }

    /// Does `work` with a connection of its own.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => schema::connect(&self.path)?,
        };
        let done = work(&mut connection);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
        done.map_err(|error| StoreError::of(&self.path, error))
    }
}

/// One past the last position that was ever kept.
pub(crate) fn next_position(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "\
SELECT max(next_position, coalesce((SELECT max(position) + 1 FROM events), 0)) FROM journal";
    connection.query_row(sql, (), |row| row.get(0))
}
