//! What is kept for how long, and what goes at once.

use crate::keeper::lock;
use crate::people::number;
use crate::row::{TONE, from_json, json};
use crate::store::next_position;
use crate::words::blanked;
use crate::{Store, StoreError};
use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use undertone_signal::{EventBody, RunId, Timestamp};

/// Rows deleted or changed in one transaction: a millisecond or two, so that the keeper
/// hardly waits.
const CHUNK: i64 = 500;

/// How long something is kept, counted from the start of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Age {
    /// So many hours.
    Hours(u32),
    /// Until somebody deletes it.
    Forever,
}

impl Age {
    /// So many days.
    pub const fn days(days: u32) -> Self {
        Self::Hours(days.saturating_mul(24))
    }

    /// Calls that began before this are older than it, at `now`.
    fn limit(self, now: Timestamp) -> i64 {
        match self {
            Self::Hours(hours) => now.as_millisecond() - i64::from(hours) * 3_600_000,
            Self::Forever => i64::MIN,
        }
    }
}

/// The text is no age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no age: give hours, days or weeks, such as \"12h\", \"30d\" or \"8w\", or \"forever\""
)]
pub struct BadAge(String);

impl FromStr for Age {
    type Err = BadAge;

    fn from_str(text: &str) -> Result<Self, BadAge> {
        let bad = || BadAge(text.to_owned());
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let hours = match text.chars().last() {
            Some('h') => 1,
            Some('d') => 24,
            Some('w') => 24 * 7,
            _ => return Err(bad()),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| bad())?;
        number.checked_mul(hours).map(Self::Hours).ok_or_else(bad)
    }
}

impl TryFrom<String> for Age {
    type Error = BadAge;

    fn try_from(text: String) -> Result<Self, BadAge> {
        text.parse()
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) if hours % 24 == 0 => write!(f, "{}d", hours / 24),
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Forever => f.write_str("forever"),
        }
    }
}

impl From<Age> for String {
    fn from(age: Age) -> Self {
        age.to_string()
    }
}

/// How long each kind is kept. The default: transcripts a week, tone a month, other events
/// three months, what the list shows of a call a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Words; afterwards their events have an empty text.
    pub transcripts: Age,
    /// Tone events.
    pub tone: Age,
    /// All other events.
    pub events: Age,
    /// The call itself, its feedback and outcome; and with it whatever is left of it.
    pub calls: Age,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            transcripts: Age::days(7),
            tone: Age::days(30),
            events: Age::days(90),
            calls: Age::days(365),
        }
    }
}

/// What a sweep has done, in calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Swept {
    /// Whose words were blanked.
    pub transcripts: u64,
    /// Whose tone events were deleted.
    pub tone: u64,
    /// Whose events were deleted.
    pub events: u64,
    /// That were deleted.
    pub calls: u64,
}

impl Store {
    /// Deletes what is older than `retention` allows at `now`. Calls that go on are left
    /// alone. It may be stopped at any point and run again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sweep(&self, retention: &Retention, now: Timestamp) -> Result<Swept, StoreError> {
        let Retention { transcripts, tone, events, calls } = *retention;
        self.with(|connection| {
            let swept = Swept {
                transcripts: each(connection, "words", transcripts.limit(now), redact)?,
                tone: each(connection, "tone", tone.limit(now), delete_tone)?,
                events: each(connection, "events", events.limit(now), delete_events)?,
                calls: each(connection, "1", calls.limit(now), delete)?,
            };
            if swept != Swept::default() {
                // Passive: calls go on, and the keeper must not wait for the disk.
                checkpoint(connection, "PASSIVE");
            }
            Ok(swept)
        })
    }

    /// Deletes a call with all that is known of it; false if the store does not have it.
    ///
    /// # Errors
    /// [`StoreError::StillOpen`] while the call goes on.
    pub fn delete(&self, run: RunId) -> Result<bool, StoreError> {
        self.once_over(run, delete)
    }

    /// Blanks every word that was said on a call; false if the store does not have it.
    ///
    /// # Errors
    /// [`StoreError::StillOpen`] while the call goes on.
    pub fn redact(&self, run: RunId) -> Result<bool, StoreError> {
        self.once_over(run, redact)
    }

    /// Does `work` on a call that has ended. One whose program ended first has no end in
    /// the store until somebody appends again.
    fn once_over(
        &self,
        run: RunId,
        work: fn(&mut Connection, i64) -> rusqlite::Result<()>,
    ) -> Result<bool, StoreError> {
        let Some(call) = self.call(run)? else { return Ok(false) };
        let unused = if call.ended.is_none() { lock(self.path())? } else { None };
        if call.ended.is_none() && unused.is_none() {
            return Err(StoreError::StillOpen { path: self.path().to_owned(), run });
        }
        self.with(|connection| {
            if let Some(call) = number(connection, run)? {
                work(connection, call)?;
            }
            checkpoint(connection, "TRUNCATE");
            Ok(true)
        })
    }
}

/// Does `work` on every call that began before `limit` and has `what` left; how many.
fn each(
    connection: &mut Connection,
    what: &str,
    limit: i64,
    work: fn(&mut Connection, i64) -> rusqlite::Result<()>,
) -> rusqlite::Result<u64> {
    let sql =
        format!("SELECT no FROM calls WHERE started < ?1 AND ended IS NOT NULL AND {what} = 1");
    let old: Vec<i64> = {
        let mut select = connection.prepare(&sql)?;
        let found = select.query_map([limit], |row| row.get(0))?;
        found.collect::<rusqlite::Result<_>>()?
    };
    for &call in &old {
        work(connection, call)?;
    }
    Ok(old.len() as u64)
}

fn delete_tone(connection: &mut Connection, call: i64) -> rusqlite::Result<()> {
    delete_rows(connection, call, "AND kind = 1")?;
    debug_assert_eq!(TONE, 1);
    connection.execute("UPDATE calls SET tone = 0 WHERE no = ?1", [call]).map(drop)
}

fn delete_events(connection: &mut Connection, call: i64) -> rusqlite::Result<()> {
    delete_rows(connection, call, "")?;
    let sql = "UPDATE calls SET tone = 0, events = 0, words = 0 WHERE no = ?1";
    connection.execute(sql, [call]).map(drop)
}

fn delete(connection: &mut Connection, call: i64) -> rusqlite::Result<()> {
    delete_rows(connection, call, "")?;
    connection.execute("DELETE FROM calls WHERE no = ?1", [call]).map(drop)
}

/// Deletes rows of a call. Their positions are not given out again.
fn delete_rows(connection: &mut Connection, call: i64, which: &str) -> rusqlite::Result<()> {
    let sql = format!(
        "DELETE FROM events WHERE position IN
         (SELECT position FROM events WHERE call = ?1 {which} LIMIT ?2)"
    );
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute("UPDATE journal SET next_position = ?1", [next_position(&step)?])?;
        let deleted = step.execute(&sql, params![call, CHUNK])?;
        step.commit()?;
        if deleted < CHUNK as usize {
            return Ok(());
        }
    }
}

fn redact(connection: &mut Connection, call: i64) -> rusqlite::Result<()> {
    let mut from = -1;
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let spoken: Vec<(i64, EventBody)> = {
            let mut select = step.prepare_cached(
                "SELECT seq, body FROM events
                 WHERE call = ?1 AND seq > ?2 AND kind IN (3, 4, 5) ORDER BY seq LIMIT ?3",
            )?;
            let found = select.query_map(params![call, from, CHUNK], |row| {
                Ok((row.get(0)?, from_json(row, 1)?))
            })?;
            found.collect::<rusqlite::Result<_>>()?
        };
        for (seq, body) in &spoken {
            let sql = "UPDATE events SET body = ?3 WHERE call = ?1 AND seq = ?2";
            step.prepare_cached(sql)?.execute(params![call, seq, json(&blanked(body))?])?;
        }
        let Some((last, _)) = spoken.last() else {
            step.execute("UPDATE calls SET words = 0 WHERE no = ?1", [call])?;
            return step.commit();
        };
        from = *last;
        step.commit()?;
    }
}

/// Moves the log into the file; truncated, so that what was deleted is not in the log
/// either. While somebody reads the old state it is left to the next time.
fn checkpoint(connection: &Connection, mode: &str) {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let done: rusqlite::Result<i64> = connection.query_row(&sql, (), |row| row.get(0));
    drop(done);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ages_are_read_as_they_are_written() {
        for (text, age) in [
            ("12h", Age::Hours(12)),
            ("30d", Age::days(30)),
            ("8w", Age::days(56)),
            ("forever", Age::Forever),
        ] {
            assert_eq!(text.parse::<Age>().unwrap(), age);
            assert_eq!(age.to_string().parse::<Age>().unwrap(), age);
        }
        for bad in ["", "d", "30", "-3d", "30 days", "3ü", "99999999999d", "4294967295w"] {
            let fault = bad.parse::<Age>().unwrap_err().to_string();
            assert!(fault.contains("30d"), "{fault}");
        }
    }

    #[test]
    fn retention_names_an_unknown_key() {
        let fault = serde_json::from_str::<Retention>(r#"{"tones": "3d"}"#).unwrap_err();
        assert!(fault.to_string().contains("tones"), "{fault}");
        let some: Retention = serde_json::from_str(r#"{"tone": "3d"}"#).unwrap();
        assert_eq!(some, Retention { tone: Age::days(3), ..Retention::default() });
    }
}
