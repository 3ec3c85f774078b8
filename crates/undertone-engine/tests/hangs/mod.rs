//! Models that never answer.

use super::{Mood, SlowTranscriber, models, start_playing, until_summary};
use std::time::Duration;
use undertone_engine::{Engine, EngineError, EngineSettings, Models, Pace};
use undertone_infer::{ModelError, TextInput, TextModel, TextScores, Transcriber};
use undertone_signal::{CallId, EventBody, Lane, Segment, Transcript};

#[test]
fn a_device_that_hangs_ends_every_call_and_hangs_none() {
    for pace in [Pace::Live, Pace::Lossless] {
        let patience = Duration::from_millis(300);
        let settings = EngineSettings { pace, patience, ..EngineSettings::default() };
        let (engine, events) = Engine::start(settings, models(Mood::Hangs, Vec::new())).unwrap();
        let player = start_playing(&engine, false);
        let (bodies, summary) = until_summary(&events);
        let told = |body: &EventBody| matches!(body, EventBody::Error(error) if error.message.contains("no answer for 0.3 s"));
        assert!(bodies.iter().any(told), "{bodies:?}");
        assert!(!summary.complete);
        assert!(engine.fault().unwrap().contains("acoustic model"));
        player.join().unwrap();
        let refused = engine.open(CallId::new("next"), &[Lane::Customer]);
        assert!(matches!(refused, Err(EngineError::Stopped(_))));
        drop(engine);
    }
}

/// Never answers.
struct Stuck;

impl Transcriber for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }

    fn transcribe(&mut self, _: &Segment) -> Result<Option<Transcript>, ModelError> {
        loop {
            std::thread::park();
        }
    }
}

impl TextModel for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }

    fn score(&mut self, _: &[TextInput<'_>], _: &mut Vec<TextScores>) -> Result<(), ModelError> {
        loop {
            std::thread::park();
        }
    }
}

#[test]
fn words_that_hang_end_every_call_and_hang_none() {
    let settings =
        EngineSettings { patience: Duration::from_millis(100), ..EngineSettings::default() };
    let quick = || Box::new(SlowTranscriber(Duration::ZERO)) as Box<dyn Transcriber>;
    let recogniser = models(Mood::Calm, vec![Box::new(Stuck), quick()]);
    let text = Models { text: Some(Box::new(Stuck)), ..models(Mood::Calm, vec![quick()]) };
    let cases = [
        ("recogniser died: no answer for 1.2 s", recogniser),
        ("text model died: no answer for 0.1 s", text),
    ];
    for (why, models) in cases {
        let (engine, events) = Engine::start(settings.clone(), models).unwrap();
        let player = start_playing(&engine, false);
        let (_, summary) = until_summary(&events);
        assert!(!summary.complete);
        assert_eq!(engine.fault(), Some(why));
        player.join().unwrap();
        drop(engine);
    }
}

#[test]
fn an_engine_dropped_while_a_model_hangs_is_gone_when_patience_is() {
    let settings = EngineSettings { patience: Duration::from_millis(500), ..super::live() };
    let (engine, events) = Engine::start(settings, models(Mood::Hangs, Vec::new())).unwrap();
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    super::push_speech(&mut call, 11.5, 50.0).unwrap();
    let (gone, dropped) = crossbeam::channel::bounded(1);
    std::thread::spawn(move || {
        drop((call, engine, events));
        gone.send(()).unwrap();
    });
    dropped.recv_timeout(Duration::from_secs(20)).unwrap();
}
