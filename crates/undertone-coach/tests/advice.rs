//! What the coach may never say, and what changes its choice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod written;

use std::sync::Arc;
use undertone_coach::{Advice, Coach, CoachRules, CustomerContext, Similarity};
use undertone_signal::Event;
use written::{Written, calls};

/// Said to nobody, whatever the call. Written here a second time on purpose: the rules of
/// the playbook are what is tested.
const NEVER: [&str; 16] = [
    "calm down",
    "relax",
    "cheer up",
    "you should have",
    "your fault",
    "your mistake",
    "as i said",
    "why did you",
    "i promise",
    "guarantee",
    "full refund",
    "compensation",
    "policy",
    "the system",
    "the rules",
    "no problem",
];
/// Not after a loss, nor to somebody who is angry, sad or afraid.
const CHEER: [&str; 8] =
    ["great", "wonderful", "awesome", "fantastic", "perfect", "happy to", "cheers", "excited"];

fn coach(rules: &Arc<CoachRules>, call: &Written) -> Coach {
    Coach::new(Arc::clone(rules), call.context.clone())
}

fn advised(mut coach: Coach, events: &[Event]) -> Vec<Advice> {
    events.iter().filter_map(|event| coach.push(event)).collect()
}

fn call(name: &str) -> Written {
    calls().into_iter().find(|call| call.name == name).unwrap()
}

#[test]
fn nothing_harmful_or_tone_deaf_is_suggested() {
    let rules = Arc::new(CoachRules::shipped().unwrap());
    let mut seen = 0;
    for call in calls() {
        for advice in advised(coach(&rules, &call), &call.events) {
            let said = advice.say.to_lowercase();
            for phrase in NEVER.iter().chain(&CHEER) {
                assert!(!said.contains(phrase), "{}: {said}", call.name);
            }
            let loss = call.kind == "bereavement";
            assert_eq!(advice.revised && loss, advice.entry.ends_with("loss") && advice.revised);
            seen += 1;
        }
    }
    assert!(seen >= 50, "{seen}");
}

#[test]
fn a_cheerful_entry_of_a_user_is_passed_over_after_a_loss() {
    let mut rules = CoachRules::shipped().unwrap();
    let cheer = "[[entry]]\nid = \"cheer\"\nstep = \"listen\"\npriority = 50\n\
                 say = \"What a perfect day to sort this out!\"\nnext = \"x\"\nwhy = \"y\"\n";
    rules.playbook.add("mine.toml", cheer).unwrap();
    let rules = Arc::new(rules);
    let last = |name: &str| {
        let call = call(name);
        advised(coach(&rules, &call), &call.events).pop().unwrap().entry
    };
    assert_ne!(last("insurance-3"), "cheer");
    let call = call("telecom-1");
    let first = &advised(coach(&rules, &call), &call.events)[0];
    assert_eq!(first.entry, "cheer", "where nobody has died, the entry stands");
}

#[test]
fn the_customer_context_changes_phrase_and_priority() {
    let rules = Arc::new(CoachRules::shipped().unwrap());
    let call = call("bank-1");
    let with = advised(coach(&rules, &call), &call.events);
    assert!(
        with[0].say.contains("Mr Lind") && with[0].say.contains("third call"),
        "{}",
        with[0].say
    );
    assert!(with[0].urgent);
    let bare = Coach::new(Arc::clone(&rules), CustomerContext::default());
    let without = advised(bare, &call.events);
    assert_ne!(with[0].entry, without[0].entry);
    assert!(!without[0].urgent);
}

/// Knows two sentences that mean the same.
struct Twins;

impl Similarity for Twins {
    fn similarity(&self, words: &str, example: &str) -> Option<f32> {
        Some(if words.contains("trolley") && example == "I was embarrassed" { 0.9 } else { 0.1 })
    }
}

#[test]
fn meaning_counts_where_a_text_model_is_and_never_holds_where_none_is() {
    let mut rules = CoachRules::shipped().unwrap();
    let entry = "[[entry]]\nid = \"shame\"\nstep = \"listen\"\npriority = 50\n\
                 when = { like = [\"I was embarrassed\"] }\n\
                 say = \"That was unpleasant in front of everybody.\"\nnext = \"x\"\nwhy = \"y\"\n";
    rules.playbook.add("mine.toml", entry).unwrap();
    let rules = Arc::new(rules);
    let call = call("bank-1");
    // Only the last two turns of the customer count, and the trolley is in the first.
    let until = call.events.iter().position(|event| event.stream.seconds() > 16.0).unwrap();
    let mut early = call.events[..until].to_vec();
    let alert = call.events.iter().find(|event| event.body.kind() == "alert").unwrap();
    early.push(alert.clone());
    let deaf = advised(coach(&rules, &call), &early);
    assert_ne!(deaf[0].entry, "shame");
    let knowing = advised(coach(&rules, &call).with_meaning(Box::new(Twins)), &early);
    assert_eq!(knowing[0].entry, "shame");
}

#[test]
fn events_in_any_order_and_with_gaps_do_no_harm() {
    let rules = Arc::new(CoachRules::shipped().unwrap());
    let mut rng = fastrand::Rng::with_seed(7);
    for call in calls().iter().step_by(4) {
        let mut events = call.events.clone();
        rng.shuffle(&mut events);
        events.truncate(events.len() / 2);
        let given = advised(coach(&rules, call), &events);
        assert!(given.iter().all(|advice| !advice.say.is_empty()), "{}", call.name);
    }
}

#[test]
fn tone_alone_is_enough_for_a_first_step() {
    let rules = Arc::new(CoachRules::shipped().unwrap());
    let call = call("retail-2");
    let voice: Vec<Event> = call
        .events
        .iter()
        .filter(|event| matches!(event.body.kind(), "tone" | "alert"))
        .cloned()
        .collect();
    let given = advised(coach(&rules, &call), &voice);
    assert_eq!((given.len(), given[0].entry.as_str()), (1, "listen-sad"));
}
