//! What may be shown while somebody still speaks.
//!
//! A look at unfinished speech ends in a guess that the next look corrects. A
//! word is committed once two successive hypotheses agree on it and on all words
//! before it (LocalAgreement-2 of Liu, Spanakis and Niehues, "Low-Latency
//! Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis
//! Selection"). What is committed is never taken back before the final.

use std::collections::HashMap;
use undertone_signal::LaneKey;

/// The agreement of successive hypotheses for one segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    last: Vec<String>,
    committed: Vec<String>,
}

impl Agreement {
    /// Takes the next hypothesis and returns all words committed so far.
    pub fn observe(&mut self, text: &str) -> &[String] {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let agreed = self.last.iter().zip(&words).take_while(|(a, b)| same(a, b)).count();
        if agreed > self.committed.len() {
            self.committed.extend_from_slice(&words[self.committed.len()..agreed]);
        }
        self.last = words;
        &self.committed
    }
}

/// Punctuation and capitals move about while a sentence grows; words do not.
fn same(a: &str, b: &str) -> bool {
    let plain = |word: &str| -> String {
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    plain(a) == plain(b)
}

/// The agreements of all lanes one worker listens to.
///
/// A lane is forgotten when its segment ends. Should a final never come (a call
/// that dies), the lane that was heard of longest ago makes room.
#[derive(Debug, Default)]
pub struct LaneAgreements {
    lanes: HashMap<LaneKey, Tracked>,
    clock: u64,
}

#[derive(Debug)]
struct Tracked {
    segment: u64,
    heard: u64,
    agreement: Agreement,
}

/// Far more lanes than one worker can transcribe live; a few kilobytes each.
const MOST_LANES: usize = 256;

impl LaneAgreements {
    /// Takes a hypothesis for the unfinished `segment` of `key` and returns the
    /// committed words, or `None` while there are none.
    pub fn partial(&mut self, key: &LaneKey, segment: u64, text: &str) -> Option<String> {
        self.clock += 1;
        let clock = self.clock;
        let fresh = || Tracked { segment, heard: clock, agreement: Agreement::default() };
        if !self.lanes.contains_key(key) {
            self.make_room();
        }
        let tracked = self.lanes.entry(key.clone()).or_insert_with(fresh);
        if tracked.segment != segment {
            *tracked = fresh();
        }
        tracked.heard = clock;
        let committed = tracked.agreement.observe(text);
        (!committed.is_empty()).then(|| committed.join(" "))
    }

    /// Forgets `key`: its segment has ended.
    pub fn finish(&mut self, key: &LaneKey) {
        self.lanes.remove(key);
    }

    fn make_room(&mut self) {
        if self.lanes.len() < MOST_LANES {
            return;
        }
        let oldest = self.lanes.iter().min_by_key(|(_, lane)| lane.heard);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.lanes.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{CallId, Lane};

    fn lane(call: usize) -> LaneKey {
        LaneKey::new(CallId::new(format!("call-{call}")), Lane::Customer)
    }

    #[test]
    fn a_word_is_committed_when_two_hypotheses_agree_on_it() {
        let mut agreement = Agreement::default();
        assert!(agreement.observe("I was charged").is_empty());
        assert_eq!(agreement.observe("I was charged twice"), ["I", "was", "charged"]);
        assert_eq!(agreement.observe("I was charged two times"), ["I", "was", "charged"]);
        let all = agreement.observe("I was charged two times and").join(" ");
        assert_eq!(all, "I was charged two times");
    }

    #[test]
    fn what_is_committed_is_never_taken_back() {
        let mut agreement = Agreement::default();
        agreement.observe("I want my money");
        agreement.observe("I want my money");
        assert_eq!(agreement.observe("eye won't"), ["I", "want", "my", "money"]);
        assert_eq!(agreement.observe("").len(), 4);
    }

    #[test]
    fn punctuation_and_capitals_do_not_break_agreement() {
        let mut agreement = Agreement::default();
        agreement.observe("So, i called");
        assert_eq!(agreement.observe("So I called. Twice"), ["So", "I", "called."]);
    }

    #[test]
    fn a_new_segment_starts_afresh_and_lanes_do_not_mix() {
        let mut lanes = LaneAgreements::default();
        assert_eq!(lanes.partial(&lane(1), 0, "hello there"), None);
        assert_eq!(lanes.partial(&lane(2), 0, "good morning"), None);
        assert_eq!(lanes.partial(&lane(1), 0, "hello there sir").as_deref(), Some("hello there"));
        assert_eq!(lanes.partial(&lane(1), 1, "hello there"), None);
        lanes.finish(&lane(2));
        assert_eq!(lanes.partial(&lane(2), 0, "good morning"), None);
    }

    #[test]
    fn calls_that_never_end_do_not_pile_up() {
        let mut lanes = LaneAgreements::default();
        for call in 0..3 * MOST_LANES {
            lanes.partial(&lane(call), 0, "hello");
        }
        assert_eq!(lanes.lanes.len(), MOST_LANES);
        let newest = lanes.partial(&lane(3 * MOST_LANES - 1), 0, "hello you");
        assert_eq!(newest.as_deref(), Some("hello"));
    }
}
