//! Empathy Score of the agent: from words and turn-taking only, never from the voice.

use super::{Score, Sheet, events};
use crate::conversation::{Conversation, Turn};
use crate::cues::{Cue, Cues};
use crate::text;
use undertone_signal::Lane;

/// An agent who speaks more than this share of the words leaves the customer little room.
const TALK_SHARE: f64 = 0.65;
/// Answers of this many words and fewer are curt, where they are the rule.
const CURT: usize = 7;

pub(super) fn score(call: &Conversation, cues: &Cues) -> Option<Score> {
    let turns: Vec<&Turn> = answers(call);
    if turns.is_empty() {
        return None;
    }
    let with = |wanted: &[Cue]| events(turns.iter().copied(), wanted);
    let mut sheet = Sheet::from(30.0);
    sheet.count("names the feeling", 12.0, 2, &with(&[Cue::Validation, Cue::Condolence]));
    sheet.count("takes it on", 9.0, 2, &with(&[Cue::Ownership]));
    let (substance, bare) = apologies(&turns, cues);
    sheet.count("apology with substance", 8.0, 1, &substance);
    sheet.count("bare apology", 2.0, 1, &bare);
    sheet.count("offers a way out", 4.0, 3, &with(&[Cue::Solution]));
    sheet.count("makes sure of it", 4.0, 2, &with(&[Cue::Reassurance]));
    sheet.count("courtesy", 1.5, 4, &with(&[Cue::Courtesy]));
    sheet.count("blames or brushes off", -11.0, 3, &with(&[Cue::Blame]));
    sheet.count("refuses without a way out", -6.0, 3, &refusals(&turns));
    sheet.count("hides behind rules", -5.0, 2, &with(&[Cue::Policy]));
    sheet.count("passes the customer on", -4.0, 2, &with(&[Cue::Transfer]));
    let cut: Vec<u64> = call
        .interruptions
        .iter()
        .filter(|interruption| interruption.lane == Lane::Agent)
        .map(|interruption| interruption.seq)
        .collect();
    sheet.count("interrupts", -5.0, 3, &cut);
    turn_taking(&mut sheet, call, &turns);
    Some(sheet.close(turns.len(), 6))
}

/// What the agent said once the customer had spoken; the greeting is everybody's.
fn answers(call: &Conversation) -> Vec<&Turn> {
    let Some(first) = call.turns_of(Lane::Customer).next() else { return Vec::new() };
    call.turns_of(Lane::Agent).filter(|turn| turn.span.start > first.span.start).collect()
}

/// Apologies that say for what, or take it on; and the others.
fn apologies(turns: &[&Turn], cues: &Cues) -> (Vec<u64>, Vec<u64>) {
    let (mut substance, mut bare) = (Vec::new(), Vec::new());
    for turn in turns.iter().filter(|turn| turn.cues.has(Cue::Apology)) {
        let own = turn.cues.has_any(&[Cue::Ownership, Cue::Solution]);
        let for_what = text::sentences(&turn.text).any(|sentence| {
            cues.find(turn.lane, sentence).has(Cue::Apology) && text::words(sentence).len() > 5
        });
        if own || for_what { &mut substance } else { &mut bare }.push(turn.seq);
    }
    (substance, bare)
}

fn refusals(turns: &[&Turn]) -> Vec<u64> {
    let refusing = turns.iter().filter(|turn| {
        turn.cues.has(Cue::Refusal) && !turn.cues.has_any(&[Cue::Solution, Cue::Ownership])
    });
    refusing.map(|turn| turn.seq).collect()
}

/// Room for the other, and more than a word for an answer.
fn turn_taking(sheet: &mut Sheet, call: &Conversation, turns: &[&Turn]) {
    let words = |lane| call.turns_of(lane).map(Turn::words).sum::<usize>() as f64;
    let (agent, customer) = (words(Lane::Agent), words(Lane::Customer));
    if agent / (agent + customer).max(1.0) > TALK_SHARE {
        sheet.amount("talks most of the time", -6.0, 1);
    }
    let curt = turns.iter().filter(|turn| turn.words() <= CURT).count();
    if 2 * curt > turns.len() {
        sheet.amount("curt answers", -8.0, curt);
    }
}
