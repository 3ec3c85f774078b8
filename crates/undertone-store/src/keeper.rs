//! The ledger: what appends.

use crate::row::{self, int, json};
use crate::words::blanked;
use crate::{StoreError, schema};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use undertone_journal::{Entry, Ledger, SinkError};
use undertone_signal::{Event, EventBody, RunId};

/// How long one append waits for somebody else's transaction. The journal tries again, and
/// its readers do not wait for a ledger that has failed.
const PATIENCE: Duration = Duration::from_millis(20);

/// What a keeper keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Keep the words that were said; off by default. Without it a transcript has an empty
    /// text, and so have the words of alerts and moments.
    pub transcripts: bool,
}

/// Appends to a store; one at a time may, across processes. See
/// [`Store::keeper`](crate::Store::keeper).
#[derive(Debug)]
pub struct Keeper {
    connection: Connection,
    path: PathBuf,
    keep: Keep,
    /// Numbers of the calls that go on.
    calls: HashMap<RunId, i64>,
    /// Held while this lives; the system lets go of it when the process ends.
    _lock: File,
}

impl Keeper {
    pub(crate) fn open(path: &Path, keep: Keep) -> Result<Self, StoreError> {
        let lock = lock(path)?.ok_or_else(|| StoreError::InUse(path.to_owned()))?;
        let connection = schema::create(path)?;
        close_interrupted(&connection)
            .and_then(|()| connection.busy_timeout(PATIENCE))
            .map_err(|error| StoreError::of(path, error))?;
        let (path, calls) = (path.to_owned(), HashMap::new());
        Ok(Self { connection, path, keep, calls, _lock: lock })
    }

    /// Appends entries in one transaction. Those that are there already change nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them was appended.
    pub fn keep(&mut self, entries: &[Arc<Entry>]) -> Result<(), StoreError> {
        self.write(entries).map_err(|error| {
            // What it learned of calls in the transaction has gone with it.
            self.calls.clear();
            StoreError::of(&self.path, error)
        })
    }

    /// Lets the file grow to so many pages of 4096 bytes, as if the disk were full there.
    /// For tests of what happens then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn limit_pages(&mut self, pages: u32) -> Result<(), StoreError> {
        let limited: rusqlite::Result<i64> =
            self.connection
                .query_row(&format!("PRAGMA max_page_count = {pages}"), (), |row| row.get(0));
        limited.map(drop).map_err(|error| StoreError::of(&self.path, error))
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> rusqlite::Result<()> {
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = step.prepare_cached(row::INSERT)?;
            for entry in entries {
                let event = &entry.event;
                let call = match self.calls.get(&event.run) {
                    Some(&call) => call,
                    None => call(&step, event, self.keep)?,
                };
                self.calls.insert(event.run, call);
                if self.keep.transcripts {
                    row::write(&mut insert, entry, call, &event.body)?;
                } else {
                    row::write(&mut insert, entry, call, &blanked(&event.body))?;
                }
                note(&step, event, call)?;
                if matches!(event.body, EventBody::Summary(_)) {
                    self.calls.remove(&event.run);
                }
            }
        }
        step.commit()
    }
}

impl Ledger for Keeper {
    fn append(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        self.keep(entries).map_err(|error| SinkError::Failed(error.to_string()))
    }
}

/// The number of the call that `event` belongs to, which may be new.
fn call(step: &Transaction<'_>, event: &Event, keep: Keep) -> rusqlite::Result<i64> {
    let run = event.run.as_bytes();
    let mut find = step.prepare_cached("SELECT no FROM calls WHERE run = ?1")?;
    if let Some(call) = find.query_row([run], |row| row.get(0)).optional()? {
        return Ok(call);
    }
    let mut insert = step
        .prepare_cached("INSERT INTO calls (run, call, started, words) VALUES (?1, ?2, ?3, ?4)")?;
    let started = event.time.as_millisecond();
    insert.insert(params![run, event.call.as_str(), started, keep.transcripts])
}

/// What an event changes of its call's own row.
fn note(step: &Transaction<'_>, event: &Event, call: i64) -> rusqlite::Result<()> {
    match &event.body {
        EventBody::Start(start) => {
            let sql =
                "UPDATE calls SET lanes = ?2, acoustic_model = ?3, transcriber = ?4 WHERE no = ?1";
            let lanes = json(&start.lanes)?;
            step.prepare_cached(sql)?.execute(params![
                call,
                lanes,
                start.acoustic_model,
                start.transcriber
            ])?;
        }
        EventBody::Summary(summary) => {
            let sql = "UPDATE calls SET ended = ?2, samples = ?3, complete = ?4, summary = ?5 WHERE no = ?1";
            step.prepare_cached(sql)?.execute(params![
                call,
                event.time.as_millisecond(),
                int(summary.audio.samples()),
                summary.complete,
                json(summary)?
            ])?;
        }
        _ => {}
    }
    Ok(())
}

/// Calls whose program ended before they did are over, and not complete. Nobody else
/// appends while the lock is held.
fn close_interrupted(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "\
UPDATE calls SET complete = 0,
    ended = coalesce((SELECT max(time) FROM events WHERE events.call = calls.no), started),
    samples = (SELECT max(stream) FROM events WHERE events.call = calls.no)
WHERE ended IS NULL";
    connection.execute(sql, ()).map(drop)
}

/// The right to append to the store at `path`; `None` while another process has it.
pub(crate) fn lock(path: &Path) -> Result<Option<File>, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let fault = |error: &std::io::Error| StoreError::of_io(path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| fault(&error))?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(name)
        .map_err(|error| fault(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(fault(&error)),
    }
}
