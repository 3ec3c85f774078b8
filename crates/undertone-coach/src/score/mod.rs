//! Scores of a call: numbers with what they rest on. `docs/scores.md` gives each formula and
//! its limits.

mod effort;
mod empathy;
mod empowerment;
mod resolution;
mod sentiment;
mod tally;

use crate::conversation::{Conversation, Turn};
use crate::cues::{Cue, Cues};
use serde::{Deserialize, Serialize};

pub use sentiment::SentimentShift;
pub use tally::{Interval, Tally};

/// A score from 0 to 100 and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100.
    pub value: f64,
    /// How much there was to go by, 0..1; below .3 the score says little.
    pub confidence: f64,
    /// What went into it, in points, largest share first as in `docs/scores.md`.
    pub parts: Vec<Part>,
    /// Numbers (`seq`) of the events that it rests on.
    pub rests_on: Vec<u64>,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What.
    pub name: String,
    /// How much it adds or takes, in points.
    pub points: f64,
    /// How often it was found.
    pub count: usize,
}

/// Whether the customer will have to call again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// True for likely.
    pub likely: bool,
    /// The score behind it: 50 and more is likely.
    #[serde(flatten)]
    pub score: Score,
}

/// All scores of one call. `None` where there is nothing to go by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scores {
    /// How the customer's feeling moved.
    pub sentiment_shift: Option<SentimentShift>,
    /// How empathetic the agent's words and turn-taking were.
    pub empathy: Option<Score>,
    /// How far the agent could and did act.
    pub empowerment: Option<Score>,
    /// How much work the call was for the customer: the lower, the better.
    pub customer_effort: Option<Score>,
    /// Whether this call settled it.
    pub first_contact_resolution: Option<Resolution>,
}

impl Scores {
    /// The scores of `call` so far.
    pub fn of(call: &Conversation, cues: &Cues) -> Self {
        Self {
            sentiment_shift: sentiment::score(call),
            empathy: empathy::score(call, cues),
            empowerment: empowerment::score(call),
            customer_effort: effort::score(call),
            first_contact_resolution: resolution::score(call),
        }
    }
}

/// Adds up the parts of a score.
#[derive(Debug, Default)]
struct Sheet {
    value: f64,
    parts: Vec<Part>,
    rests_on: Vec<u64>,
}

impl Sheet {
    const fn from(value: f64) -> Self {
        Self { value, parts: Vec::new(), rests_on: Vec::new() }
    }

    /// `points` each for the first `most` of `events`.
    fn count(&mut self, name: &str, points: f64, most: usize, events: &[u64]) {
        if events.is_empty() {
            return;
        }
        let count = events.len();
        let points = points * count.min(most) as f64;
        self.rests_on.extend(events);
        self.amount(name, points, count);
    }

    fn amount(&mut self, name: &str, points: f64, count: usize) {
        self.value += points;
        self.parts.push(Part { name: name.to_owned(), points, count });
    }

    /// The score, with `confidence` growing to 1 as `turns` reach `enough`.
    fn close(mut self, turns: usize, enough: usize) -> Score {
        self.parts.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
        self.rests_on.sort_unstable();
        self.rests_on.dedup();
        Score {
            value: self.value.clamp(0.0, 100.0),
            confidence: (turns as f64 / enough as f64).min(1.0),
            parts: self.parts,
            rests_on: self.rests_on,
        }
    }
}

/// The events of those of `turns` that do one of `cues`.
fn events<'a>(turns: impl Iterator<Item = &'a Turn>, cues: &[Cue]) -> Vec<u64> {
    turns.filter(|turn| turn.cues.has_any(cues)).map(|turn| turn.seq).collect()
}
