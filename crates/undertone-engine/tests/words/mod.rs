//! Words while somebody speaks.

use super::{Conduct, live, models, push_speech, until_summary};
use std::time::Duration;
use undertone_engine::fake::FakeTranscriber;
use undertone_engine::{Engine, EngineSettings};
use undertone_infer::Transcriber;
use undertone_signal::{CallId, EventBody, Lane, LaneSummary, SAMPLE_RATE, TranscriptEvent};

/// A recogniser that finds a word every quarter of a second, and takes its time.
fn counting(time: Duration) -> Box<dyn Transcriber> {
    let quarter = SAMPLE_RATE as usize / 4;
    Box::new(FakeTranscriber::counting(quarter).with(Conduct::AnswerAfter(time)))
}

/// What comes of the customer's first words when `transcriber` hears them.
fn hear(
    settings: EngineSettings,
    transcriber: Box<dyn Transcriber>,
    speed: f64,
) -> (Vec<TranscriptEvent>, LaneSummary) {
    let models = models(Conduct::Answer, vec![transcriber]);
    let (engine, events) = Engine::start(settings, models).unwrap();
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    push_speech(&mut call, 11.5, speed).unwrap();
    call.finish(None);
    let (bodies, mut summary) = until_summary(&events);
    let words = bodies.into_iter().filter_map(|body| match body {
        EventBody::Transcript(words) => Some(words),
        _ => None,
    });
    (words.collect(), summary.lanes.remove(&Lane::Customer).unwrap())
}

#[test]
fn words_so_far_grow_until_the_final_replaces_them() {
    let (words, summary) = hear(live(), counting(Duration::ZERO), 4.0);
    let last = words.iter().position(|words| words.is_final).unwrap();
    let partials: Vec<&str> = words[..last].iter().map(|words| &*words.text).collect();
    assert!(partials.len() >= 3, "{partials:?}");
    for pair in partials.windows(2) {
        assert!(pair[1].len() > pair[0].len() && pair[1].starts_with(pair[0]), "{partials:?}");
    }
    let finals = words.iter().filter(|words| words.is_final).count();
    assert_eq!(finals as u64, summary.segments);
    let told = |words: &TranscriptEvent| (words.segment, words.is_final);
    assert!(words.is_sorted_by_key(told), "{words:?}");
}

#[test]
fn a_slow_recogniser_costs_partials_and_no_final() {
    let (words, summary) = hear(live(), counting(Duration::from_millis(600)), 4.0);
    let finals = words.iter().filter(|words| words.is_final).count();
    assert_eq!(finals as u64, summary.segments);
    assert!(summary.late_partials > 0, "{summary:?}");
}

#[test]
fn no_looks_are_taken_when_none_are_wanted_or_a_recording_is_read() {
    let never = EngineSettings { partial_every: Duration::ZERO, ..live() };
    for settings in [never, EngineSettings::default()] {
        let (words, summary) = hear(settings, counting(Duration::ZERO), 50.0);
        assert!(!words.is_empty() && words.iter().all(|words| words.is_final));
        assert_eq!(summary.late_partials, 0);
    }
}

#[test]
fn words_that_overtake_the_voice_are_not_lost() {
    let slow = Conduct::AnswerAfter(Duration::from_millis(700));
    let models = models(slow, vec![counting(Duration::ZERO)]);
    let (engine, events) = Engine::start(live(), models).unwrap();
    let mut first = engine.open(CallId::new("first"), &[Lane::Customer]).unwrap();
    push_speech(&mut first, 8.0, 20.0).unwrap();
    // The model is busy with the first call all the while.
    let mut second = engine.open(CallId::new("second"), &[Lane::Customer]).unwrap();
    push_speech(&mut second, 11.5, 20.0).unwrap();
    second.finish(None);
    first.finish(None);
    let (bodies, _) = until_summary(&events);
    let (others, _) = until_summary(&events);
    let count = |is: fn(&EventBody) -> bool| bodies.iter().chain(&others).filter(|b| is(b)).count();
    let finals = |body: &EventBody| matches!(body, EventBody::Transcript(words) if words.is_final);
    assert!(count(finals) >= 1, "{bodies:?} {others:?}");
    let segments = count(|body| matches!(body, EventBody::Segment(_)));
    assert_eq!(count(finals), segments, "{bodies:?} {others:?}");
}
