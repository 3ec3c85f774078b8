//! The engine with fake models: no weights, no hardware.
#![allow(clippy::unwrap_used, clippy::panic)]

mod hangs;
mod words;

use crossbeam::channel::Receiver;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use undertone_engine::fake::{
    Conduct, FakeAcoustic, FakeText, FakeTranscriber, neutral_words, speak, voice,
};
use undertone_engine::{Call, Engine, EngineError, EngineSettings, Models, Pace};
use undertone_infer::{TextScores, Transcriber};
use undertone_signal::{
    CallId, Effect, Emotion, Event, EventBody, Lane, Probability, Scores, SignalHit, SummaryEvent,
};

/// A recogniser that takes so long to find "words" in a segment.
fn slow(time: Duration) -> Box<dyn Transcriber> {
    Box::new(FakeTranscriber::saying("words").with(Conduct::AnswerAfter(time)))
}

/// A text model that takes every word of the context for a signal, and fails on the first
/// batch.
fn text_of_context() -> FakeText {
    let answer = |input: &undertone_infer::TextInput<'_>| TextScores {
        emotions: [Probability::new(0.25); 28],
        present: vec![Emotion::Joy, Emotion::Anger, Emotion::Fear, Emotion::Grief],
        scores: Scores { valence: -0.5, ..Scores::default() },
        signals: (input.context.split_whitespace())
            .map(|word| SignalHit {
                name: word.into(),
                probability: Probability::new(0.9),
                effect: Effect::None,
            })
            .collect(),
        ..neutral_words()
    };
    FakeText::new(answer).with(Conduct::FailFirst(1))
}

fn models(conduct: Conduct, transcribers: Vec<Box<dyn Transcriber>>) -> Models {
    let acoustic = Box::new(FakeAcoustic::calm().with(conduct));
    Models { acoustic, transcribers, text: None }
}

fn live() -> EngineSettings {
    EngineSettings { pace: Pace::Live, ..EngineSettings::default() }
}

/// A minute of a call, as fast as the engine takes it.
fn start_speaking(engine: &Engine) -> JoinHandle<()> {
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    std::thread::spawn(move || {
        // The engine may die under the call: the events tell.
        let _ = speak(&mut call, Lane::Customer, &voice(60.0), f64::INFINITY);
        call.finish(None);
    })
}

/// Speaks for so many seconds, at `speed` times the speed of speech.
fn push_speech(call: &mut Call, seconds: f64, speed: f64) -> Result<(), EngineError> {
    speak(call, Lane::Customer, &voice(seconds), speed)
}

fn until_summary(events: &Receiver<Event>) -> (Vec<EventBody>, SummaryEvent) {
    let mut bodies = Vec::new();
    loop {
        match events.recv_timeout(Duration::from_secs(60)).unwrap().body {
            EventBody::Summary(summary) => return (bodies, summary),
            body => bodies.push(body),
        }
    }
}

#[test]
fn every_segment_is_heard_before_the_summary() {
    let transcriber = slow(Duration::from_millis(5));
    let (engine, events) =
        Engine::start(EngineSettings::default(), models(Conduct::Answer, vec![transcriber]))
            .unwrap();
    let speaker = start_speaking(&engine);
    let (bodies, summary) = until_summary(&events);
    speaker.join().unwrap();
    let count = |is: fn(&EventBody) -> bool| bodies.iter().filter(|body| is(body)).count();
    let segments = count(|body| matches!(body, EventBody::Segment(_)));
    assert!(segments > 5);
    assert_eq!(count(|body| matches!(body, EventBody::Transcript(_))), segments);
    assert!(summary.complete);
    assert_eq!(engine.running(), 0);
}

#[test]
fn transcripts_carry_what_their_words_mean() {
    let transcriber = slow(Duration::ZERO);
    let text = text_of_context();
    let models =
        Models { text: Some(Box::new(text)), ..models(Conduct::Answer, vec![transcriber]) };
    let (engine, events) = Engine::start(EngineSettings::default(), models).unwrap();
    let speaker = start_speaking(&engine);
    let (bodies, _) = until_summary(&events);
    speaker.join().unwrap();
    let errors: Vec<_> = bodies.iter().filter(|body| matches!(body, EventBody::Error(_))).collect();
    let failed = |body: &&EventBody| matches!(body, EventBody::Error(e) if e.message.contains("device lost"));
    assert!(!errors.is_empty() && errors.iter().all(failed), "{errors:?}");
    let mut meanings = bodies.iter().filter_map(|body| match body {
        EventBody::Transcript(words) => Some(words.meaning.as_ref()),
        _ => None,
    });
    assert_eq!(meanings.next(), Some(None), "the words of a failed reading stand");
    let last = meanings.next_back().unwrap().unwrap();
    assert_eq!(last.emotions.len(), 3);
    assert_eq!(last.emotions[0].emotion, Emotion::Joy);
    assert!((last.valence + 0.5).abs() < f32::EPSILON);
    let heard: Vec<_> = last.signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(heard, ["words", "words"], "two turns of context");
}

#[test]
fn a_stalled_recogniser_does_not_delay_tone() {
    let stalled = slow(Duration::from_secs(3));
    let (engine, events) = Engine::start(live(), models(Conduct::Answer, vec![stalled])).unwrap();
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    // Twelve seconds of speech in three: segments pile up.
    push_speech(&mut call, 12.0, 4.0).unwrap();
    call.finish(None);
    let (bodies, summary) = until_summary(&events);
    let tones = bodies.iter().filter(|body| matches!(body, EventBody::Tone(_))).count();
    assert!(tones >= 44, "{tones} tone events");
    let delay = summary.delay.unwrap();
    assert!(delay.p95_ms < 1000.0, "{delay:?}");
    assert_eq!(summary.lanes[&Lane::Customer].dropped_windows, 0);
}

#[test]
fn a_model_that_fails_ends_the_call_with_an_error() {
    for (conduct, cause) in [(Conduct::Fail, "device lost"), (Conduct::Panic, "panicked")] {
        let (engine, events) =
            Engine::start(EngineSettings::default(), models(conduct, Vec::new())).unwrap();
        let speaker = start_speaking(&engine);
        let (bodies, summary) = until_summary(&events);
        speaker.join().unwrap();
        let error = bodies.iter().find_map(|body| match body {
            EventBody::Error(error) => Some(error.message.clone()),
            _ => None,
        });
        assert!(error.as_ref().is_some_and(|message| message.contains(cause)), "{error:?}");
        assert!(!summary.complete);
        assert!(matches!(
            engine.open(CallId::new("next"), &[Lane::Customer]),
            Err(EngineError::Stopped(_))
        ));
    }
}

#[test]
fn a_device_that_disappears_ends_every_call_and_hangs_none() {
    let (engine, events) =
        Engine::start(live(), models(Conduct::FailAfter(6), Vec::new())).unwrap();
    let speak = |name: &str| {
        let mut call = engine.open(CallId::new(name), &[Lane::Customer]).unwrap();
        std::thread::spawn(move || {
            // What is pushed after the end is refused or lost; the call ends all the same.
            let _ = push_speech(&mut call, 9.0, 6.0);
            call.finish(None);
        })
    };
    let speakers = ["a", "b", "c"].map(speak);
    let (mut errors, mut ended) = (Vec::new(), Vec::new());
    while ended.len() < 3 {
        let event = events.recv_timeout(Duration::from_secs(60)).unwrap();
        match event.body {
            EventBody::Error(error) => errors.push((event.call, error.message)),
            EventBody::Summary(summary) => ended.push((event.call, summary.complete)),
            _ => {}
        }
    }
    for (call, complete) in &ended {
        assert!(!complete, "{call} counts as complete");
        assert!(errors.iter().any(|(of, why)| of == call && why.contains("device lost")));
    }
    assert!(engine.fault().unwrap().contains("device lost"));
    for speaker in speakers {
        speaker.join().unwrap();
    }
    // Joins its threads: none may wait for the model that is gone.
    drop(engine);
}

#[test]
fn calls_over_the_limit_are_refused_by_name() {
    let settings = EngineSettings { max_calls: 1, ..EngineSettings::default() };
    let (engine, _events) = Engine::start(settings, models(Conduct::Answer, Vec::new())).unwrap();
    let first = engine.open(CallId::new("first"), &[Lane::Customer]).unwrap();
    let refusal = engine.open(CallId::new("second"), &[Lane::Customer]).unwrap_err();
    assert_eq!(refusal.to_string(), "call second refused: 1 calls are running, which is the limit");
    first.finish(None);
}

#[test]
fn a_name_is_free_again_once_its_last_words_have_come() {
    let (engine, events) =
        Engine::start(live(), models(Conduct::Answer, vec![slow(Duration::from_millis(300))]))
            .unwrap();
    let mut call = engine.open(CallId::new("A"), &[Lane::Customer]).unwrap();
    push_speech(&mut call, 8.0, 8.0).unwrap();
    call.finish(None);
    let refusal = engine.open(CallId::new("A"), &[Lane::Customer]).unwrap_err();
    assert!(matches!(refusal, undertone_engine::EngineError::Running { .. }), "{refusal}");
    let (bodies, summary) = until_summary(&events);
    assert!(summary.complete && bodies.iter().any(|body| matches!(body, EventBody::Transcript(_))));
    engine.wait_for(&CallId::new("A"));
    engine.open(CallId::new("A"), &[Lane::Customer]).unwrap().finish(None);
    assert!(until_summary(&events).1.complete);
}

#[test]
fn sound_that_live_lanes_cannot_take_is_told_in_the_summary() {
    let settings = EngineSettings { max_calls: 1, ..live() };
    let (engine, events) = Engine::start(settings, models(Conduct::Answer, Vec::new())).unwrap();
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    // Far more sound at once than the queue of 128 blocks holds.
    for _ in 0..500 {
        call.push(Lane::Customer, vec![0.01; 16_000], Instant::now()).unwrap();
    }
    // Only a block that gets through shows the gap before it.
    let mut lost = 0;
    while lost < call.lost_blocks() {
        lost = call.lost_blocks();
        std::thread::sleep(Duration::from_millis(200));
        call.push(Lane::Customer, vec![0.01; 16_000], Instant::now()).unwrap();
    }
    call.finish(None);
    let (_, summary) = until_summary(&events);
    assert!(lost > 100, "{lost} blocks lost");
    assert!((summary.lanes[&Lane::Customer].lost_s - lost as f64).abs() < 1e-9, "{summary:?}");
}

#[test]
fn a_source_that_goes_away_ends_its_call_with_an_error() {
    let (engine, events) = Engine::start(live(), models(Conduct::Answer, Vec::new())).unwrap();
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    call.push(Lane::Customer, vec![0.0; 8000], Instant::now()).unwrap();
    let no_agent = call.push(Lane::Agent, vec![0.0; 80], Instant::now()).unwrap_err();
    assert_eq!(no_agent.to_string(), "call call has no agent lane");
    drop(call);
    let (bodies, summary) = until_summary(&events);
    assert!(bodies.iter().any(|body| matches!(body, EventBody::Error(_))));
    assert!(!summary.complete);
    assert!((summary.audio.seconds() - 0.5).abs() < 1e-9);
}
