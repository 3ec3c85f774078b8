//! Promises: who said what would be done, and by when.

use crate::conversation::{Conversation, Turn};
use crate::cues::{Cue, Cues};
use crate::quote::Quote;
use crate::text;
use crate::when::{self, Times};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use undertone_signal::Lane;

/// Words after "and" that begin a promise of its own; "it" goes on with the one before.
const SUBJECTS: [&str; 12] =
    ["i", "i'll", "i'm", "we", "we'll", "you", "you'll", "he", "she", "they", "our", "there"];

/// Something that somebody said would be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Who promised.
    pub who: Lane,
    /// The words.
    pub quote: Quote,
    /// The time they name, in plain words.
    pub by: Option<String>,
    /// The day that is, counted from the day of the call (UTC), where the words say it.
    pub due: Option<Date>,
}

/// The promises of both sides that name a time, in order.
pub(crate) fn find(call: &Conversation, cues: &Cues, times: &Times) -> Vec<Promise> {
    let today = call.began_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let today = today.map(|time| Offset::UTC.to_datetime(time).date());
    let mut found: Vec<Promise> = Vec::new();
    for turn in &call.turns {
        for clause in text::sentences(&turn.text).flat_map(clauses) {
            let Some(by) = by(turn, clause, cues, times) else { continue };
            let due = today.and_then(|today| when::due_day(&by, today));
            found.push(Promise {
                who: turn.lane,
                quote: Quote::of(turn, clause),
                by: Some(by),
                due,
            });
        }
    }
    found
}

/// The time by which `clause` promises something, if it does.
fn by(turn: &Turn, clause: &str, cues: &Cues, times: &Times) -> Option<String> {
    let cue = match turn.lane {
        Lane::Agent => Cue::Promise,
        Lane::Customer => Cue::Pledge,
    };
    // A question promises nothing.
    let promised = !clause.ends_with('?') && cues.find(turn.lane, clause).has(cue);
    promised.then(|| times.find(clause)).flatten()
}

/// The parts of a sentence that have a subject of their own: "I will lift the block now,"
/// and "I will courier a card by tomorrow".
fn clauses(sentence: &str) -> Vec<&str> {
    let words = text::words(sentence);
    let mut cuts = vec![0];
    for pair in words.windows(2) {
        let joins = matches!(pair[0].lower().as_str(), "and" | "but" | "so" | "then");
        let pause = sentence[pair[0].at.end..pair[1].at.start].contains(',');
        if (joins || pause) && SUBJECTS.contains(&pair[1].lower().as_str()) {
            cuts.push(if joins { pair[0].at.start } else { pair[1].at.start });
        }
    }
    cuts.push(sentence.len());
    cuts.windows(2)
        .map(|cut| sentence[cut[0]..cut[1]].trim())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_with_two_promises_is_cut_in_two() {
        let parts = clauses("I will lift the block now, and I will send a card by tomorrow.");
        assert_eq!(parts, ["I will lift the block now,", "and I will send a card by tomorrow."]);
        assert_eq!(clauses("Bread and butter."), ["Bread and butter."]);
    }
}
