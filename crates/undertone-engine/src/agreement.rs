//! Which words of a partial transcript are emitted.
//!
//! The last words of a partial are often wrong. A word is emitted once two successive partials
//! agree on it and on all words before it (LocalAgreement-2 of Liu, Spanakis and Niehues,
//! "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial
//! Hypothesis Selection"). Words that were emitted are not taken back before the final.

/// The agreement of successive partials of one lane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    segment: u64,
    last: Vec<String>,
    shown: Vec<String>,
    /// Segments below this have ended.
    finished: u64,
}

impl Agreement {
    /// Processes the next partial of `segment`. Returns all words to emit, if there are more
    /// than before.
    pub fn observe(&mut self, segment: u64, text: &str) -> Option<String> {
        if segment != self.segment {
            *self = Self { segment, finished: self.finished, ..Self::default() };
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let agreed = self.last.iter().zip(&words).take_while(|(a, b)| same(a, b)).count();
        let before = self.shown.len();
        if agreed > before {
            self.shown.extend_from_slice(&words[before..agreed]);
        }
        self.last = words;
        (self.shown.len() > before).then(|| self.shown.join(" "))
    }

    /// `segment` has ended: later partials of it are too late.
    pub fn finish(&mut self, segment: u64) {
        self.finished = self.finished.max(segment + 1);
    }

    /// True once `segment` has ended.
    pub const fn is_finished(&self, segment: u64) -> bool {
        segment < self.finished
    }
}

/// Compares words without punctuation and case, which change while a sentence grows.
fn same(a: &str, b: &str) -> bool {
    let plain = |word: &str| -> String {
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(agreement: &mut Agreement, text: &str) -> String {
        agreement.observe(0, text).unwrap_or_default()
    }

    #[test]
    fn a_word_is_shown_when_two_looks_agree_on_it() {
        let mut agreement = Agreement::default();
        assert_eq!(agreement.observe(0, "I was charged"), None);
        assert_eq!(look(&mut agreement, "I was charged twice"), "I was charged");
        assert_eq!(agreement.observe(0, "I was charged two times"), None, "nothing new");
        let all = look(&mut agreement, "I was charged two times and");
        assert_eq!(all, "I was charged two times");
    }

    #[test]
    fn what_was_shown_is_never_taken_back() {
        let mut agreement = Agreement::default();
        look(&mut agreement, "I want my money");
        look(&mut agreement, "I want my money");
        assert_eq!(agreement.observe(0, "eye won't"), None);
        look(&mut agreement, "I want my money back now");
        assert_eq!(look(&mut agreement, "I want my money back"), "I want my money back");
    }

    #[test]
    fn punctuation_and_capitals_do_not_break_agreement() {
        let mut agreement = Agreement::default();
        look(&mut agreement, "So, i called");
        assert_eq!(look(&mut agreement, "So I called. Twice"), "So I called.");
    }

    #[test]
    fn a_new_segment_starts_afresh_and_an_ended_one_stays_ended() {
        let mut agreement = Agreement::default();
        look(&mut agreement, "hello there");
        agreement.finish(0);
        assert_eq!(agreement.observe(1, "hello there"), None);
        assert_eq!(agreement.observe(1, "hello there").as_deref(), Some("hello there"));
        assert!(agreement.is_finished(0) && !agreement.is_finished(1));
    }
}
