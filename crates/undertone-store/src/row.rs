//! An event as a row of the table `events`, and back.

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Row, params};
use undertone_journal::Entry;
use undertone_signal::{
    CallId, Event, EventBody, Lane, Prosody, RunId, Span, StreamTime, Timestamp, Tone, ToneEvent,
};

/// Fills the columns of `events`; an entry that is there already stays as it is.
pub(crate) const INSERT: &str = "\
INSERT INTO events (position, call, seq, time, stream, kind, body, lane, length, level, speech,
                    speech_now, tone, arousal, valence, f0, loudness)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT DO NOTHING";

/// What [`read`] reads, of `events e` joined with `calls c`.
pub(crate) const COLUMNS: &str = "\
e.position, c.run, c.call, e.seq, e.time, e.stream, e.kind, e.body, e.lane, e.length, e.level,
e.speech, e.speech_now, e.tone, e.arousal, e.valence, e.f0, e.loudness";

/// Place of tone in [`EventBody::KINDS`], as in the schema.
pub(crate) const TONE: i64 = 1;
/// Place of alerts.
pub(crate) const ALERT: i64 = 4;

/// A count as `SQLite` has it.
pub(crate) fn int(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// And back; what cannot be is 0.
pub(crate) fn count(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

/// Columns of a tone event, in the units of the schema.
#[derive(Default)]
struct Hop {
    lane: Option<i64>,
    length: Option<i64>,
    level: Option<i64>,
    speech: Option<i64>,
    speech_now: Option<i64>,
    tone: Option<i64>,
    arousal: Option<i64>,
    valence: Option<i64>,
    f0: Option<i64>,
    loudness: Option<i64>,
}

fn fixed(value: f32, steps: f32) -> i64 {
    (value * steps).round() as i64
}

impl Hop {
    fn of(tone: &ToneEvent) -> Self {
        Self {
            lane: Some(tone.lane as i64),
            length: Some(int(tone.span.samples())),
            level: Some(fixed(tone.level, 1e4)),
            speech: Some(fixed(tone.speech, 1e2)),
            speech_now: Some(fixed(tone.speech_now, 1e2)),
            tone: tone.tone.map(|tone| int(tone.index())),
            arousal: tone.arousal.map(|arousal| fixed(arousal, 1e4)),
            valence: tone.valence.map(|valence| fixed(valence, 1e4)),
            f0: tone.prosody.f0_hz.map(|hertz| fixed(hertz, 10.0)),
            loudness: tone.prosody.loudness_db.map(|decibels| fixed(decibels, 10.0)),
        }
    }
}

/// Writes one entry of the call numbered `call`, its body as `body` has it.
pub(crate) fn write(
    insert: &mut CachedStatement<'_>,
    entry: &Entry,
    call: i64,
    body: &EventBody,
) -> rusqlite::Result<()> {
    let (hop, json) = match body {
        EventBody::Tone(tone) => (Hop::of(tone), None),
        other => (Hop::default(), Some(json(other)?)),
    };
    let event = &entry.event;
    insert.execute(params![
        int(entry.position),
        call,
        int(event.seq),
        event.time.as_millisecond(),
        int(event.stream.samples()),
        int(body.kind_index()),
        json,
        hop.lane,
        hop.length,
        hop.level,
        hop.speech,
        hop.speech_now,
        hop.tone,
        hop.arousal,
        hop.valence,
        hop.f0,
        hop.loudness
    ])?;
    Ok(())
}

/// A value as JSON for a column.
pub(crate) fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The JSON of column `column`.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str().map_err(|error| bad(column, error))?;
    serde_json::from_str(text).map_err(|error| bad(column, error))
}

/// The instant in column `column`.
pub(crate) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|error| bad(column, error))
}

/// The run in column `column`.
pub(crate) fn run(row: &Row<'_>, column: usize) -> rusqlite::Result<RunId> {
    Ok(RunId::from_bytes(row.get(column)?))
}

fn bad(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// The entry in a row of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let stream = StreamTime::from_samples(count(row.get(5)?));
    let body = match row.get(6)? {
        TONE => tone(row, stream)?.into(),
        _ => from_json(row, 7)?,
    };
    let event = Event {
        body,
        call: CallId::new(row.get::<_, String>(2)?),
        run: run(row, 1)?,
        seq: count(row.get(3)?),
        time: instant(row, 4)?,
        stream,
    };
    Ok(Entry { position: count(row.get(0)?), event })
}

fn tone(row: &Row<'_>, end: StreamTime) -> rusqlite::Result<ToneEvent> {
    let number = |column, steps: f32| -> rusqlite::Result<Option<f32>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(|value| value as f32 / steps))
    };
    let place = |column| -> rusqlite::Result<Option<usize>> {
        Ok(row.get::<_, Option<i64>>(column)?.and_then(|place| usize::try_from(place).ok()))
    };
    let lane = place(8)?.and_then(|place| Lane::ALL.get(place).copied());
    let start = end.saturating_sub(count(row.get::<_, Option<i64>>(9)?.unwrap_or(0)));
    Ok(ToneEvent {
        lane: lane.unwrap_or(Lane::Customer),
        span: Span::new(start, end),
        speech: number(11, 1e2)?.unwrap_or(0.0),
        speech_now: number(12, 1e2)?.unwrap_or(0.0),
        tone: place(13)?.and_then(|place| Tone::ALL.get(place).copied()),
        arousal: number(14, 1e4)?,
        valence: number(15, 1e4)?,
        contrast: None,
        probabilities: None,
        recent: None,
        prosody: Prosody {
            f0_hz: number(16, 10.0)?,
            loudness_db: number(17, 10.0)?,
            ..Prosody::default()
        },
        level: number(10, 1e4)?.unwrap_or(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_in_the_schema_are_these() {
        let kinds = [
            "start",
            "tone",
            "segment",
            "transcript",
            "alert",
            "moment",
            "error",
            "summary",
            "tone_detected",
            "warning",
        ];
        assert_eq!(EventBody::KINDS, kinds, "a new order needs a migration");
        assert_eq!(
            (EventBody::KINDS[TONE as usize], EventBody::KINDS[ALERT as usize]),
            ("tone", "alert")
        );
        let tones = ["neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised"];
        assert_eq!(Tone::ALL.map(Tone::name), tones, "a new order needs a migration");
        assert_eq!(Lane::ALL.map(Lane::name), ["customer", "agent"]);
        assert_eq!(Lane::ALL.map(|lane| lane as i64), [0, 1]);
    }
}
