//! Times as people promise them: "by Tuesday", "within two working days".

use crate::settings::{self, CoachError};
use crate::text;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use regex::Regex;
use serde::Deserialize;

/// Where the phrases are.
const SHIPPED: &str = include_str!("../../../config/cues.toml");

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
const MONTHS: &str =
    "january|february|march|april|may|june|july|august|september|october|november|december";
/// Numbers up to thirty-one as words, in order from 1.
const NUMBERS: [&str; 20] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

#[derive(Debug, Deserialize)]
struct File {
    when: Phrases,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrases {
    phrases: Vec<String>,
}

/// Finds times in words.
#[derive(Debug, Clone)]
pub(crate) struct Times(Regex);

impl Times {
    /// The shipped phrases, which are part of `config/cues.toml`.
    pub(crate) fn shipped() -> Result<Self, CoachError> {
        Self::from_toml("config/cues.toml", SHIPPED)
    }

    pub(crate) fn from_toml(file: &str, toml: &str) -> Result<Self, CoachError> {
        let File { when } = settings::parse(file, toml)?;
        let numbers = format!(r"(?:\d+|few|{}|thirty)(?: (?:first|one|five))?", NUMBERS.join("|"));
        let days = DAYS.map(|(name, _)| name).join("|");
        let all = when.phrases.join("|");
        let all = all.replace("{n}", &numbers).replace("{day}", &format!("(?:{days})"));
        let all = all.replace("{month}", &format!("(?:{MONTHS})"));
        // Phrases that touch are one.
        let regex = Regex::new(&format!(r"\b(?:{all})(?: (?:{all}))*\b"))
            .map_err(|error| CoachError::at(file, toml, 0, format!("[when]: {error}")))?;
        Ok(Self(regex))
    }

    /// The last time that `words` name, in plain words.
    pub(crate) fn find(&self, words: &str) -> Option<String> {
        let plain = text::normal(words);
        // "at one of the four lines" is no time.
        let times = self.0.find_iter(&plain).filter(|hit| !plain[hit.end()..].starts_with(" of "));
        times.last().map(|hit| hit.as_str().to_owned())
    }
}

/// The day by which something is due that was promised for `when` on `today`, if the words
/// say it. Days are those of UTC.
pub fn due_day(when: &str, today: Date) -> Option<Date> {
    let words: Vec<&str> = when.split(' ').collect();
    let has = |word: &str| words.contains(&word);
    let weekday = DAYS.iter().find(|(name, _)| has(name)).map(|(_, day)| *day);
    if let Some(day) = weekday {
        return today.nth_weekday(1, day).ok();
    }
    if has("tomorrow") {
        return today.tomorrow().ok();
    }
    let n = words.iter().find_map(|word| number(word)).unwrap_or(1);
    if has("days") || has("day") && (has("within") || has("in")) {
        let working = has("working") || has("business");
        return if working {
            after_working_days(today, n)
        } else {
            today.checked_add(n.days()).ok()
        };
    }
    if has("weeks") || has("week") {
        return today.checked_add((7 * n).days()).ok();
    }
    let soon = [
        "now",
        "today",
        "tonight",
        "hour",
        "hours",
        "minute",
        "minutes",
        "immediately",
        "away",
        "afternoon",
        "evening",
        "morning",
        "noon",
        "at",
        "by",
        "before",
    ];
    let date = ["the", "of", "month", "months"].iter().any(|word| has(word))
        && !has("minutes")
        && !has("hour");
    (!date && soon.iter().any(|word| has(word))).then_some(today)
}

fn number(word: &str) -> Option<i64> {
    let place = NUMBERS.iter().position(|name| *name == word);
    place.map(|place| place as i64 + 1).or_else(|| word.parse().ok())
}

fn after_working_days(mut day: Date, days: i64) -> Option<Date> {
    let mut left = days;
    while left > 0 {
        day = day.tomorrow().ok()?;
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
        }
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    #[test]
    fn times_are_found_in_promises() {
        let times = Times::shipped().unwrap();
        for (words, time) in [
            ("It will be with you before two o'clock.", "before two o clock"),
            ("I'll courier it to you by tomorrow evening", "by tomorrow evening"),
            ("A technician will be with you tomorrow before noon.", "tomorrow before noon"),
            ("it will be there within two working days", "within two working days"),
            ("They can come on the twenty first.", "on the twenty first"),
            ("I will give you the status every half hour by phone", "every half hour"),
            ("the doctor will phone you today before four", "today before four"),
        ] {
            assert_eq!(times.find(words).as_deref(), Some(time), "{words}");
        }
        assert_eq!(times.find("I will look at one of the four lines"), None);
    }

    #[test]
    fn due_days_follow_the_calendar() {
        let friday = date(2026, 11, 27);
        assert_eq!(due_day("by monday", friday), Some(date(2026, 11, 30)));
        assert_eq!(due_day("on friday", friday), Some(date(2026, 12, 4)));
        assert_eq!(due_day("within two working days", friday), Some(date(2026, 12, 1)));
        assert_eq!(due_day("in 3 days", friday), Some(date(2026, 11, 30)));
        assert_eq!(due_day("tomorrow by noon", friday), Some(date(2026, 11, 28)));
        assert_eq!(due_day("within the hour", friday), Some(friday));
        assert_eq!(due_day("on the twenty first", friday), None);
    }
}
