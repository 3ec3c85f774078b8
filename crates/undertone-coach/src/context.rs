//! What is known of the customer beforehand: handed over with the call, never stored here.

use crate::settings::CoachError;
use serde::{Deserialize, Serialize};
use undertone_signal::Tone;

/// The largest context that is read, in bytes.
pub const CONTEXT_LIMIT: usize = 64 * 1024;

/// What a telephone system or a CRM knows of the customer. All of it may be missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerContext {
    /// How to address the customer: "Mrs Okafor".
    pub name: Option<String>,
    /// Level of service: "gold".
    pub tier: Option<String>,
    /// Orders that are under way.
    pub open_orders: Vec<Order>,
    /// A known fault that concerns this customer: "fibre cut in Leeds".
    pub known_incident: Option<String>,
    /// Earlier calls, in any order.
    pub past_calls: Vec<PastCall>,
}

/// An order under way.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number.
    pub id: String,
    /// What was ordered, in the customer's words: "boiler pump".
    #[serde(default)]
    pub what: Option<String>,
}

/// An earlier call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastCall {
    /// How long ago, in days.
    pub days_ago: u32,
    /// The worst tone of the customer in it.
    #[serde(default)]
    pub tone: Option<Tone>,
    /// What it was about.
    #[serde(default)]
    pub topic: Option<String>,
}

impl CustomerContext {
    /// The context in the JSON object `text`.
    ///
    /// # Errors
    /// [`CoachError::Context`] naming line and column, or that it is too large.
    pub fn parse(text: &str) -> Result<Self, CoachError> {
        if text.len() > CONTEXT_LIMIT {
            let cause = format!("{} bytes are more than {CONTEXT_LIMIT}", text.len());
            return Err(CoachError::Context(cause));
        }
        serde_json::from_str(text).map_err(|error| CoachError::Context(error.to_string()))
    }

    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Past calls, within `days`, in which the customer was angry, sad, afraid or disgusted.
    pub fn charged_calls(&self, days: u32) -> usize {
        let charged = [Tone::Angry, Tone::Sad, Tone::Fearful, Tone::Disgust];
        self.past_calls
            .iter()
            .filter(|call| call.days_ago <= days)
            .filter(|call| call.tone.is_some_and(|tone| charged.contains(&tone)))
            .count()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_context_may_know_little_and_nothing_else() {
        let text = r#"{"name": "Mrs Okafor", "past_calls": [{"days_ago": 2, "tone": "angry"}, {"days_ago": 40, "tone": "sad"}]}"#;
        let context = CustomerContext::parse(text).unwrap();
        assert_eq!((context.charged_calls(30), context.charged_calls(90)), (1, 2));
        assert!(CustomerContext::parse("{}").unwrap().is_empty());
        let error = CustomerContext::parse(r#"{"nmae": "x"}"#).unwrap_err().to_string();
        assert!(error.contains("nmae") && error.contains("line 1"), "{error}");
        assert!(CustomerContext::parse(&" ".repeat(CONTEXT_LIMIT + 1)).is_err());
    }
}
