//! `undertone calls export`.

use super::Format;
use crate::exit::BadInput;
use crate::keeping::at_fault;
use anyhow::Result;
use serde::Serialize;
use std::io::Write;
use undertone_journal::{Language, sentence};
use undertone_signal::{AlertState, Event, EventBody, Lane, RunId, Span};
use undertone_store::{CallRow, EntryFilter, Store};

/// Entries read at once.
const PAGE: usize = 1000;

/// Shortest time a subtitle stands, seconds.
const STANDS: f64 = 4.0;

/// Writes the calls, newest first, as `format` has it.
pub(super) fn export(
    store: &Store,
    calls: &[CallRow],
    format: Format,
    out: &mut impl Write,
) -> Result<()> {
    match format {
        Format::Json => {
            for call in calls {
                each(store, call.run, |event| {
                    Ok(writeln!(out, "{}", serde_json::to_string(event)?)?)
                })?;
            }
            Ok(())
        }
        Format::Csv => csv(store, calls, out),
        Format::Vtt => match calls {
            [call] => vtt(store, call, out),
            calls => {
                let fault =
                    format!("vtt is of one call, and these are {}: name its RUN", calls.len());
                Err(BadInput(fault).into())
            }
        },
    }
}

/// Hands every event of a run to `take`, in order.
fn each(store: &Store, run: RunId, mut take: impl FnMut(&Event) -> Result<()>) -> Result<()> {
    let filter = EntryFilter { run: Some(run), ..EntryFilter::default() };
    let mut after = None;
    loop {
        let page = store.entries_after(after, PAGE, &filter).map_err(at_fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.position);
        for entry in &page {
            take(&entry.event)?;
        }
    }
}

/// A row of the CSV: what happened, whose, where, and in words.
#[derive(Serialize)]
struct Row<'a> {
    run: RunId,
    call: &'a str,
    time: String,
    #[serde(rename = "type")]
    kind: &'static str,
    lane: Lane,
    start_s: f64,
    end_s: f64,
    state: String,
    tone: Option<String>,
    severity: Option<String>,
    text: String,
}

fn csv(store: &Store, calls: &[CallRow], out: &mut impl Write) -> Result<()> {
    let mut table = csv::Writer::from_writer(out);
    for call in calls {
        each(store, call.run, |event| {
            if let Some(row) = row(event) {
                table.serialize(row)?;
            }
            Ok(())
        })?;
    }
    Ok(table.flush()?)
}

fn row(event: &Event) -> Option<Row<'_>> {
    let lower = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let (lane, start, end, state, tone, severity, text) = match &event.body {
        EventBody::Alert(alert) => (
            alert.lane,
            alert.onset,
            alert.at,
            lower(&alert.state),
            Some(alert.tone.to_string()),
            Some(lower(&alert.severity)),
            sentence::alert(alert, Language::English),
        ),
        EventBody::Moment(moment) => (
            moment.lane,
            moment.onset,
            moment.at,
            moment.kind.to_string(),
            None,
            None,
            sentence::moment(moment, Language::English),
        ),
        EventBody::Transcript(words) if words.is_final => {
            let tone = words.meaning.as_ref().map(|meaning| meaning.tone.to_string());
            let Span { start, end } = words.span;
            (words.lane, start, end, "final".to_owned(), tone, None, words.text.trim().to_owned())
        }
        _ => return None,
    };
    Some(Row {
        run: event.run,
        call: event.call.as_str(),
        time: event.time.to_string(),
        kind: event.body.kind(),
        lane,
        start_s: start.seconds(),
        end_s: end.seconds(),
        state,
        tone,
        severity,
        text,
    })
}

/// A subtitle.
struct Cue {
    start_s: f64,
    end_s: f64,
    text: String,
}

fn vtt(store: &Store, call: &CallRow, out: &mut impl Write) -> Result<()> {
    let mut cues = Vec::new();
    each(store, call.run, |event| {
        cues.extend(cue(&event.body));
        Ok(())
    })?;
    cues.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    writeln!(out, "WEBVTT\n\nNOTE {} {}", escaped(call.call.as_str()), call.run)?;
    for Cue { start_s, end_s, text } in cues {
        writeln!(out, "\n{} --> {}\n{text}", clock(start_s), clock(end_s))?;
    }
    Ok(())
}

fn cue(body: &EventBody) -> Option<Cue> {
    match body {
        EventBody::Transcript(words) if words.is_final && !words.text.trim().is_empty() => {
            let (start_s, end_s) = (words.span.start.seconds(), words.span.end.seconds());
            let text = format!("<v {}>{}", words.lane, escaped(words.text.trim()));
            Some(Cue { start_s, end_s: end_s.max(start_s + 0.5), text })
        }
        EventBody::Alert(alert) if alert.state == AlertState::Raised => {
            let start_s = alert.at.seconds();
            let text = format!("▲ {}", escaped(&sentence::alert(alert, Language::English)));
            Some(Cue { start_s, end_s: start_s + STANDS, text })
        }
        _ => None,
    }
}

/// Text that a subtitle may not hold as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `00:01:07.250`.
fn clock(seconds: f64) -> String {
    let thousandths = (seconds.max(0.0) * 1e3).round() as u64;
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    format!("{:02}:{:02}:{:02}.{rest:03}", whole / 3600, whole / 60 % 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtitles_have_their_own_clock_and_no_tags_of_the_caller() {
        assert_eq!(clock(3667.25), "01:01:07.250");
        assert_eq!(clock(0.0), "00:00:00.000");
        assert_eq!(escaped("a <b>\n-->  & c"), "a &lt;b&gt; --&gt; &amp; c");
    }
}
