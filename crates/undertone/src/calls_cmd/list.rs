//! `undertone calls list`.

use super::{length, minute};
use crate::keeping::at_fault;
use anyhow::Result;
use std::io::Write;
use undertone_store::{CallFilter, CallRow, Store};

/// One line a call, or one JSON object.
pub(super) fn list(
    store: &Store,
    filter: &CallFilter,
    json: bool,
    out: &mut impl Write,
) -> Result<()> {
    let calls = store.calls(filter).map_err(at_fault)?;
    if json {
        for call in &calls {
            writeln!(out, "{}", serde_json::to_string(call)?)?;
        }
        return Ok(());
    }
    if calls.is_empty() {
        return Ok(writeln!(out, "no calls in {}", store.path().display())?);
    }
    writeln!(out, "{:<16} {:>8} {:>6}  {:<36}  CALL", "STARTED (UTC)", "LENGTH", "ALERTS", "RUN")?;
    for call in &calls {
        writeln!(
            out,
            "{:<16} {:>8} {:>6}  {}  {}",
            minute(call.started),
            how_long(call),
            call.alerts,
            call.run,
            call.call
        )?;
    }
    if calls.len() == filter.limit {
        writeln!(out, "only the newest {}; for more: --limit", filter.limit)?;
    }
    Ok(())
}

/// Its length, with a + where it was cut short; `open` while it goes on.
fn how_long(call: &CallRow) -> String {
    match (call.audio_s, call.complete) {
        (Some(seconds), Some(false)) => format!("{}+", length(seconds)),
        (Some(seconds), _) => length(seconds),
        (None, _) => "open".to_owned(),
    }
}
