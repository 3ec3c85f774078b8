//! `undertone calls show`.

use super::{find, minute};
use crate::analyze::display_name;
use crate::keeping::at_fault;
use crate::timeline::Timeline;
use anyhow::Result;
use serde::Serialize;
use std::io::Write;
use undertone_journal::CallView;
use undertone_store::{CallRow, Feedback, Outcome, Store};

/// All that is known of a call.
#[derive(Serialize)]
struct Known {
    call: CallRow,
    view: Option<CallView>,
    feedback: Vec<Feedback>,
    outcome: Option<Outcome>,
}

/// Draws the last call of that name, or writes it as JSON.
pub(super) fn show(store: &Store, name: &str, json: bool, out: &mut impl Write) -> Result<()> {
    let mut found = find(store, name)?.into_iter();
    let Some(call) = found.next() else { return Ok(()) };
    if found.len() > 0 {
        let older = found.len();
        eprintln!("undertone: the last of {} runs; `undertone calls list` shows all", older + 1);
    }
    let run = call.run;
    let known = Known {
        view: store.view(run).map_err(at_fault)?,
        feedback: store.feedback(run).map_err(at_fault)?,
        outcome: store.outcome(run).map_err(at_fault)?,
        call,
    };
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(&known)?)?);
    }
    draw(&known, out)
}

fn draw(known: &Known, out: &mut impl Write) -> Result<()> {
    let call = &known.call;
    writeln!(out, "run {}, {} UTC\n", call.run, minute(call.started))?;
    if let Some(view) = &known.view {
        write!(out, "{}", Timeline::of(view).draw(display_name(&call.call)))?;
    }
    if !call.kept.events {
        writeln!(out, "its events are no longer kept; {} alerts were raised", call.alerts)?;
    } else if !call.kept.tone {
        writeln!(out, "its tone is no longer kept: the lanes are empty")?;
    }
    if call.transcriber.is_some() && !call.kept.words {
        writeln!(out, "its words are not kept")?;
    }
    for feedback in &known.feedback {
        let verdict = if feedback.helpful { "helpful" } else { "not helpful" };
        let note = feedback.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
        writeln!(out, "alert {} was {verdict}, says {}{note}", feedback.alert.0, feedback.who)?;
    }
    if let Some(outcome) = &known.outcome {
        writeln!(out, "outcome: {}", describe(outcome))?;
    }
    Ok(())
}

fn describe(outcome: &Outcome) -> String {
    let choose = |value: Option<bool>, yes: &str, no: &str| {
        value.map(|value| if value { yes } else { no }.to_owned())
    };
    let known = [
        choose(outcome.resolved, "resolved", "not resolved"),
        choose(outcome.retained, "customer retained", "customer lost"),
        outcome.csat.map(|csat| format!("CSAT {csat}")),
        outcome.transfers.map(|transfers| format!("transfers {transfers}")),
    ];
    known.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
