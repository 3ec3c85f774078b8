//! The word lists of `config/redaction.toml`, ready to be asked.

use super::Kind;
use crate::settings::{self, CoachError};
use serde::Deserialize;
use std::collections::HashSet;

/// The lists that are shipped.
const SHIPPED: &str = include_str!("../../../../config/redaction.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    numbers: Numbers,
    names: Names,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    card: Near,
    phone: Near,
    account: Near,
    units: HashSet<String>,
    not_after: HashSet<String>,
    fillers: HashSet<String>,
}

/// Words near which a number of at least `min` digits is hidden.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Near {
    min: usize,
    words: HashSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    before: HashSet<String>,
    before_weak: HashSet<String>,
    titles: HashSet<String>,
    after: HashSet<String>,
    never: HashSet<String>,
    ambiguous: HashSet<String>,
    first: String,
}

/// What is known of numbers and names.
#[derive(Debug)]
pub(super) struct Lists {
    numbers: Numbers,
    names: Names,
    first: HashSet<String>,
}

impl Lists {
    /// The lists of the file `text`.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, CoachError> {
        let File { numbers, names } = settings::parse(file, text)?;
        let first = names.first.split_whitespace().map(str::to_owned).collect();
        Ok(Self { numbers, names, first })
    }

    pub(super) fn shipped() -> Result<Self, CoachError> {
        Self::parse("config/redaction.toml", SHIPPED)
    }

    /// The kind of number that the words `near` announce, and its fewest digits. The
    /// word nearest to the number, which is the last of `near`, decides.
    pub(super) fn announced(&self, near: &[String]) -> Option<(Kind, usize)> {
        let kinds = [
            (Kind::Card, &self.numbers.card),
            (Kind::Phone, &self.numbers.phone),
            (Kind::Account, &self.numbers.account),
        ];
        let nearest = |list: &Near| ends(near).position(|phrase| list.words.contains(&phrase));
        kinds
            .into_iter()
            .filter_map(|(kind, list)| Some((nearest(list)?, kind, list.min)))
            .min_by_key(|(distance, ..)| *distance)
            .map(|(_, kind, min)| (kind, min))
    }

    pub(super) fn is_unit(&self, word: &str) -> bool {
        self.numbers.units.contains(word)
    }

    pub(super) fn is_filler(&self, word: &str) -> bool {
        self.numbers.fillers.contains(word)
    }

    /// True if the words before say that a number is a date, a size or a sum.
    pub(super) fn is_measured(&self, before: &[String]) -> bool {
        ends(before).take(2).any(|phrase| self.numbers.not_after.contains(&phrase))
    }

    /// True if a name follows the words `before`.
    pub(super) fn introduces(&self, before: &[String]) -> bool {
        last_phrases(before).any(|phrase| self.names.before.contains(&phrase))
    }

    /// True if a name may follow the words `before`.
    pub(super) fn may_introduce(&self, before: &[String]) -> bool {
        before.is_empty()
            || last_phrases(before).any(|phrase| self.names.before_weak.contains(&phrase))
    }

    pub(super) fn is_title(&self, word: &str) -> bool {
        self.names.titles.contains(word)
    }

    /// True if the words `after` follow on a name.
    pub(super) fn concludes(&self, after: &[String]) -> bool {
        (1..=after.len().min(3)).any(|n| self.names.after.contains(&after[..n].join(" ")))
    }

    /// True if `word` can be part of a name at all.
    pub(super) fn can_be_name(&self, word: &str) -> bool {
        !self.names.never.contains(word) && !self.is_title(word)
    }

    /// True if `word` is a first name that hardly means anything else.
    pub(super) fn is_first_name(&self, word: &str) -> bool {
        self.first.contains(word) && !self.names.ambiguous.contains(word)
    }

    /// True if `word` is a first name, and may be an everyday word too.
    pub(super) fn may_be_first_name(&self, word: &str) -> bool {
        self.first.contains(word) || self.names.ambiguous.contains(word)
    }
}

/// Phrases of one, two and three words that end at the last word, then at the one before …
fn ends(words: &[String]) -> impl Iterator<Item = String> {
    (0..words.len()).flat_map(|back| last_phrases(&words[..words.len() - back]))
}

/// The last word, the last two and so on, to four.
fn last_phrases(words: &[String]) -> impl Iterator<Item = String> {
    (1..=words.len().min(4)).map(|n| words[words.len() - n..].join(" "))
}
