//! The playbook: phrases and next steps for each step of a call, and what is never said.

use crate::condition::{Condition, Situation};
use crate::context::CustomerContext;
use crate::settings::{self, CoachError};
use crate::step::Step;
use crate::text;
use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

/// The playbook that is shipped.
const SHIPPED: &str = include_str!("../../../config/playbook.toml");
/// A phrase for a busy agent is no longer than this, in words.
const LONGEST_PHRASE: usize = 30;

/// Something to suggest.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// The step it belongs to.
    pub step: Step,
    /// When it applies.
    pub when: Condition,
    /// What to say, with slots.
    pub say: String,
    /// What to do.
    pub next: String,
    /// Why.
    pub why: String,
    /// Added to the number of its conditions.
    pub priority: i32,
}

/// A phrase that must not be suggested, always or under a condition.
#[derive(Debug, Clone)]
struct Never {
    phrase: Regex,
    when: Option<Condition>,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    off: Vec<Spanned<String>>,
    #[serde(default)]
    never: Vec<NeverLine>,
    #[serde(default)]
    entry: Vec<EntryLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeverLine {
    phrase: Spanned<String>,
    when: Option<Condition>,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine {
    id: Spanned<String>,
    step: Step,
    #[serde(default)]
    when: Condition,
    say: Spanned<String>,
    next: String,
    why: String,
    #[serde(default)]
    priority: i32,
}

/// What can be suggested, and what never is.
#[derive(Debug, Clone)]
pub struct Playbook {
    entries: Vec<Entry>,
    never: Vec<Never>,
}

impl Playbook {
    /// The shipped playbook.
    ///
    /// # Errors
    /// Never with what is shipped, which a test reads.
    pub fn shipped() -> Result<Self, CoachError> {
        let mut playbook = Self { entries: Vec::new(), never: Vec::new() };
        playbook.add("config/playbook.toml", SHIPPED)?;
        Ok(playbook)
    }

    /// Adds the entries of the TOML file `text`, called `file` in errors: those whose id is
    /// known replace the entry they name.
    ///
    /// # Errors
    /// [`CoachError::Settings`] naming line and column; the playbook is then as before.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CoachError> {
        let mut changed = self.clone();
        let wrong = |offset, cause: String| CoachError::at(file, text, offset, cause);
        let File { off, never, entry } = settings::parse(file, text)?;
        for id in off {
            let at = changed.entries.iter().position(|entry| entry.id == *id.get_ref());
            let unknown = || wrong(id.span().start, format!("no entry is called {}", id.get_ref()));
            changed.entries.remove(at.ok_or_else(unknown)?);
        }
        for NeverLine { phrase, when, why } in never {
            let pattern = format!(r"\b(?:{})\b", phrase.get_ref());
            let regex = Regex::new(&pattern)
                .map_err(|_| wrong(phrase.span().start, "not a regular expression".to_owned()))?;
            changed.never.push(Never { phrase: regex, when, why });
        }
        let mut here: Vec<String> = Vec::new();
        for line in entry {
            changed.check(&line, &here).map_err(|(offset, cause)| wrong(offset, cause))?;
            here.push(line.id.get_ref().clone());
            changed.put(line);
        }
        *self = changed;
        Ok(())
    }

    /// What is wrong with an entry, and where; `here` are the ids before it in its file.
    fn check(&self, line: &EntryLine, here: &[String]) -> Result<(), (usize, String)> {
        let (id, say) = (line.id.get_ref(), line.say.get_ref());
        if here.contains(id) {
            return Err((line.id.span().start, format!("{id} is there twice")));
        }
        let at = line.say.span().start;
        let words = text::words(say).len();
        if words == 0 || words > LONGEST_PHRASE {
            return Err((at, format!("{words} words: 1 to {LONGEST_PHRASE} can be said")));
        }
        if let Some(slot) = slots(say).find(|slot| !SLOTS.contains(slot)) {
            return Err((at, format!("no slot is called {{{slot}}}: {}", SLOTS.join(", "))));
        }
        let plain = text::normal(say);
        match self.never.iter().find(|never| never.always() && never.phrase.is_match(&plain)) {
            Some(never) => Err((at, format!("is never said: {}", never.why))),
            None => Ok(()),
        }
    }

    fn put(&mut self, line: EntryLine) {
        let entry = Entry {
            id: line.id.into_inner(),
            step: line.step,
            when: line.when,
            say: line.say.into_inner(),
            next: line.next,
            why: line.why,
            priority: line.priority,
        };
        match self.entries.iter_mut().find(|known| known.id == entry.id) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// The entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry to suggest now with its slots filled: of the step that is due, or else of
    /// a later one, the one that asks for most; none of `used`.
    pub fn choose(&self, now: &Situation<'_>, used: &[&str]) -> Option<(&Entry, String)> {
        let later = Step::ALL.into_iter().filter(|step| *step >= now.step);
        later.into_iter().find_map(|step| self.best(step, now, used))
    }

    fn best(&self, step: Step, now: &Situation<'_>, used: &[&str]) -> Option<(&Entry, String)> {
        let mut best: Option<(&Entry, String)> = None;
        let weight = |entry: &Entry| entry.when.asks() + entry.priority;
        for entry in self.entries.iter().filter(|entry| entry.step == step) {
            let beaten = best.as_ref().is_some_and(|(other, _)| weight(other) >= weight(entry));
            if beaten || used.contains(&entry.id.as_str()) || !entry.when.holds(now) {
                continue;
            }
            if let Some(say) =
                fill(&entry.say, now.context).filter(|say| !self.is_forbidden(say, now))
            {
                best = Some((entry, say));
            }
        }
        best
    }

    /// True if `phrase` must not be said now.
    pub fn is_forbidden(&self, phrase: &str, now: &Situation<'_>) -> bool {
        let plain = text::normal(phrase);
        self.never.iter().any(|never| {
            never.when.as_ref().is_none_or(|when| when.holds(now)) && never.phrase.is_match(&plain)
        })
    }
}

impl Never {
    const fn always(&self) -> bool {
        self.when.is_none()
    }
}

/// What can stand in braces in a phrase.
const SLOTS: [&str; 5] = ["name", "order", "incident", "calls", "tier"];

fn slots(say: &str) -> impl Iterator<Item = &str> {
    say.split('{').skip(1).map(|rest| rest.split_once('}').map_or(rest, |(slot, _)| slot))
}

/// `say` with its slots filled; `None` if one of them is not known.
fn fill(say: &str, context: &CustomerContext) -> Option<String> {
    let mut out = say.to_owned();
    for slot in slots(say) {
        let value = match slot {
            "name" => context.name.clone()?,
            "tier" => context.tier.clone()?,
            "incident" => context.known_incident.clone()?,
            "order" => context.open_orders.first().map(|order| order.id.clone())?,
            _ => ordinal(context.past_calls.len() + 1)?.to_owned(),
        };
        out = out.replace(&format!("{{{slot}}}"), value.trim());
    }
    Some(out)
}

/// "second"; `None` for a first call, and where counting would sound like reproach.
fn ordinal(n: usize) -> Option<&'static str> {
    ["second", "third", "fourth", "fifth"].get(n.checked_sub(2)?).copied()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn error(text: &str) -> String {
        Playbook::shipped().unwrap().add("mine.toml", text).unwrap_err().to_string()
    }

    fn entry(id: &str, say: &str) -> String {
        format!(
            "[[entry]]\nid = \"{id}\"\nstep = \"listen\"\nsay = \"{say}\"\nnext = \"x\"\nwhy = \"y\"\n"
        )
    }

    #[test]
    fn every_step_has_an_entry_that_asks_for_nothing() {
        let playbook = Playbook::shipped().unwrap();
        for step in Step::ALL {
            let free = |entry: &&Entry| entry.step == step && entry.when.asks() == 0;
            assert!(playbook.entries().iter().any(|entry| free(&entry)), "{step}");
        }
    }

    #[test]
    fn users_add_override_and_take_out() {
        let mut playbook = Playbook::shipped().unwrap();
        let before = playbook.entries().len();
        let text = format!(
            "off = [\"listen-sad\"]\n{}{}",
            entry("listen-any", "Tell me."),
            entry("mine", "Yes?")
        );
        playbook.add("mine.toml", &text).unwrap();
        assert_eq!(playbook.entries().len(), before);
        let any = playbook.entries().iter().find(|entry| entry.id == "listen-any").unwrap();
        assert_eq!(any.say, "Tell me.");
    }

    #[test]
    fn mistakes_are_named_by_line_and_column() {
        assert_eq!(
            error("off = [\"nothing\"]"),
            "mine.toml: line 1, column 8: no entry is called nothing"
        );
        assert_eq!(
            error(&entry("a", "Hello {nmae}.")),
            "mine.toml: line 4, column 7: no slot is called {nmae}: name, order, incident, calls, tier"
        );
        assert_eq!(
            error(&entry("a", "Please calm down.")),
            "mine.toml: line 4, column 7: is never said: telling people how to feel makes it worse"
        );
        let twice = entry("a", "One.") + &entry("a", "Two.");
        assert_eq!(error(&twice), "mine.toml: line 8, column 6: a is there twice");
        let unknown = entry("a", "One.").replace("why", "because");
        assert!(
            error(&unknown).contains("line 6, column 1: unknown field `because`"),
            "{}",
            error(&unknown)
        );
        assert!(error("[[entry]]\nstep = \"shout\"").contains("line 2, column 8"));
        assert!(error(&entry("a", "")).contains("0 words"));
    }
}
