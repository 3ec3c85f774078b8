//! Early warning across calls: whom to call, and what many calls have in common.

use crate::context::CustomerContext;
use crate::conversation::Conversation;
use crate::promise::Promise;
use crate::summary::Summary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use undertone_signal::{Lane, Severity};

/// When people are asked to act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FollowUpRules {
    /// So many charged calls of one customer …
    pub charged_calls: usize,
    /// … in so many days.
    pub within_days: i32,
    /// So many calls in a row, each with a worse turn of tone than the one before.
    pub worse_calls: usize,
    /// So many charged calls about one topic on one day.
    pub topic_calls: usize,
}

impl Default for FollowUpRules {
    fn default() -> Self {
        Self { charged_calls: 3, within_days: 14, worse_calls: 3, topic_calls: 5 }
    }
}

/// What is kept of a call to compare it with others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallDigest {
    /// The call.
    pub call: String,
    /// Whose it was, as the telephone system or the CRM names customers.
    pub customer: String,
    /// The day it was on.
    pub day: Date,
    /// The worst turn of tone, if any.
    pub worst: Option<Severity>,
    /// What it was about, or the incident behind it.
    pub topic: Option<String>,
    /// What was promised, and until when.
    pub promises: Vec<PromiseDigest>,
}

/// A promise and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromiseDigest {
    /// The words.
    pub words: String,
    /// The day it was due.
    pub due: Option<Date>,
    /// True once somebody has entered that it was kept.
    pub kept: bool,
}

impl CallDigest {
    /// The digest of a call, its promises as yet unkept.
    pub fn of(
        call: &str,
        customer: &str,
        day: Date,
        talk: &Conversation,
        summary: &Summary,
        context: &CustomerContext,
    ) -> Self {
        let agent = |promise: &&Promise| promise.who == Lane::Agent;
        let promises = summary.promises.iter().filter(agent).map(|promise| PromiseDigest {
            words: promise.quote.words.clone(),
            due: promise.due,
            kept: false,
        });
        Self {
            call: call.to_owned(),
            customer: customer.to_owned(),
            day,
            worst: talk.customer_charges().map(|charge| charge.severity).max(),
            topic: context.known_incident.clone(),
            promises: promises.collect(),
        }
    }
}

/// Something for people to act on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Whom or what it is about.
    pub about: About,
    /// Why, for people: "third charged call in 9 days".
    pub reason: String,
    /// The calls behind it.
    pub calls: Vec<String>,
}

/// Whom or what a follow-up is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A customer.
    Customer(String),
    /// A topic or an incident.
    Topic(String),
}

/// What people should act on, as of `today`: customers first, in the order of their names.
pub fn follow_ups(calls: &[CallDigest], today: Date, rules: &FollowUpRules) -> Vec<FollowUp> {
    let mut customers: BTreeMap<&str, Vec<&CallDigest>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.day <= today) {
        customers.entry(&call.customer).or_default().push(call);
    }
    let mut found = Vec::new();
    for (customer, mut calls) in customers {
        calls.sort_by_key(|call| call.day);
        let about = About::Customer(customer.to_owned());
        found.extend(often_charged(&about, &calls, today, rules));
        found.extend(worse_and_worse(&about, &calls, rules));
        found.extend(broken_promises(&about, &calls, today));
    }
    found.extend(shared_topics(calls, today, rules));
    found
}

fn follow_up(about: &About, reason: String, calls: &[&CallDigest]) -> FollowUp {
    let calls = calls.iter().map(|call| call.call.clone()).collect();
    FollowUp { about: about.clone(), reason, calls }
}

/// "third charged call in 9 days"
fn often_charged(
    about: &About,
    calls: &[&CallDigest],
    today: Date,
    rules: &FollowUpRules,
) -> Option<FollowUp> {
    let age = |call: &CallDigest| (today - call.day).get_days();
    let charged = calls.iter().filter(|call| call.worst.is_some());
    let recent: Vec<&CallDigest> =
        charged.copied().filter(|call| age(call) < rules.within_days).collect();
    if recent.len() < rules.charged_calls {
        return None;
    }
    let days = (recent.last()?.day - recent.first()?.day).get_days() + 1;
    Some(follow_up(about, format!("{} charged calls in {days} days", recent.len()), &recent))
}

fn worse_and_worse(
    about: &About,
    calls: &[&CallDigest],
    rules: &FollowUpRules,
) -> Option<FollowUp> {
    let last = &calls[calls.len().checked_sub(rules.worse_calls.max(2))?..];
    let worse = last.windows(2).all(|pair| pair[1].worst > pair[0].worst);
    worse.then(|| {
        follow_up(about, format!("the last {} calls went worse each time", last.len()), last)
    })
}

/// "promised by 2026-12-01 and not kept: I will call you back"
fn broken_promises(about: &About, calls: &[&CallDigest], today: Date) -> Vec<FollowUp> {
    let mut found = Vec::new();
    for call in calls {
        for promise in call.promises.iter().filter(|promise| !promise.kept) {
            if let Some(due) = promise.due.filter(|due| *due < today) {
                let reason = format!("promised by {due} and not kept: {}", promise.words);
                found.push(follow_up(about, reason, &[call]));
            }
        }
    }
    found
}

/// "6 charged calls about fibre cut in Leeds today"
fn shared_topics(calls: &[CallDigest], today: Date, rules: &FollowUpRules) -> Vec<FollowUp> {
    let mut topics: BTreeMap<&str, Vec<&CallDigest>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.day == today && call.worst.is_some()) {
        if let Some(topic) = &call.topic {
            topics.entry(topic).or_default().push(call);
        }
    }
    let many = topics.into_iter().filter(|(_, calls)| calls.len() >= rules.topic_calls);
    many.map(|(topic, calls)| {
        let reason = format!("{} charged calls about {topic} today", calls.len());
        follow_up(&About::Topic(topic.to_owned()), reason, &calls)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn call(n: u8, customer: &str, day: Date, worst: Option<Severity>) -> CallDigest {
        let (call, customer) = (format!("c{n}"), customer.to_owned());
        CallDigest { call, customer, day, worst, topic: None, promises: Vec::new() }
    }

    #[test]
    fn a_customer_whose_calls_go_badly_is_named_once_for_each_reason() {
        let day = |n| date(2026, 11, n);
        let calls = [
            call(1, "ann", day(20), Some(Severity::Mild)),
            call(2, "ann", day(24), Some(Severity::Strong)),
            call(3, "ann", day(28), Some(Severity::Severe)),
            call(4, "bob", day(28), Some(Severity::Severe)),
            call(5, "ann", day(1), Some(Severity::Severe)),
        ];
        let found = follow_ups(&calls, day(28), &FollowUpRules::default());
        let reasons: Vec<&str> = found.iter().map(|follow| follow.reason.as_str()).collect();
        assert_eq!(reasons, ["3 charged calls in 9 days", "the last 3 calls went worse each time"]);
        assert!(found.iter().all(|follow| follow.about == About::Customer("ann".to_owned())));
        assert_eq!(found[0].calls, ["c1", "c2", "c3"]);
    }

    #[test]
    fn a_promise_is_broken_the_day_after_it_was_due() {
        let mut made = call(1, "ann", date(2026, 11, 23), None);
        let due = date(2026, 11, 24);
        let words = "I will call you back by Tuesday".to_owned();
        made.promises.push(PromiseDigest { words, due: Some(due), kept: false });
        let rules = FollowUpRules::default();
        assert!(follow_ups(std::slice::from_ref(&made), due, &rules).is_empty());
        let late = date(2026, 11, 25);
        let found = follow_ups(std::slice::from_ref(&made), late, &rules);
        assert_eq!(
            found[0].reason,
            "promised by 2026-11-24 and not kept: I will call you back by Tuesday"
        );
        made.promises[0].kept = true;
        assert!(follow_ups(&[made], late, &rules).is_empty());
    }

    #[test]
    fn many_charged_calls_about_one_topic_are_a_follow_up_of_their_own() {
        let today = date(2026, 11, 28);
        let rules = FollowUpRules { topic_calls: 2, ..FollowUpRules::default() };
        let mut calls: Vec<CallDigest> =
            (0..3).map(|n| call(n, &format!("c{n}"), today, Some(Severity::Mild))).collect();
        calls.iter_mut().take(2).for_each(|call| call.topic = Some("outage".to_owned()));
        let found = follow_ups(&calls, today, &rules);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].reason, "2 charged calls about outage today");
    }
}
