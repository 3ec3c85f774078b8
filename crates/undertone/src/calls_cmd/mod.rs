//! `undertone calls`: the stored calls.

mod export;
mod list;
mod show;

use crate::exit::BadInput;
use crate::keeping::{at_fault, default_path, existing};
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use undertone_signal::{CallId, RunId, Timestamp};
use undertone_store::{Age, CallFilter, CallRow, Retention, Store, Swept};

/// List, show, export and delete stored calls.
///
/// A call is named by its RUN, from the list, or by its NAME: the call id of its gateway, or
/// its file. A NAME may be used again, a RUN is unique.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone analyze --store calls.db --keep-transcripts call.wav
  undertone calls --store calls.db list --since 7d --charged
  undertone calls --store calls.db show call.wav
  undertone calls --store calls.db export call.wav --format vtt > call.vtt
  undertone calls --store calls.db redact call.wav     numbers stay, words go
  undertone calls --store calls.db delete call.wav     every run of that name

Exit code: 0 done, 2 there is no such call or store, 1 internal error.")]
pub(crate) struct CallsArgs {
    /// The store [default: calls.db in this user's data folder; `calls path` prints it]
    #[arg(long, value_name = "FILE", global = true)]
    store: Option<PathBuf>,

    #[command(subcommand)]
    command: CallsCommand,
}

#[derive(Debug, Subcommand)]
enum CallsCommand {
    /// List calls, newest first
    List {
        /// Only calls since then: an age (12h, 7d, 4w), a day (2026-11-28) or an instant, UTC
        #[arg(long, value_name = "WHEN", value_parser = instant)]
        since: Option<Timestamp>,
        /// Only calls on which an alert was raised
        #[arg(long)]
        charged: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Draw the timeline of a call, the last of that name
    Show {
        /// Which
        #[arg(value_name = "RUN|NAME")]
        call: String,
        /// Print one JSON object instead: the call, its state, feedback and outcome
        #[arg(long)]
        json: bool,
    },
    /// Write calls to stdout for other programs
    Export {
        /// Which
        #[arg(required = true, value_name = "RUN|NAME")]
        calls: Vec<String>,
        /// How
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
    },
    /// Delete calls with all that is known of them
    Delete {
        /// Which
        #[arg(required = true, value_name = "RUN|NAME")]
        calls: Vec<String>,
    },
    /// Remove all words; numbers and scores stay
    Redact {
        /// Which
        #[arg(required = true, value_name = "RUN|NAME")]
        calls: Vec<String>,
    },
    /// Delete by age: 12h, 30d, 8w or forever
    Sweep {
        /// Of words
        #[arg(long, value_name = "AGE", default_value_t = Retention::default().transcripts)]
        transcripts: Age,
        /// Of tone events
        #[arg(long, value_name = "AGE", default_value_t = Retention::default().tone)]
        tone: Age,
        /// Of all other events
        #[arg(long, value_name = "AGE", default_value_t = Retention::default().events)]
        events: Age,
        /// Of calls, with whatever is left of them
        #[arg(long, value_name = "AGE", default_value_t = Retention::default().calls)]
        calls: Age,
    },
    /// Print the path of the store
    Path,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One event a line, as docs/events.md has it
    Json,
    /// Alerts, moments and transcripts, one a row, with a header
    Csv,
    /// Subtitles (`WebVTT`) of one call: words and alerts, for any player
    Vtt,
}

/// Runs `undertone calls …`.
pub(crate) fn run(args: &CallsArgs) -> Result<()> {
    let path = match &args.store {
        Some(path) => path.clone(),
        None => default_path()?,
    };
    let mut out = anstream::stdout().lock();
    if let CallsCommand::Path = args.command {
        return Ok(writeln!(out, "{}", path.display())?);
    }
    let store = existing(&path)?;
    match &args.command {
        CallsCommand::List { since, charged, limit, json } => {
            let (since, charged, limit) = (*since, *charged, *limit);
            let filter = CallFilter { since, charged, limit, ..CallFilter::default() };
            list::list(&store, &filter, *json, &mut out)
        }
        CallsCommand::Show { call, json } => show::show(&store, call, *json, &mut out),
        CallsCommand::Export { calls, format } => {
            export::export(&store, &find_all(&store, calls)?, *format, &mut out)
        }
        CallsCommand::Delete { calls } => each(&store, calls, "deleted", Store::delete, &mut out),
        CallsCommand::Redact { calls } => each(&store, calls, "redacted", Store::redact, &mut out),
        CallsCommand::Sweep { transcripts, tone, events, calls } => {
            let (transcripts, tone) = (*transcripts, *tone);
            sweep(
                &store,
                &Retention { transcripts, tone, events: *events, calls: *calls },
                &mut out,
            )
        }
        CallsCommand::Path => Ok(()),
    }
}

fn sweep(store: &Store, retention: &Retention, out: &mut impl Write) -> Result<()> {
    let swept = store.sweep(retention, Timestamp::now()).map_err(at_fault)?;
    let Swept { transcripts, tone, events, calls } = swept;
    let done = [(transcripts, "words"), (tone, "tone"), (events, "events"), (calls, "everything")];
    for (calls, what) in done {
        writeln!(out, "{what} of {calls} calls deleted")?;
    }
    Ok(())
}

/// Does `work` on every call that is named, and says so.
fn each(
    store: &Store,
    names: &[String],
    done: &str,
    work: fn(&Store, RunId) -> Result<bool, undertone_store::StoreError>,
    out: &mut impl Write,
) -> Result<()> {
    for call in find_all(store, names)? {
        work(store, call.run).map_err(at_fault)?;
        writeln!(out, "{done} {}  {}", call.run, call.call)?;
    }
    Ok(())
}

/// Every call that is named; nothing is done where one of them is unknown.
fn find_all(store: &Store, names: &[String]) -> Result<Vec<CallRow>> {
    let mut found = Vec::new();
    for name in names {
        found.extend(find(store, name)?);
    }
    Ok(found)
}

/// The runs that `name` names, newest first; at least one.
fn find(store: &Store, name: &str) -> Result<Vec<CallRow>> {
    let mut found: Vec<CallRow> = match name.parse::<RunId>() {
        Ok(run) => store.call(run).map_err(at_fault)?.into_iter().collect(),
        Err(_) => Vec::new(),
    };
    if found.is_empty() {
        let call = Some(CallId::new(name));
        let filter = CallFilter { call, limit: usize::MAX, ..CallFilter::default() };
        found = store.calls(&filter).map_err(at_fault)?;
    }
    if found.is_empty() {
        let path = store.path().display();
        let fault = format!("{path}: no call {name:?}; `undertone calls list` shows what there is");
        return Err(BadInput(fault).into());
    }
    Ok(found)
}

/// An age before now, a day, or an instant.
fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(Age::Hours(hours)) = text.parse::<Age>() {
        let now = Timestamp::now().as_millisecond();
        return Timestamp::from_millisecond(now - i64::from(hours) * 3_600_000)
            .map_err(|error| error.to_string());
    }
    let instant = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    instant.parse().map_err(|_| {
        "give an age (12h, 7d, 4w), a day (2026-11-28) or an instant (2026-11-28T13:45:00Z)".into()
    })
}

/// An instant for people: `2026-11-28 13:45`, UTC.
fn minute(instant: Timestamp) -> String {
    let text = instant.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// A length for people: `12:07`.
fn length(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn since_may_be_an_age_a_day_or_an_instant() {
        assert_eq!(instant("2026-11-28").unwrap().to_string(), "2026-11-28T00:00:00Z");
        assert_eq!(
            instant("2026-11-28T13:45:00+01:00").unwrap().to_string(),
            "2026-11-28T12:45:00Z"
        );
        let day = Timestamp::now().as_millisecond() - instant("1d").unwrap().as_millisecond();
        assert!((86_400_000..86_401_000).contains(&day), "{day}");
        assert!(instant("yesterday").unwrap_err().contains("7d"));
    }
}
