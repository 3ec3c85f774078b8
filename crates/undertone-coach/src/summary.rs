//! What a call was about, in its own words: at the end, or in mid-call for a hand-over, so
//! that nobody asks the customer to say it again.
//!
//! Extractive: every line quotes what was said, with its time. Nothing is phrased.

use crate::coach::CoachRules;
use crate::conversation::{Charge, Conversation, Turn, sentences_with};
use crate::cues::Cue;
use crate::promise::{self, Promise};
use crate::quote::Quote;
use crate::settings::CoachError;
use crate::when::Times;
use serde::{Deserialize, Serialize};
use undertone_signal::{AlertId, Lane, Severity, StreamTime, Tone};

/// More of a kind than this is no summary.
const MOST: usize = 4;

/// A turn of tone and what brought it about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToneTurn {
    /// The alert.
    pub alert: AlertId,
    /// To what the tone turned.
    pub tone: Tone,
    /// How strongly.
    pub severity: Severity,
    /// What was said just before, by the other side.
    pub before: Option<Quote>,
    /// What was said in it.
    pub words: Option<Quote>,
}

/// Something that the call leaves open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Why it is open.
    pub why: OpenKind,
    /// The words.
    pub quote: Quote,
}

/// Why something is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenKind {
    /// The customer asked, and the answer was none.
    Unanswered,
    /// The problem was not settled.
    Unsolved,
    /// Promised and not yet due.
    Promised,
}

/// A call in its own words.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Why the customer called.
    pub reason: Option<Quote>,
    /// What was tried before.
    pub tried: Vec<Quote>,
    /// Turns of tone and their causes.
    pub turns: Vec<ToneTurn>,
    /// Promises that name a time.
    pub promises: Vec<Promise>,
    /// What is left open.
    pub open: Vec<Open>,
    /// True if the customer left content, as far as the words say.
    pub settled: bool,
}

/// Makes summaries.
#[derive(Debug, Clone)]
pub struct Summariser {
    times: Times,
}

impl Summariser {
    /// With the shipped time phrases.
    ///
    /// # Errors
    /// Never with what is shipped, which a test reads.
    pub fn shipped() -> Result<Self, CoachError> {
        Ok(Self { times: Times::shipped()? })
    }

    /// The summary of `call` so far.
    pub fn summarise(&self, call: &Conversation, rules: &CoachRules) -> Summary {
        let reason = reason(call);
        let promises = promise::find(call, &rules.cues, &self.times);
        let settled = is_settled(call);
        Summary {
            tried: tried(call, rules),
            turns: call.customer_charges().map(|charge| tone_turn(call, charge)).collect(),
            open: open(call, reason.as_ref(), &promises, settled),
            reason,
            promises,
            settled,
        }
    }
}

/// The first turn in which the customer says what is wrong, or else the first of substance.
fn reason(call: &Conversation) -> Option<Quote> {
    let turns = || call.turns_of(Lane::Customer);
    let turn = turns()
        .find(|turn| turn.cues.has(Cue::Problem) && turn.words() > 4)
        .or_else(|| turns().find(|turn| turn.words() > 4))?;
    Some(Quote::of(turn, &turn.text))
}

fn tried(call: &Conversation, rules: &CoachRules) -> Vec<Quote> {
    call.turns_of(Lane::Customer)
        .flat_map(|turn| {
            sentences_with(turn, &rules.cues, &[Cue::Tried]).map(|words| Quote::of(turn, words))
        })
        .take(MOST)
        .collect()
}

fn tone_turn(call: &Conversation, charge: &Charge) -> ToneTurn {
    let words = call.turn_of(charge);
    let start = words.map_or(charge.onset, |turn| turn.span.start);
    let before = call.turns_of(Lane::Agent).rfind(|turn| turn.span.start < start);
    let quote = |turn: &Turn| Quote::of(turn, &turn.text);
    ToneTurn {
        alert: charge.alert,
        tone: charge.tone,
        severity: charge.severity,
        before: before.map(quote),
        words: words.map(quote),
    }
}

/// True if the customer's last words are content, and doubt nothing.
pub(crate) fn is_settled(call: &Conversation) -> bool {
    let calm_since = call.customer_charges().last().map_or(StreamTime::ZERO, |charge| charge.at);
    let mut last = call.turns_of(Lane::Customer).rev().take(3);
    last.any(|turn| {
        turn.span.start > calm_since
            && turn.cues.has_any(&[Cue::Resolved, Cue::Thanks])
            && !turn.cues.has_any(&[Cue::Doubt, Cue::Abuse, Cue::Leave])
    })
}

fn open(
    call: &Conversation,
    reason: Option<&Quote>,
    promises: &[Promise],
    settled: bool,
) -> Vec<Open> {
    let mut open = Vec::new();
    if let Some(reason) = reason.filter(|_| !settled) {
        open.push(Open { why: OpenKind::Unsolved, quote: reason.clone() });
    }
    let asked = call.turns_of(Lane::Customer).filter(|turn| turn.cues.has(Cue::Asks));
    let unanswered = asked.filter(|turn| has_no_answer(call, turn));
    open.extend(
        unanswered
            .take(MOST)
            .map(|turn| Open { why: OpenKind::Unanswered, quote: Quote::of(turn, &turn.text) }),
    );
    open.extend(
        promises
            .iter()
            .map(|promise| Open { why: OpenKind::Promised, quote: promise.quote.clone() }),
    );
    open
}

/// True if the agent's next turn refuses, blames or passes on, and offers nothing.
fn has_no_answer(call: &Conversation, question: &Turn) -> bool {
    let answer = call.turns_of(Lane::Agent).find(|turn| turn.span.start > question.span.start);
    let none = [Cue::Refusal, Cue::Policy, Cue::Blame, Cue::Transfer];
    answer.is_some_and(|turn| turn.cues.has_any(&none) && !turn.cues.has(Cue::Solution))
}
