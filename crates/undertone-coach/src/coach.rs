//! One call's coach: events in, advice out.

use crate::condition::{NoVectors, Similarity, Situation};
use crate::context::CustomerContext;
use crate::conversation::{Charge, Conversation};
use crate::cues::Cues;
use crate::intake;
use crate::playbook::Playbook;
use crate::settings::CoachError;
use crate::step::{self, Step};
use serde::Serialize;
use std::sync::Arc;
use undertone_signal::{AlertId, AlertState, Event, EventBody, Lane, Severity, StreamTime, Tone};

/// What a coach goes by. Shared by all calls.
#[derive(Debug, Clone)]
pub struct CoachRules {
    /// What the words of a turn do.
    pub cues: Cues,
    /// What can be suggested.
    pub playbook: Playbook,
}

impl CoachRules {
    /// The shipped rules.
    ///
    /// # Errors
    /// Never with what is shipped, which tests read.
    pub fn shipped() -> Result<Self, CoachError> {
        Ok(Self { cues: Cues::shipped()?, playbook: Playbook::shipped()? })
    }
}

/// A suggestion to the agent: one phrase and one thing to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The alert it answers.
    pub alert: AlertId,
    /// Place of the event that brought it about.
    pub seq: u64,
    /// Stream time of that event, in seconds.
    #[serde(rename = "at_s", serialize_with = "crate::seconds")]
    pub at: StreamTime,
    /// True if it replaces the advice given for the same alert, now that its words are there.
    pub revised: bool,
    /// The entry of the playbook.
    pub entry: String,
    /// The step of the call that is due.
    pub step: Step,
    /// What to say.
    pub say: String,
    /// What to do.
    pub next: String,
    /// Why.
    pub why: String,
    /// True for a severe alert, and for customers whose earlier calls went badly.
    pub urgent: bool,
}

/// One call's coach.
pub struct Coach {
    rules: Arc<CoachRules>,
    context: CustomerContext,
    meaning: Box<dyn Similarity>,
    call: Conversation,
    given: Vec<Advice>,
}

impl Coach {
    /// A coach for a call of which nothing has happened yet.
    pub fn new(rules: Arc<CoachRules>, context: CustomerContext) -> Self {
        Self {
            rules,
            context,
            meaning: Box::new(NoVectors),
            call: Conversation::default(),
            given: Vec::new(),
        }
    }

    /// Lets `like` conditions hold, by a text model.
    #[must_use]
    pub fn with_meaning(mut self, meaning: Box<dyn Similarity>) -> Self {
        self.meaning = meaning;
        self
    }

    /// Replaces what is known of the customer; it may come in mid-call.
    pub fn set_context(&mut self, context: CustomerContext) {
        self.context = context;
    }

    /// Takes in the next event. Advice comes with the event that raises an alert, and once
    /// more, marked as revised, if the words of that turn call for something else.
    pub fn push(&mut self, event: &Event) -> Option<Advice> {
        intake::take(&mut self.call, event, &self.rules.cues);
        match &event.body {
            EventBody::Alert(alert) if alert.state == AlertState::Raised => {
                self.advise(alert.id, event)
            }
            EventBody::Transcript(words) if words.is_final && words.lane == Lane::Customer => {
                let turn = self.call.turns_of(Lane::Customer).find(|turn| turn.seq == event.seq)?;
                let alert = self.call.charges.iter().find(|charge| charge.covers(turn))?.alert;
                self.advise(alert, event)
            }
            _ => None,
        }
    }

    /// The advice on `alert` now, unless it is what has been given already.
    fn advise(&mut self, alert: AlertId, event: &Event) -> Option<Advice> {
        let charge = self.call.charge(alert)?;
        let others = || self.given.iter().filter(|advice| advice.alert != alert);
        let before = self.given.iter().rfind(|advice| advice.alert == alert);
        let at = self.call.turn_of(charge).map_or(charge.at, |turn| turn.span.start.max(charge.at));
        let steps: Vec<Step> = others().filter(|a| a.alert < alert).map(|a| a.step).collect();
        let used: Vec<&str> = others().map(|advice| advice.entry.as_str()).collect();
        let now = Situation {
            call: &self.call,
            context: &self.context,
            lane: charge.lane,
            tone: charge.tone,
            severity: Some(charge.severity),
            step: step::due(&self.call, charge.tone, at, &steps),
            at,
            meaning: &*self.meaning,
        };
        let (entry, say) = self.rules.playbook.choose(&now, &used)?;
        if before.is_some_and(|before| before.entry == entry.id) {
            return None;
        }
        let advice = Advice {
            alert,
            seq: event.seq,
            at: event.stream,
            revised: before.is_some(),
            entry: entry.id.clone(),
            step: entry.step,
            say,
            next: entry.next.clone(),
            why: entry.why.clone(),
            urgent: is_urgent(charge, &self.context),
        };
        self.given.retain(|before| before.alert != alert);
        self.given.push(advice.clone());
        Some(advice)
    }

    /// The call so far.
    pub fn call(&self) -> &Conversation {
        &self.call
    }

    /// What is known of the customer.
    pub fn context(&self) -> &CustomerContext {
        &self.context
    }

    /// The rules it goes by.
    pub fn rules(&self) -> &CoachRules {
        &self.rules
    }

    /// The advice that stands, one for each alert.
    pub fn advice(&self) -> &[Advice] {
        &self.given
    }

    /// The situation at the end of what has been pushed, for routing.
    pub(crate) fn situation(&self) -> Situation<'_> {
        let worst = self.call.customer_charges().max_by_key(|charge| charge.severity);
        let tone = worst.map_or(Tone::Neutral, |charge| charge.tone);
        let steps: Vec<Step> = self.given.iter().map(|advice| advice.step).collect();
        Situation {
            call: &self.call,
            context: &self.context,
            lane: Lane::Customer,
            tone,
            severity: worst.map(|charge| charge.severity),
            step: step::due(&self.call, tone, self.call.now, &steps),
            at: self.call.now,
            meaning: &*self.meaning,
        }
    }
}

/// Earlier charged calls raise the priority.
fn is_urgent(charge: &Charge, context: &CustomerContext) -> bool {
    charge.severity == Severity::Severe || context.charged_calls(30) >= 2
}
