//! Routing: where a call should go, by the rules of `config/routing.toml`.

use crate::coach::Coach;
use crate::condition::Condition;
use crate::follow_up::FollowUpRules;
use crate::settings::{self, CoachError};
use serde::{Deserialize, Serialize};
use std::fmt;
use toml::Spanned;
use undertone_signal::StreamTime;

/// The rules that are shipped.
const SHIPPED: &str = include_str!("../../../config/routing.toml");

/// Where a call should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// A bot or a page will do.
    SelfService,
    /// The next free agent.
    AnyAgent,
    /// A senior agent, or one trained in de-escalation.
    SeniorAgent,
    /// A supervisor joins the call.
    SupervisorJoins,
    /// A call-back is offered.
    CallBack,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SelfService => "self-service",
            Self::AnyAgent => "any agent",
            Self::SeniorAgent => "senior agent",
            Self::SupervisorJoins => "supervisor joins",
            Self::CallBack => "call-back",
        })
    }
}

/// A decision and its reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// Where the call should go.
    pub route: Route,
    /// The rule that decided.
    pub rule: String,
    /// Why.
    pub why: String,
    /// Stream time up to which the call was known, in seconds.
    #[serde(rename = "at_s", serialize_with = "crate::seconds")]
    pub at: StreamTime,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    decide: Route,
    #[serde(default)]
    when: Condition,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Spanned<Rule>>,
    #[serde(default)]
    follow_up: FollowUpRules,
}

/// The rules of routing and of early warning.
#[derive(Debug, Clone)]
pub struct Routing {
    rules: Vec<Rule>,
    last: Rule,
    /// When people are asked to act.
    pub follow_up: FollowUpRules,
}

impl Routing {
    /// The shipped rules.
    ///
    /// # Errors
    /// Never with what is shipped, which a test reads.
    pub fn shipped() -> Result<Self, CoachError> {
        Self::from_toml("config/routing.toml", SHIPPED)
    }

    /// The rules of the TOML file `text`, called `file` in errors.
    ///
    /// # Errors
    /// [`CoachError::Settings`] naming the place; also if the last rule has conditions, for
    /// then some calls would go nowhere.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CoachError> {
        let File { mut rule, follow_up } = settings::parse(file, text)?;
        let wrong = |offset, cause: &str| CoachError::at(file, text, offset, cause);
        let last = rule.pop().ok_or_else(|| wrong(0, "there is no rule"))?;
        if last.get_ref().when.asks() > 0 {
            let cause = "the last rule must have no conditions: every call goes somewhere";
            return Err(wrong(last.span().start, cause));
        }
        let rules = rule.into_iter().map(Spanned::into_inner).collect();
        Ok(Self { rules, last: last.into_inner(), follow_up })
    }

    /// Where the call of `coach` should go now.
    pub fn decide(&self, coach: &Coach) -> Decision {
        let now = coach.situation();
        let rule = self.rules.iter().find(|rule| rule.when.holds(&now)).unwrap_or(&self.last);
        Decision { route: rule.decide, rule: rule.id.clone(), why: rule.why.clone(), at: now.at }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::coach::CoachRules;
    use crate::context::CustomerContext;
    use std::sync::Arc;

    #[test]
    fn a_call_of_which_nothing_is_known_stays_in_self_service_unless_its_history_is_bad() {
        let rules = Arc::new(CoachRules::shipped().unwrap());
        let routing = Routing::shipped().unwrap();
        let coach = Coach::new(Arc::clone(&rules), CustomerContext::default());
        assert_eq!(routing.decide(&coach).route, Route::SelfService);
        let past =
            r#"{"past_calls": [{"days_ago": 1, "tone": "angry"}, {"days_ago": 8, "tone": "sad"}]}"#;
        let coach = Coach::new(rules, CustomerContext::parse(past).unwrap());
        let decision = routing.decide(&coach);
        assert_eq!((decision.route, decision.rule.as_str()), (Route::SeniorAgent, "history"));
    }

    #[test]
    fn rules_that_leave_calls_nowhere_are_refused() {
        let rule =
            "[[rule]]\nid = \"a\"\ndecide = \"any_agent\"\nwhy = \"x\"\nwhen = { alerts = 1 }\n";
        let error = Routing::from_toml("mine.toml", rule).unwrap_err().to_string();
        assert!(error.starts_with("mine.toml: line 1") && error.contains("every call"), "{error}");
        assert!(Routing::from_toml("mine.toml", "rule = []").is_err());
    }
}
