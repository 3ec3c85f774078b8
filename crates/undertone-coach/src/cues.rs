//! Cues: what the words of a turn do, by the phrases of `config/cues.toml`.

use crate::settings::{self, CoachError};
use crate::text;
use regex::{RegexBuilder, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;
use undertone_signal::Lane;

/// The phrases that are shipped.
const SHIPPED: &str = include_str!("../../../config/cues.toml");

/// Memory for all phrases, compiled, and again for the states met while matching, in bytes.
/// What is shipped takes a third of it; too little makes matching ten times as slow.
const SIZE: usize = 32 * 1024 * 1024;

macro_rules! cues {
    ($($(#[$doc:meta])* $cue:ident),* $(,)?) => {
        /// What the words of a turn do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Cue {
            $($(#[$doc])* $cue),*
        }

        impl Cue {
            /// Every cue.
            pub const ALL: &[Self] = &[$(Self::$cue),*];
        }
    };
}

cues! {
    /// The agent names the customer's feeling.
    Validation,
    /// The agent is sorry for a loss.
    Condolence,
    /// The agent takes it on.
    Ownership,
    /// The agent apologises.
    Apology,
    /// The agent offers a way out.
    Solution,
    /// The agent makes sure that it comes true.
    Reassurance,
    /// The agent is courteous.
    Courtesy,
    /// The agent says no and leaves it at that.
    Refusal,
    /// The agent hides behind rules.
    Policy,
    /// The agent blames or brushes off.
    Blame,
    /// The agent passes the customer on.
    Transfer,
    /// The agent asks to wait.
    Hold,
    /// The agent promises something.
    Promise,
    /// The customer says what is wrong.
    Problem,
    /// The customer says what has been tried.
    Tried,
    /// The customer has said it before.
    Repeat,
    /// The customer does not believe it.
    Doubt,
    /// The customer insults the agent.
    Abuse,
    /// Somebody has died.
    Loss,
    /// Somebody needs care.
    Vulnerable,
    /// The customer says thank you.
    Thanks,
    /// The customer is content.
    Resolved,
    /// The customer wants to leave.
    Leave,
    /// The customer speaks of law.
    Legal,
    /// The customer wants somebody else.
    WantsHuman,
    /// The customer asks how it goes on.
    Asks,
    /// The customer promises something.
    Pledge,
}

/// A set of cues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CueSet(u32);

impl CueSet {
    /// No cue at all.
    pub const EMPTY: Self = Self(0);

    /// True if `cue` is in it.
    pub const fn has(self, cue: Cue) -> bool {
        self.0 & (1 << cue as u32) != 0
    }

    /// True if any of `cues` is.
    pub fn has_any(self, cues: &[Cue]) -> bool {
        cues.iter().any(|&cue| self.has(cue))
    }

    /// Puts `cue` in.
    pub const fn insert(&mut self, cue: Cue) {
        self.0 |= 1 << cue as u32;
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cues: BTreeMap<Cue, Entry>,
    /// Times, which [`crate::when`] reads.
    #[serde(default, rename = "when")]
    _when: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    lane: Lane,
    #[serde(default)]
    signals: Vec<String>,
    phrases: Vec<Spanned<String>>,
}

/// Finds cues. All phrases are matched in one pass.
#[derive(Debug, Clone)]
pub struct Cues {
    phrases: RegexSet,
    /// The cue of each phrase, and whose words count.
    of: Vec<(Cue, Lane)>,
    signals: Vec<(String, Cue, Lane)>,
}

impl Cues {
    /// The shipped phrases.
    ///
    /// # Errors
    /// Never with what is shipped, which a test reads.
    pub fn shipped() -> Result<Self, CoachError> {
        Self::from_toml("config/cues.toml", SHIPPED)
    }

    /// The phrases of the TOML file `text`, called `file` in errors.
    ///
    /// # Errors
    /// [`CoachError::Settings`] naming the place of what cannot be read.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CoachError> {
        let File { cues, .. } = settings::parse(file, text)?;
        let (mut patterns, mut of, mut signals) = (Vec::new(), Vec::new(), Vec::new());
        for (cue, entry) in cues {
            for phrase in &entry.phrases {
                let pattern = format!(r"\b(?:{})\b", phrase.get_ref());
                RegexBuilder::new(&pattern).unicode(false).build().map_err(|error| {
                    CoachError::at(file, text, phrase.span().start, plain(&error))
                })?;
                patterns.push(pattern);
                of.push((cue, entry.lane));
            }
            signals.extend(entry.signals.into_iter().map(|signal| (signal, cue, entry.lane)));
        }
        let phrases = RegexSetBuilder::new(&patterns)
            .unicode(false)
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .build()
            .map_err(|error| CoachError::at(file, text, 0, plain(&error)))?;
        Ok(Self { phrases, of, signals })
    }

    /// The cues in `words`, said on `lane`.
    pub fn find(&self, lane: Lane, words: &str) -> CueSet {
        let mut found = CueSet::EMPTY;
        for hit in self.phrases.matches(&text::normal(words)) {
            let (cue, of) = self.of[hit];
            if of == lane {
                found.insert(cue);
            }
        }
        found
    }

    /// The cues that service signals called `names` stand for on `lane`.
    pub fn of_signals<'a>(&self, lane: Lane, names: impl Iterator<Item = &'a str>) -> CueSet {
        let mut found = CueSet::EMPTY;
        for name in names {
            for (_, cue, _) in self.signals.iter().filter(|(s, _, of)| s == name && *of == lane) {
                found.insert(*cue);
            }
        }
        found
    }
}

/// The last line of a regex error says what is wrong.
fn plain(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn phrases_are_found_on_their_own_lane() {
        let cues = Cues::shipped().unwrap();
        let words = "That must be so frustrating, I'm sorry that we let you down.";
        let found = cues.find(Lane::Agent, words);
        assert!(found.has(Cue::Validation) && found.has(Cue::Ownership) && found.has(Cue::Apology));
        assert!(!cues.find(Lane::Customer, words).has_any(&[Cue::Validation, Cue::Apology]));
    }

    #[test]
    fn signals_stand_for_cues() {
        let cues = Cues::shipped().unwrap();
        let found = cues.of_signals(Lane::Customer, ["repeated_problem", "own"].into_iter());
        assert!(found.has(Cue::Repeat));
        assert_eq!(cues.of_signals(Lane::Agent, ["repeated_problem"].into_iter()), CueSet::EMPTY);
    }

    #[test]
    fn every_cue_has_phrases_and_mistakes_are_named_by_place() {
        let file: File = toml::from_str(SHIPPED).unwrap();
        assert!(Cue::ALL.iter().all(|cue| !file.cues[cue].phrases.is_empty()));
        let wrong = "[cues.asks]\nlane = \"agent\"\nphrases = [\"fine\", \"(open\"]";
        let error = Cues::from_toml("mine.toml", wrong).unwrap_err().to_string();
        assert_eq!(error, "mine.toml: line 3, column 20: unclosed group");
        let error = Cues::from_toml("mine.toml", "[cues.shrug]").unwrap_err().to_string();
        assert!(error.starts_with("mine.toml: line 1") && error.contains("shrug"), "{error}");
    }
}
