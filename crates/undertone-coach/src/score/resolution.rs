//! First-contact resolution: will the customer have to call again?

use super::{Resolution, Sheet, events};
use crate::conversation::{Conversation, Turn};
use crate::cues::Cue;
use undertone_signal::{Lane, StreamTime};

pub(super) fn score(call: &Conversation) -> Option<Resolution> {
    let customer: Vec<&Turn> = call.turns_of(Lane::Customer).collect();
    let charged = call.customer_charges().last().map_or(StreamTime::ZERO, |charge| charge.at);
    // What was said before the last turn of tone has been overtaken by it.
    let after: Vec<&Turn> = call.turns.iter().filter(|turn| turn.span.start > charged).collect();
    if customer.is_empty() {
        return None;
    }
    let last = || after.iter().copied();
    let of = |lane: Lane, wanted: &[Cue]| events(last().filter(|turn| turn.lane == lane), wanted);
    let mut sheet = Sheet::from(35.0);
    sheet.count("is content", 15.0, 2, &of(Lane::Customer, &[Cue::Resolved]));
    sheet.count("says thank you", 10.0, 2, &of(Lane::Customer, &[Cue::Thanks]));
    sheet.count("a way out is offered", 12.0, 2, &of(Lane::Agent, &[Cue::Solution]));
    sheet.count("nothing can be done", -15.0, 2, &of(Lane::Agent, &[Cue::Refusal, Cue::Policy]));
    sheet.count("has to ask elsewhere", -15.0, 2, &of(Lane::Agent, &[Cue::Transfer]));
    sheet.count("doubts it", -12.0, 2, &of(Lane::Customer, &[Cue::Doubt]));
    sheet.count("wants to leave", -15.0, 1, &of(Lane::Customer, &[Cue::Leave]));
    sheet.count("insults", -10.0, 1, &of(Lane::Customer, &[Cue::Abuse]));
    let score = sheet.close(after.len(), 6);
    Some(Resolution { likely: score.value >= 50.0, score })
}
