//! What a store is asked.

use crate::filter::{AlertFilter, CallFilter, CallRow, EntryFilter, Kept};
use crate::row::{self, COLUMNS, from_json, instant, int};
use crate::{Store, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};
use undertone_journal::{CallView, Entry};
use undertone_signal::{AlertState, CallId, EventBody, RunId, StreamTime, Timestamp};

impl Store {
    /// Calls, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRow>, StoreError> {
        self.with(|connection| calls(connection, filter))
    }

    /// One call; `None` if the store does not have it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn call(&self, run: RunId) -> Result<Option<CallRow>, StoreError> {
        let sql = format!("{CALLS} WHERE c.run = ?1");
        self.with(|connection| {
            connection.prepare_cached(&sql)?.query_row([run.as_bytes()], call).optional()
        })
    }

    /// The state of a call, folded from what is kept of its events; `None` if there are
    /// none. Tone events that retention has deleted count as [`CallView::missing`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn view(&self, run: RunId) -> Result<Option<CallView>, StoreError> {
        let sql = entries_where("c.run = ?1 ORDER BY e.seq");
        self.with(|connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let mut view: Option<CallView> = None;
            for entry in select.query_map([run.as_bytes()], row::read)? {
                let event = entry?.event;
                view.get_or_insert_with(|| CallView::new(&event)).apply(&event);
            }
            Ok(view)
        })
    }

    /// Up to `limit` entries with a position after `after` (from the first: `None`), in the
    /// journal's order. Of tone events the store keeps the window, speech, tone, arousal,
    /// valence, F0, loudness and level, rounded to 1/100 (speech), 1/10 (F0, loudness) and
    /// 1/10000; their other fields are null.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn entries_after(
        &self,
        after: Option<u64>,
        limit: usize,
        filter: &EntryFilter,
    ) -> Result<Vec<Entry>, StoreError> {
        self.with(|connection| entries(connection, after, limit, filter))
    }

    /// Steps of alerts, newest first, as their entries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn alerts(&self, filter: &AlertFilter) -> Result<Vec<Entry>, StoreError> {
        self.with(|connection| alerts(connection, filter))
    }
}

const CALLS: &str = "\
SELECT c.run, c.call, c.started, c.ended, c.samples, c.complete, c.lanes, c.acoustic_model,
       c.transcriber, c.words, c.tone, c.events,
       (SELECT count(*) FROM events e WHERE e.call = c.no AND e.kind = 4
                                        AND e.body ->> 'state' = 'raised') AS alerts
FROM calls c";

fn entries_where(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM events e JOIN calls c ON c.no = e.call WHERE {condition}")
}

fn calls(connection: &Connection, filter: &CallFilter) -> rusqlite::Result<Vec<CallRow>> {
    let of_name = if filter.call.is_some() { "c.call = ?3" } else { "?3 IS NULL" };
    let charged = if filter.charged { "AND alerts > 0" } else { "" };
    let sql = format!(
        "{CALLS} WHERE c.started >= ?1 AND c.started < ?2 AND {of_name} {charged}
         ORDER BY c.started DESC, c.no DESC LIMIT ?4"
    );
    let since = filter.since.map_or(i64::MIN, Timestamp::as_millisecond);
    let until = filter.until.map_or(i64::MAX, Timestamp::as_millisecond);
    let name = filter.call.as_ref().map(CallId::as_str);
    let values = params![since, until, name, int(filter.limit)];
    connection.prepare_cached(&sql)?.query_map(values, call)?.collect()
}

fn call(row: &Row<'_>) -> rusqlite::Result<CallRow> {
    let samples: Option<i64> = row.get(4)?;
    let ended: Option<i64> = row.get(3)?;
    Ok(CallRow {
        run: row::run(row, 0)?,
        call: CallId::new(row.get::<_, String>(1)?),
        started: instant(row, 2)?,
        ended: ended.map(|_| instant(row, 3)).transpose()?,
        audio_s: samples.map(|samples| StreamTime::from_samples(row::count(samples)).seconds()),
        complete: row.get(5)?,
        lanes: from_json(row, 6)?,
        acoustic_model: row.get(7)?,
        transcriber: row.get(8)?,
        kept: Kept { words: row.get(9)?, tone: row.get(10)?, events: row.get(11)? },
        alerts: row::count(row.get(12)?),
    })
}

fn entries(
    connection: &Connection,
    after: Option<u64>,
    limit: usize,
    filter: &EntryFilter,
) -> rusqlite::Result<Vec<Entry>> {
    let of_run = if filter.run.is_some() { "c.run = ?4" } else { "?4 IS NULL" };
    let of_call = if filter.call.is_some() { "c.call = ?5" } else { "?5 IS NULL" };
    // Within a run the two orders are one, and only the second has an index by call.
    let order = if filter.run.is_some() { "e.seq" } else { "e.position" };
    let sql = entries_where(&format!(
        "e.position > ?1 AND (?2 >> e.kind) & 1 AND {of_run} AND {of_call} ORDER BY {order} LIMIT ?3"
    ));
    let run = filter.run.as_ref().map(RunId::as_bytes);
    let name = filter.call.as_ref().map(CallId::as_str);
    let values = params![after.map_or(-1, int), kinds(&filter.kinds), int(limit), run, name];
    connection.prepare_cached(&sql)?.query_map(values, row::read)?.collect()
}

const ALL_KINDS: i64 = (1 << EventBody::KINDS.len()) - 1;

/// A bit for each kind that is asked for.
fn kinds(names: &[&str]) -> i64 {
    if names.is_empty() {
        return ALL_KINDS;
    }
    let asked = |(_, kind): &(usize, &&str)| names.contains(*kind);
    EventBody::KINDS.iter().enumerate().filter(asked).map(|(place, _)| 1 << place).sum()
}

fn alerts(connection: &Connection, filter: &AlertFilter) -> rusqlite::Result<Vec<Entry>> {
    let of_run = if filter.run.is_some() { "c.run = ?5" } else { "?5 IS NULL" };
    let sql = entries_where(&format!(
        "e.kind = 4 AND e.time >= ?1 AND e.position < ?2
         AND (?3 IS NULL OR e.body ->> 'state' = ?3) AND {of_run}
         ORDER BY e.time DESC, e.position DESC LIMIT ?4"
    ));
    let since = filter.since.map_or(i64::MIN, Timestamp::as_millisecond);
    let before = filter.before.map_or(i64::MAX, int);
    let run = filter.run.as_ref().map(RunId::as_bytes);
    let values = params![since, before, filter.state.map(state), int(filter.limit), run];
    connection.prepare_cached(&sql)?.query_map(values, row::read)?.collect()
}

const fn state(state: AlertState) -> &'static str {
    match state {
        AlertState::Raised => "raised",
        AlertState::Confirmed => "confirmed",
        AlertState::Cleared => "cleared",
    }
}
