//! Customer Effort: how much work the call, and the way to it, was. 0 is none.

use super::{Score, Sheet, events};
use crate::conversation::{Conversation, Turn};
use crate::cues::Cue;
use undertone_signal::{Lane, Span};

/// Waiting takes a point for each of so many seconds …
const SECONDS_A_POINT: f64 = 4.0;
/// … up to this.
const MOST_FOR_WAITING: f64 = 25.0;

pub(super) fn score(call: &Conversation) -> Option<Score> {
    let customer: Vec<&Turn> = call.turns_of(Lane::Customer).collect();
    if customer.is_empty() {
        return None;
    }
    let with = |wanted: &[Cue]| events(customer.iter().copied(), wanted);
    let agent = |wanted: &[Cue]| events(call.turns_of(Lane::Agent), wanted);
    let mut sheet = Sheet::from(10.0);
    sheet.count("has said it before", 14.0, 3, &with(&[Cue::Repeat]));
    sheet.count("has tried something", 8.0, 3, &with(&[Cue::Tried]));
    sheet.count("is passed on", 14.0, 2, &agent(&[Cue::Transfer]));
    sheet.count("asks for somebody else", 10.0, 2, &with(&[Cue::WantsHuman]));
    sheet.count("has to do it alone", 8.0, 2, &agent(&[Cue::Blame]));
    let waits = call.waits();
    let waited: f64 = waits.iter().copied().map(Span::seconds).sum();
    if !waits.is_empty() {
        sheet.amount("waits", (waited / SECONDS_A_POINT).min(MOST_FOR_WAITING), waits.len());
    }
    Some(sheet.close(customer.len(), 5))
}
