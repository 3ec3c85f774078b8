//! The file: how it is opened, and how an old one becomes a new one.

use crate::StoreError;
use crate::row::int;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

/// Each takes the schema from the version before to its own, which is its place from 1.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/1.sql")];

/// Marks a file as ours, in its header: "Utne".
const APPLICATION: i64 = 0x5574_6e65;

/// How long a reader, or a person's request, waits for somebody else's transaction. None
/// of ours takes longer than some milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// A connection to the store at `path`, which is made if it is not there and brought up to
/// date if it is old.
pub(crate) fn create(path: &Path) -> Result<Connection, StoreError> {
    make_private(path)?;
    let mut connection = connect(path)?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// A connection to a store that is there and up to date.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is deleted is overwritten, and the log shrinks again after a burst.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        Ok(connection)
    });
    opened.map_err(|error| StoreError::of(path, error))
}

/// Makes the file, and its folder, if they are not there: readable by their owner alone.
fn make_private(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    let fault = |error| StoreError::of_io(path, &error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(fault)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let fault = |error| StoreError::of(path, error);
    let (version, ours) = inspect(connection).map_err(fault)?;
    let known = int(MIGRATIONS.len());
    if !ours {
        return Err(StoreError::NotAStore(path.to_owned()));
    }
    if version > known {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known });
    }
    if version < known { upgrade(connection).map_err(fault) } else { Ok(()) }
}

/// Its version, and whether it is a store or still empty.
fn inspect(connection: &Connection) -> rusqlite::Result<(i64, bool)> {
    let number = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version")?;
    let empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    let ours = number("PRAGMA application_id")? == APPLICATION;
    Ok((version, ours || (empty && version == 0)))
}

fn upgrade(connection: &mut Connection) -> rusqlite::Result<()> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited.
    let version: i64 = step.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    for (place, migration) in MIGRATIONS.iter().enumerate() {
        if int(place) >= version {
            step.execute_batch(migration)?;
        }
    }
    step.pragma_update(None, "application_id", APPLICATION)?;
    step.pragma_update(None, "user_version", int(MIGRATIONS.len()))?;
    step.commit()
}
