//! Empowerment: how far the agent could and did act.

use super::{Score, Sheet, events};
use crate::conversation::{Conversation, Turn};
use crate::cues::Cue;
use undertone_signal::Lane;

pub(super) fn score(call: &Conversation) -> Option<Score> {
    let agent: Vec<&Turn> = call.turns_of(Lane::Agent).collect();
    if agent.is_empty() {
        return None;
    }
    let with = |wanted: &[Cue]| events(agent.iter().copied(), wanted);
    let mut sheet = Sheet::from(50.0);
    sheet.count("acts", 12.0, 3, &with(&[Cue::Solution]));
    sheet.count("takes it on", 8.0, 2, &with(&[Cue::Ownership]));
    sheet.count("\"I can't\"", -12.0, 3, &with(&[Cue::Refusal]));
    sheet.count("bound by rules", -8.0, 2, &with(&[Cue::Policy]));
    sheet.count("passes on", -10.0, 2, &with(&[Cue::Transfer]));
    let asked = events(call.turns_of(Lane::Customer), &[Cue::WantsHuman]);
    sheet.count("customer asks for somebody else", -6.0, 2, &asked);
    Some(sheet.close(agent.len(), 6))
}
