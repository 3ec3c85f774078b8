//! Models that never answer.

use super::{Conduct, models, slow, start_speaking, until_summary};
use std::time::Duration;
use undertone_engine::fake::{FakeText, FakeTranscriber};
use undertone_engine::{Engine, EngineError, EngineSettings, Models, Pace};
use undertone_signal::{CallId, EventBody, Lane};

#[test]
fn a_device_that_hangs_ends_every_call_and_hangs_none() {
    for pace in [Pace::Live, Pace::Lossless] {
        let patience = Duration::from_millis(300);
        let settings = EngineSettings { pace, patience, ..EngineSettings::default() };
        let (engine, events) = Engine::start(settings, models(Conduct::Hang, Vec::new())).unwrap();
        let speaker = start_speaking(&engine);
        let (bodies, summary) = until_summary(&events);
        let told = |body: &EventBody| matches!(body, EventBody::Error(error) if error.message.contains("no answer for 0.3 s"));
        assert!(bodies.iter().any(told), "{bodies:?}");
        assert!(!summary.complete);
        assert!(engine.fault().unwrap().contains("acoustic model"));
        speaker.join().unwrap();
        let refused = engine.open(CallId::new("next"), &[Lane::Customer]);
        assert!(matches!(refused, Err(EngineError::Stopped(_))));
        drop(engine);
    }
}

#[test]
fn words_that_hang_end_every_call_and_hang_none() {
    let settings =
        EngineSettings { patience: Duration::from_millis(100), ..EngineSettings::default() };
    let quick = || slow(Duration::ZERO);
    let hangs = Box::new(FakeTranscriber::saying("").with(Conduct::Hang));
    let recogniser = models(Conduct::Answer, vec![hangs, quick()]);
    let hangs = Box::new(FakeText::neutral().with(Conduct::Hang));
    let text = Models { text: Some(hangs), ..models(Conduct::Answer, vec![quick()]) };
    let cases = [
        ("recogniser died: no answer for 1.2 s", recogniser),
        ("text model died: no answer for 0.1 s", text),
    ];
    for (why, models) in cases {
        let (engine, events) = Engine::start(settings.clone(), models).unwrap();
        let speaker = start_speaking(&engine);
        let (_, summary) = until_summary(&events);
        assert!(!summary.complete);
        assert_eq!(engine.fault(), Some(why));
        speaker.join().unwrap();
        drop(engine);
    }
}

#[test]
fn an_engine_dropped_while_a_model_hangs_is_gone_when_patience_is() {
    let settings = EngineSettings { patience: Duration::from_millis(500), ..super::live() };
    let (engine, events) = Engine::start(settings, models(Conduct::Hang, Vec::new())).unwrap();
    let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
    super::push_speech(&mut call, 11.5, 50.0).unwrap();
    let (gone, dropped) = crossbeam::channel::bounded(1);
    std::thread::spawn(move || {
        drop((call, engine, events));
        gone.send(()).unwrap();
    });
    dropped.recv_timeout(Duration::from_secs(20)).unwrap();
}
