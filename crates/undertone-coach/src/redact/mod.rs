//! Redaction: names, card, phone and account numbers, addresses and postcodes of a
//! transcript, as recognisers write them, replaced by what they are.
//!
//! Rules over word lists (`config/redaction.toml`), no model. What it finds and misses is
//! measured by `cargo test --release -p undertone-coach --test redaction -- --nocapture`.

mod lists;
mod names;
mod numbers;

use crate::settings::CoachError;
use crate::text::{self, Word};
use lists::Lists;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;

/// What was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person's name.
    Name,
    /// The number of a payment card, or part of it.
    Card,
    /// A telephone number.
    Phone,
    /// Any other number that stands for a person or a contract.
    Account,
    /// An e-mail address.
    Email,
    /// A postcode.
    Postcode,
}

impl Kind {
    /// What stands in its place.
    pub const fn mask(self) -> &'static str {
        match self {
            Self::Name => "[name]",
            Self::Card => "[card]",
            Self::Phone => "[phone]",
            Self::Account => "[account]",
            Self::Email => "[email]",
            Self::Postcode => "[postcode]",
        }
    }
}

/// Something to hide in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// The bytes it stands at.
    pub at: Range<usize>,
}

/// Hides what identifies people in the turns of one call. A name found once is hidden
/// wherever it comes again, and a number that was asked for in the turn before is known.
#[derive(Debug)]
pub struct Redactor {
    lists: Lists,
    email: Regex,
    names: HashSet<String>,
    asked: Vec<String>,
}

impl Redactor {
    /// With the shipped word lists.
    ///
    /// # Errors
    /// Never with what is shipped, which a test reads.
    pub fn new() -> Result<Self, CoachError> {
        Lists::shipped().and_then(Self::with)
    }

    /// With the word lists of the TOML file `text`, called `file` in errors.
    ///
    /// # Errors
    /// [`CoachError::Settings`] naming the place.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CoachError> {
        Lists::parse(file, text).and_then(Self::with)
    }

    fn with(lists: Lists) -> Result<Self, CoachError> {
        // Written, and spoken: "john dot smith at gmail dot com".
        let email = r"(?i)\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b|\b\w+((\s+dot|\s+underscore|\s+dash|\s+hyphen)\s+\w+)*\s+at\s+\w+((\s+dash|\s+hyphen)\s+\w+)*(\s+dot\s+(\w+\s+dot\s+)*(com|org|net|co|uk|de|fr|es|it|eu|info|ie|pl|nl))+\b";
        let email = Regex::new(email).map_err(|error| CoachError::Context(error.to_string()))?;
        Ok(Self { lists, email, names: HashSet::new(), asked: Vec::new() })
    }

    /// A name that is known beforehand, from the customer's context for example.
    pub fn learn(&mut self, name: &str) {
        let words = text::words(name);
        let parts = words.iter().map(Word::lower).filter(|part| self.lists.can_be_name(part));
        self.names.extend(parts.filter(|part| part.chars().count() > 2));
    }

    /// What is to be hidden in `text`, in order and without overlap.
    pub fn find(&mut self, text: &str) -> Vec<Found> {
        let words = text::words(text);
        let mut found: Vec<Found> = self
            .email
            .find_iter(text)
            .map(|hit| Found { kind: Kind::Email, at: hit.range() })
            .collect();
        found.extend(numbers::find(text, &words, &self.asked, &self.lists));
        let names = names::find(text, &words, &self.names, &self.lists);
        for name in &names {
            self.learn(&text[name.at.clone()]);
        }
        found.extend(names);
        self.asked = words.iter().map(Word::lower).collect();
        without_overlap(found)
    }

    /// `text` with everything in it hidden that [`Redactor::find`] finds.
    pub fn hide(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for found in self.find(text) {
            out.push_str(&text[at..found.at.start]);
            out.push_str(found.kind.mask());
            at = found.at.end;
        }
        out.push_str(&text[at..]);
        out
    }
}

/// The earlier of two that overlap stays; of two that start together, the longer.
fn without_overlap(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| (found.at.start, std::cmp::Reverse(found.at.end)));
    let mut end = 0;
    found.retain(|found| {
        let keep = found.at.start >= end;
        end = end.max(found.at.end);
        keep
    });
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hide(text: &str) -> String {
        Redactor::new().unwrap().hide(text)
    }

    #[test]
    fn numbers_are_hidden_as_they_are_spoken() {
        assert_eq!(hide("It is four four seven, two nine, one zero six."), "It is [account].");
        assert_eq!(
            hide("my mobile is oh double seven 00 900 one two three"),
            "my mobile is [phone]"
        );
        assert_eq!(hide("The card is 4929 1234 5678 9012, okay?"), "The card is [card], okay?");
        assert_eq!(hide("My postcode is L S one four A P."), "My postcode is [postcode].");
    }

    #[test]
    fn amounts_times_and_counts_stay() {
        for text in [
            "It costs one hundred and twenty euros.",
            "I called three times in 2024.",
            "That was at 10:30 on 12/05/2024, for £4500.",
            "One moment, I have two or three questions.",
            "We need twenty four hours.",
        ] {
            assert_eq!(hide(text), text);
        }
    }

    #[test]
    fn names_are_hidden_after_what_introduces_them() {
        assert_eq!(hide("Hi, my name is Bronagh McGuire."), "Hi, my name is [name].");
        assert_eq!(
            hide("my name is bronagh mcguire and i have a problem"),
            "my name is [name] and i have a problem"
        );
        assert_eq!(hide("Thank you, Denise."), "Thank you, [name].");
        assert_eq!(hide("This is ridiculous, Mr Okafor."), "This is ridiculous, Mr [name].");
        assert_eq!(hide("Will you mark it for May?"), "Will you mark it for May?");
    }

    #[test]
    fn a_call_remembers_its_names_and_what_was_asked_for() {
        let mut call = Redactor::new().unwrap();
        call.hide("My name is Thandeka.");
        assert_eq!(call.hide("So thandeka is on the list?"), "So [name] is on the list?");
        call.hide("May I have the account number?");
        assert_eq!(call.hide("Two nine one."), "[account].");
        call.hide("Thank you.");
        assert_eq!(call.hide("It broke on two nine one."), "It broke on two nine one.");
    }

    #[test]
    fn addresses_are_hidden_written_and_spoken() {
        assert_eq!(hide("Write to j.doe@example.co.uk please"), "Write to [email] please");
        assert_eq!(hide("it is jane dot doe at gmail dot com"), "it is [email]");
    }

    #[test]
    fn wrong_lists_are_named_by_place() {
        let error = Redactor::from_toml("mine.toml", "[numbers]\nunits = 3").unwrap_err();
        assert!(error.to_string().starts_with("mine.toml: line "), "{error}");
    }
}
