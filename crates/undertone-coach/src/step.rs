//! The four steps of an empathetic call, and which of them is due.

use crate::conversation::{Conversation, Turn};
use crate::cues::Cue;
use serde::{Deserialize, Serialize};
use std::fmt;
use undertone_signal::{Lane, StreamTime, Tone};

/// A step of an empathetic call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Listen and validate.
    Listen,
    /// Acknowledge and own.
    Acknowledge,
    /// Resolve and personalise.
    Resolve,
    /// Follow up and reassure.
    FollowUp,
}

impl Step {
    /// The four, in order.
    pub const ALL: [Self; 4] = [Self::Listen, Self::Acknowledge, Self::Resolve, Self::FollowUp];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen and validate",
            Self::Acknowledge => "acknowledge and own",
            Self::Resolve => "resolve and personalise",
            Self::FollowUp => "follow up and reassure",
        }
    }

    /// What an agent's words do when they take this step.
    const fn cues(self) -> &'static [Cue] {
        match self {
            Self::Listen => &[Cue::Validation, Cue::Condolence],
            Self::Acknowledge => &[Cue::Ownership],
            Self::Resolve => &[Cue::Solution],
            Self::FollowUp => &[Cue::Reassurance],
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// True if the agent has taken `step` between the customer's first words and `until`. What
/// was said before the customer had said anything is a greeting, and an answer that
/// refuses or blames in the same breath takes no step.
pub fn is_taken(call: &Conversation, step: Step, until: StreamTime) -> bool {
    let Some(first) = call.turns_of(Lane::Customer).next() else { return false };
    let answers = call
        .turns_of(Lane::Agent)
        .filter(|turn| turn.span.start > first.span.start && turn.span.start <= until);
    answers.filter(|turn| !is_brush_off(turn)).any(|turn| turn.cues.has_any(step.cues()))
}

fn is_brush_off(turn: &Turn) -> bool {
    turn.cues.has(Cue::Blame) || (turn.cues.has(Cue::Refusal) && !turn.cues.has(Cue::Solution))
}

/// The step that is due at `at`, `suggested` having been suggested already: the first that
/// is neither taken nor suggested. A customer who doubts a solution, or fears that it will
/// not come, needs to be reassured of it, whatever was left out before.
pub fn due(call: &Conversation, tone: Tone, at: StreamTime, suggested: &[Step]) -> Step {
    let doubts = call
        .unfinished
        .iter()
        .chain(call.turns_of(Lane::Customer).rfind(|turn| turn.span.start <= at))
        .any(|turn| turn.lane == Lane::Customer && turn.cues.has(Cue::Doubt));
    let worried = doubts || tone == Tone::Fearful;
    if worried && is_taken(call, Step::Resolve, at) {
        return Step::FollowUp;
    }
    let open = |step: &Step| !suggested.contains(step) && !is_taken(call, *step, at);
    Step::ALL.into_iter().find(open).unwrap_or(Step::FollowUp)
}
