//! What people, and other systems, say of a call afterwards.

use crate::row::{ALERT, instant};
use crate::{Store, StoreError, row};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use undertone_signal::{AlertId, RunId, Timestamp};

/// Whether an alert has helped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// The run.
    pub run: RunId,
    /// The alert.
    pub alert: AlertId,
    /// Whether it helped.
    pub helpful: bool,
    /// Who says so: one answer a person and alert, the last one counts.
    pub who: String,
    /// When.
    pub time: Timestamp,
    /// In their own words.
    pub note: Option<String>,
}

/// What became of a call. Systems learn it one by one: what is null leaves what was known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The run.
    pub run: RunId,
    /// Whether the customer's problem was solved.
    pub resolved: Option<bool>,
    /// Whether the customer stayed.
    pub retained: Option<bool>,
    /// The customer's satisfaction, in the centre's own scale.
    pub csat: Option<f64>,
    /// How often the call was transferred.
    pub transfers: Option<u32>,
    /// When this was last added to.
    pub time: Timestamp,
}

impl Store {
    /// Keeps feedback.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`], [`StoreError::NoSuchAlert`], or another.
    pub fn give_feedback(&self, feedback: &Feedback) -> Result<(), StoreError> {
        let (run, alert) = (feedback.run, feedback.alert);
        let done = self.with(|connection| give_feedback(connection, feedback))?;
        match done {
            Done::Kept => Ok(()),
            Done::NoRun => Err(self.no_such(run)),
            Done::NoAlert => {
                Err(StoreError::NoSuchAlert { path: self.path().to_owned(), run, alert })
            }
        }
    }

    /// All feedback on a run, in the order of its alerts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn feedback(&self, run: RunId) -> Result<Vec<Feedback>, StoreError> {
        let sql = "\
SELECT f.alert, f.helpful, f.who, f.time, f.note FROM feedback f JOIN calls c ON c.no = f.call
WHERE c.run = ?1 ORDER BY f.alert, f.time";
        self.with(|connection| {
            let mut select = connection.prepare_cached(sql)?;
            select.query_map([run.as_bytes()], |row| feedback(run, row))?.collect()
        })
    }

    /// Adds to what is known of a call's outcome.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`], or another.
    pub fn set_outcome(&self, outcome: &Outcome) -> Result<(), StoreError> {
        match self.with(|connection| set_outcome(connection, outcome))? {
            Done::Kept => Ok(()),
            Done::NoRun | Done::NoAlert => Err(self.no_such(outcome.run)),
        }
    }

    /// The outcome of a call, if anybody has given one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outcome(&self, run: RunId) -> Result<Option<Outcome>, StoreError> {
        let sql = "\
SELECT o.resolved, o.retained, o.csat, o.transfers, o.time FROM outcomes o
JOIN calls c ON c.no = o.call WHERE c.run = ?1";
        self.with(|connection| {
            let mut select = connection.prepare_cached(sql)?;
            select.query_row([run.as_bytes()], |row| outcome(run, row)).optional()
        })
    }

    pub(crate) fn no_such(&self, run: RunId) -> StoreError {
        StoreError::NoSuchRun { path: self.path().to_owned(), run }
    }
}

enum Done {
    Kept,
    NoRun,
    NoAlert,
}

/// The number of a run's call.
pub(crate) fn number(connection: &Connection, run: RunId) -> rusqlite::Result<Option<i64>> {
    let mut select = connection.prepare_cached("SELECT no FROM calls WHERE run = ?1")?;
    select.query_row([run.as_bytes()], |row| row.get(0)).optional()
}

fn give_feedback(connection: &Connection, feedback: &Feedback) -> rusqlite::Result<Done> {
    let Some(call) = number(connection, feedback.run)? else { return Ok(Done::NoRun) };
    let sql = "\
SELECT 1 FROM events WHERE call = ?1 AND kind = 4 AND body ->> 'id' = ?2 LIMIT 1";
    debug_assert_eq!(ALERT, 4);
    if !connection.prepare_cached(sql)?.exists(params![call, feedback.alert.0])? {
        return Ok(Done::NoAlert);
    }
    let sql = "\
INSERT OR REPLACE INTO feedback (call, alert, who, helpful, time, note)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        call,
        feedback.alert.0,
        feedback.who,
        feedback.helpful,
        feedback.time.as_millisecond(),
        feedback.note
    ])?;
    Ok(Done::Kept)
}

fn feedback(run: RunId, row: &Row<'_>) -> rusqlite::Result<Feedback> {
    Ok(Feedback {
        run,
        alert: AlertId(row.get(0)?),
        helpful: row.get(1)?,
        who: row.get(2)?,
        time: instant(row, 3)?,
        note: row.get(4)?,
    })
}

fn set_outcome(connection: &Connection, outcome: &Outcome) -> rusqlite::Result<Done> {
    let Some(call) = number(connection, outcome.run)? else { return Ok(Done::NoRun) };
    let sql = "\
INSERT INTO outcomes (call, resolved, retained, csat, transfers, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (call) DO UPDATE SET
    resolved = coalesce(excluded.resolved, resolved),
    retained = coalesce(excluded.retained, retained),
    csat = coalesce(excluded.csat, csat),
    transfers = coalesce(excluded.transfers, transfers),
    time = excluded.time";
    connection.prepare_cached(sql)?.execute(params![
        call,
        outcome.resolved,
        outcome.retained,
        outcome.csat,
        outcome.transfers,
        outcome.time.as_millisecond()
    ])?;
    Ok(Done::Kept)
}

fn outcome(run: RunId, row: &Row<'_>) -> rusqlite::Result<Outcome> {
    Ok(Outcome {
        run,
        resolved: row.get(0)?,
        retained: row.get(1)?,
        csat: row.get(2)?,
        transfers: row.get(3)?,
        time: row::instant(row, 4)?,
    })
}
