//! A practice case from a call: the customer's turns with their tones, names and numbers
//! masked, up to the moment of decision; then the agent answers, and the answer is scored
//! by the rules that score calls.

use crate::coach::Coach;
use crate::conversation::{Conversation, Turn};
use crate::redact::Redactor;
use crate::score::{Score, Scores};
use crate::step::Step;
use serde::Serialize;
use undertone_signal::{AlertId, Lane, Severity, StreamTime, Tone};

/// A turn of a practice case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseTurn {
    /// Who speaks.
    pub lane: Lane,
    /// When, in seconds.
    #[serde(rename = "at_s", serialize_with = "crate::seconds")]
    pub at: StreamTime,
    /// The words, masked.
    pub words: String,
    /// The tone of the customer, where it had turned.
    pub tone: Option<(Tone, Severity)>,
}

/// A better answer, from the playbook.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Better {
    /// The step of the call that was due.
    pub step: Step,
    /// What to say.
    pub say: String,
    /// What to do.
    pub next: String,
    /// Why.
    pub why: String,
}

/// A practice case. Its last turn is the moment of decision: the agent answers it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingCase {
    /// The alert it was made from.
    pub alert: AlertId,
    /// What was said, to the moment of decision.
    pub turns: Vec<CaseTurn>,
    /// What the agent said then, masked.
    pub said: Option<String>,
    /// What the playbook suggested.
    pub better: Option<Better>,
}

/// The practice case of the worst turn of tone in the call of `coach`; `None` if no tone
/// turned or no words are there.
pub fn training_case(coach: &Coach, redactor: &mut Redactor) -> Option<TrainingCase> {
    let call = coach.call();
    let worst = call.customer_charges().max_by_key(|charge| charge.severity)?;
    let moment = call.turn_of(worst)?;
    if let Some(name) = &coach.context().name {
        redactor.learn(name);
    }
    let before = call.turns.iter().filter(|turn| turn.span.start <= moment.span.start);
    let mut turns: Vec<CaseTurn> = before.map(|turn| case_turn(call, turn, redactor)).collect();
    let answer = call.turns_of(Lane::Agent).find(|turn| turn.span.start > moment.span.start);
    let said = answer.map(|turn| redactor.hide(&turn.text));
    // A name that is introduced late is masked in the earlier turns too.
    for turn in &mut turns {
        turn.words = redactor.hide(&turn.words);
    }
    let better = coach.advice().iter().find(|advice| advice.alert == worst.alert);
    let better = better.map(|advice| Better {
        step: advice.step,
        say: redactor.hide(&advice.say),
        next: advice.next.clone(),
        why: advice.why.clone(),
    });
    Some(TrainingCase { alert: worst.alert, turns, said, better })
}

fn case_turn(call: &Conversation, turn: &Turn, redactor: &mut Redactor) -> CaseTurn {
    let charge = call.charges.iter().find(|charge| charge.covers(turn));
    CaseTurn {
        lane: turn.lane,
        at: turn.span.start,
        words: redactor.hide(&turn.text),
        tone: charge.map(|charge| (charge.tone, charge.severity)),
    }
}

/// The Empathy Score of `answer` to the moment of decision, by the rules that score calls.
pub fn score_answer(coach: &Coach, answer: &str) -> Option<Score> {
    let call = coach.call();
    let worst = call.customer_charges().max_by_key(|charge| charge.severity)?;
    let moment = call.turn_of(worst)?;
    let cues = &coach.rules().cues;
    let mut practice = Conversation::default();
    practice.say(moment.clone());
    practice.say(Turn {
        seq: moment.seq + 1,
        lane: Lane::Agent,
        span: undertone_signal::Span::new(moment.span.end, moment.span.end + 1),
        text: answer.to_owned(),
        cues: cues.find(Lane::Agent, answer),
        valence: None,
    });
    Scores::of(&practice, cues).empathy
}
