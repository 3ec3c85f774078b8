//! Conditions of the playbook and of routing: when does an entry apply?

use crate::context::CustomerContext;
use crate::conversation::Conversation;
use crate::cues::{Cue, CueSet};
use crate::step::Step;
use serde::{Deserialize, Serialize};
use undertone_signal::{Lane, Severity, Span, StreamTime, Tone};

/// Past calls count for this many days.
const PAST_DAYS: u32 = 30;
/// From this similarity on, words mean the same.
const ALIKE: f32 = 0.6;

/// Says how alike two sentences are in meaning, −1 to 1; `None` where no text model is.
pub trait Similarity: Send {
    /// The cosine of the two sentences' embeddings. Called for each example of `like`
    /// conditions, so that the vectors of `example` are worth keeping.
    fn similarity(&self, words: &str, example: &str) -> Option<f32>;
}

/// No text model: nothing is known of meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVectors;

impl Similarity for NoVectors {
    fn similarity(&self, _words: &str, _example: &str) -> Option<f32> {
        None
    }
}

/// Something that may be known of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// How to address the customer.
    Name,
    /// The level of service.
    Tier,
    /// Orders under way.
    OpenOrders,
    /// A fault that concerns the customer.
    KnownIncident,
    /// Earlier calls.
    PastCalls,
}

impl Known {
    const fn of(self, context: &CustomerContext) -> bool {
        match self {
            Self::Name => context.name.is_some(),
            Self::Tier => context.tier.is_some(),
            Self::OpenOrders => !context.open_orders.is_empty(),
            Self::KnownIncident => context.known_incident.is_some(),
            Self::PastCalls => !context.past_calls.is_empty(),
        }
    }
}

/// When an entry applies: everything that is given must hold. `config/playbook.toml` says
/// what each field means.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "config/playbook.toml documents the fields for those who write them"
)]
pub struct Condition {
    pub lane: Option<Lane>,
    pub tone: Vec<Tone>,
    pub at_least: Option<Severity>,
    pub step: Vec<Step>,
    pub customer: Vec<Cue>,
    pub not_customer: Vec<Cue>,
    pub agent: Vec<Cue>,
    pub not_agent: Vec<Cue>,
    pub signals: Vec<String>,
    pub like: Vec<String>,
    pub has: Vec<Known>,
    pub tier: Vec<String>,
    pub charged_calls: Option<usize>,
    pub alerts: Option<usize>,
    pub waited_s: Option<f64>,
    pub words: Option<bool>,
}

/// What a condition is held against.
pub struct Situation<'a> {
    /// The call so far.
    pub call: &'a Conversation,
    /// What is known of the customer.
    pub context: &'a CustomerContext,
    /// Whose tone turned.
    pub lane: Lane,
    /// The worst tone, `Neutral` if none has turned.
    pub tone: Tone,
    /// How strongly; `None` if no tone has turned.
    pub severity: Option<Severity>,
    /// The step that is due.
    pub step: Step,
    /// When.
    pub at: StreamTime,
    /// Who knows what words mean.
    pub meaning: &'a dyn Similarity,
}

impl Condition {
    /// How many things it asks for.
    pub fn asks(&self) -> i32 {
        let lists = [
            self.tone.is_empty(),
            self.step.is_empty(),
            self.customer.is_empty(),
            self.not_customer.is_empty(),
            self.agent.is_empty(),
            self.not_agent.is_empty(),
            self.signals.is_empty(),
            self.like.is_empty(),
            self.has.is_empty(),
            self.tier.is_empty(),
        ];
        let single = [
            self.lane.is_none(),
            self.at_least.is_none(),
            self.charged_calls.is_none(),
            self.alerts.is_none(),
            self.waited_s.is_none(),
            self.words.is_none(),
        ];
        lists.iter().chain(&single).map(|empty| i32::from(!empty)).sum()
    }

    /// True if all of it holds.
    pub fn holds(&self, now: &Situation<'_>) -> bool {
        self.tone_holds(now) && self.words_hold(now) && self.context_holds(now)
    }

    fn tone_holds(&self, now: &Situation<'_>) -> bool {
        let waited = || now.call.waits().into_iter().map(Span::seconds).sum::<f64>();
        self.lane.unwrap_or(Lane::Customer) == now.lane
            && one_of(&self.tone, &now.tone)
            && self.at_least.is_none_or(|least| now.severity >= Some(least))
            && one_of(&self.step, &now.step)
            && self.alerts.is_none_or(|least| now.call.customer_charges().count() >= least)
            && self.waited_s.is_none_or(|least| waited() >= least)
    }

    fn words_hold(&self, now: &Situation<'_>) -> bool {
        let any = |cues: CueSet, wanted: &[Cue]| wanted.is_empty() || cues.has_any(wanted);
        let (customer, agent) = (now.call.cues_of(Lane::Customer), now.call.cues_of(Lane::Agent));
        any(customer, &self.customer)
            && any(agent, &self.agent)
            && !customer.has_any(&self.not_customer)
            && !agent.has_any(&self.not_agent)
            && self.words.is_none_or(|words| words == now.call.has_words())
            && (self.signals.is_empty()
                || self.signals.iter().any(|s| now.call.signals.contains(s)))
            && (self.like.is_empty() || self.is_alike(now))
    }

    /// True if one of the customer's last two turns means one of the examples.
    fn is_alike(&self, now: &Situation<'_>) -> bool {
        let turns = now.call.turns_of(Lane::Customer).rev();
        turns.filter(|turn| turn.span.start <= now.at).take(2).any(|turn| {
            let alike = |example| now.meaning.similarity(&turn.text, example) >= Some(ALIKE);
            self.like.iter().any(|example| alike(example))
        })
    }

    fn context_holds(&self, now: &Situation<'_>) -> bool {
        let tier = now.context.tier.as_ref();
        self.has.iter().all(|known| known.of(now.context))
            && (self.tier.is_empty() || tier.is_some_and(|tier| self.tier.contains(tier)))
            && self.charged_calls.is_none_or(|n| now.context.charged_calls(PAST_DAYS) >= n)
    }
}

fn one_of<T: PartialEq>(wanted: &[T], is: &T) -> bool {
    wanted.is_empty() || wanted.contains(is)
}
