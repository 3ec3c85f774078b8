//! Names of people: after words that introduce one, before words that conclude one, and
//! first names that hardly mean anything else.

use super::lists::Lists;
use super::{Found, Kind};
use crate::text::Word;
use std::collections::HashSet;

/// The most words a name is taken to have.
const LONGEST: usize = 3;
/// How many words before a name are asked about it.
const REACH: usize = 4;

/// The names among `words`; `known` are names of this call, in lower case.
pub(super) fn find(
    text: &str,
    words: &[Word<'_>],
    known: &HashSet<String>,
    lists: &Lists,
) -> Vec<Found> {
    let scan = Scan { text, words, lower: words.iter().map(Word::lower).collect(), known, lists };
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let length = scan.name_at(at);
        if length > 0 {
            let range = words[at].at.start..words[at + length - 1].at.end;
            found.push(Found { kind: Kind::Name, at: range });
        }
        at += length.max(1);
    }
    found
}

struct Scan<'a> {
    text: &'a str,
    words: &'a [Word<'a>],
    lower: Vec<String>,
    known: &'a HashSet<String>,
    lists: &'a Lists,
}

impl Scan<'_> {
    /// How many words from `at` on are a name; 0 if none is.
    fn name_at(&self, at: usize) -> usize {
        let word = stem(&self.lower[at]);
        if self.known.contains(word) {
            return self.grow(at, 1);
        }
        if !self.lists.can_be_name(word) || word.chars().any(|c| c.is_ascii_digit()) {
            return 0;
        }
        let capital = self.words[at].is_capitalised();
        let before = self.before(at);
        let titled = before.last().is_some_and(|word| self.lists.is_title(word));
        let introduced = titled || self.lists.introduces(before);
        let first = self.lists.is_first_name(word)
            || (capital && !self.opens_sentence(at) && self.lists.may_be_first_name(word));
        let concluded = self.lists.concludes(&self.lower[at + self.grow(at, 1)..]);
        let weak = capital && self.lists.may_introduce(before) && (concluded || self.is_alone(at));
        if introduced || first || weak { self.grow(at, 1) } else { 0 }
    }

    /// The words of the same sentence before `at`.
    fn before(&self, at: usize) -> &[String] {
        let start = (at.saturating_sub(REACH)..at)
            .rev()
            .find(|&i| self.gap(i + 1).contains(['.', '?', '!']))
            .map_or(at.saturating_sub(REACH), |i| i + 1);
        &self.lower[start..at]
    }

    /// Lets the name at `at`, of `length` words, take in the surnames that follow.
    fn grow(&self, at: usize, length: usize) -> usize {
        let mut end = at + length;
        while end < self.words.len()
            && end - at < LONGEST
            && !self.gap(end).contains(|c: char| !c.is_whitespace())
            && self.goes_on(at, end)
        {
            end += 1;
        }
        end - at
    }

    /// True if word `at` goes on a name that began with `start`: written the same way, and
    /// no everyday word.
    fn goes_on(&self, start: usize, at: usize) -> bool {
        let word = stem(&self.lower[at]);
        let small = !self.words[start].is_capitalised();
        let fits =
            word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'');
        fits && self.lists.can_be_name(word)
            && (self.words[at].is_capitalised()
                || self.known.contains(word)
                || (small && self.lists.introduces(self.before(start))))
    }

    /// True if nothing but a pause follows the name that starts at `at`, and a word of the
    /// sentence stands before it: "Thank you, Bronagh."
    fn is_alone(&self, at: usize) -> bool {
        let end = at + self.grow(at, 1);
        !self.opens_sentence(at)
            && (end == self.words.len() || self.gap(end).contains(['.', ',', '?', '!']))
    }

    fn opens_sentence(&self, at: usize) -> bool {
        at == 0 || self.gap(at).contains(['.', '?', '!'])
    }

    /// What stands between word `at` and the one before.
    fn gap(&self, at: usize) -> &str {
        match (at.checked_sub(1).and_then(|i| self.words.get(i)), self.words.get(at)) {
            (Some(before), Some(word)) => &self.text[before.at.end..word.at.start],
            (Some(before), None) => &self.text[before.at.end..],
            _ => "",
        }
    }
}

/// The word without a possessive.
fn stem(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}
