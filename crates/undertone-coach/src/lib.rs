//! What to do about it: events of a call in, advice out.
//!
//! A [`Coach`] takes the events of one call and answers each alert with one phrase and one
//! next step from the playbook ([`Advice`]). From the same events come the [`Summary`], the
//! [`Scores`] and the routing [`Decision`]; from many calls, the list of [`FollowUp`]s.
//! Everything is plain rules over words and times: deterministic, without I/O, and it never
//! reads audio. The rules are data in `config/`.
//!
//! ```
//! use std::sync::Arc;
//! use undertone_coach::{Coach, CoachRules, CustomerContext};
//! # fn main() -> Result<(), undertone_coach::CoachError> {
//! let rules = Arc::new(CoachRules::shipped()?);
//! let context = CustomerContext::parse(r#"{"name": "Mrs Okafor"}"#)?;
//! let mut coach = Coach::new(rules, context);
//! # let events: Vec<undertone_signal::Event> = Vec::new();
//! for event in &events {
//!     if let Some(advice) = coach.push(event) {
//!         println!("{}: {}", advice.step, advice.say);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod coach;
mod condition;
mod context;
mod conversation;
mod cues;
mod follow_up;
mod intake;
mod playbook;
mod promise;
mod quote;
mod redact;
mod route;
mod score;
mod settings;
mod step;
mod summary;
mod text;
mod training;
mod when;

pub use coach::{Advice, Coach, CoachRules};
pub use condition::{Condition, Known, NoVectors, Similarity, Situation};
pub use context::{CONTEXT_LIMIT, CustomerContext, Order, PastCall};
pub use conversation::{Charge, Conversation, Hop, Interruption, Turn};
pub use cues::{Cue, CueSet, Cues};
pub use follow_up::{About, CallDigest, FollowUp, FollowUpRules, PromiseDigest, follow_ups};
pub use playbook::{Entry, Playbook};
pub use promise::Promise;
pub use quote::Quote;
pub use redact::{Found, Kind, Redactor};
pub use route::{Decision, Route, Routing};
pub use score::{Interval, Part, Resolution, Score, Scores, SentimentShift, Tally};
pub use settings::{CoachError, Place};
pub use step::{Step, due, is_taken};
pub use summary::{Open, OpenKind, Summariser, Summary, ToneTurn};
pub use training::{Better, CaseTurn, TrainingCase, score_answer, training_case};
pub use when::due_day;

/// Stream time in JSON: seconds, rounded to a hundredth.
fn seconds<S: serde::Serializer>(
    time: &undertone_signal::StreamTime,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_f64((time.seconds() * 100.0).round() / 100.0)
}
