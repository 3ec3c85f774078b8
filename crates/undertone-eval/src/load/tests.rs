#![allow(clippy::unwrap_used)]
use super::*;
use undertone_engine::fake::{Conduct, FakeAcoustic, FakeText, voice};

/// Takes its time over every window.
#[allow(clippy::unnecessary_box_returns)]
fn slow(time: Duration) -> Box<FakeAcoustic> {
    Box::new(FakeAcoustic::calm().with(Conduct::AnswerAfterEach(time)))
}

/// Three seconds of speech on both lanes.
fn material() -> Material {
    Material::new(vec![(Lane::Customer, voice(3.0)), (Lane::Agent, voice(3.0))]).unwrap()
}

fn run(compute: Duration, calls: usize) -> Trial {
    let models = Models { acoustic: slow(compute), transcribers: Vec::new(), text: None };
    let goal = Goal { seconds: 4.0, delay_p95_ms: 1_000.0 };
    trial(&material(), models, &EngineSettings::default(), calls, goal).unwrap()
}

#[test]
fn a_quick_model_holds_its_calls() {
    let trial = run(Duration::ZERO, 3);
    // A machine that stalls loses blocks, and then does not hold them.
    let in_time = trial.delay_p95_ms <= 1_000.0 && trial.dropped_windows == 0;
    assert_eq!(trial.held, in_time && trial.lost_blocks == 0, "{trial:?}");
    assert!(trial.windows >= 3 * 2 * 4, "{trial:?}");
    assert_eq!((trial.calls, trial.lanes), (3, 2));
    assert!(trial.busy.acoustic < 0.5 && trial.busy.words <= 0.0, "{trial:?}");
}

#[test]
fn a_model_slower_than_its_calls_does_not() {
    // Two lanes want a window every 125 ms, the model needs 400.
    let trial = run(Duration::from_millis(400), 1);
    assert!(!trial.held && trial.delay_p95_ms > 1_000.0, "{trial:?}");
    assert!(trial.busy.acoustic > 0.1, "{trial:?}");
}

#[test]
fn what_a_parrot_says_is_read() {
    let mut lanes = material().lanes;
    // A pause at the end of each round, so that turns end.
    for (_, samples) in &mut lanes {
        samples.resize(64_000, 0.0);
    }
    let slow_reader = Conduct::AnswerAfter(Duration::from_millis(100));
    let models = Models {
        acoustic: slow(Duration::ZERO),
        transcribers: vec![Box::new(Parrot)],
        text: Some(Box::new(FakeText::neutral().with(slow_reader))),
    };
    let goal = Goal { seconds: 5.0, delay_p95_ms: 1_000.0 };
    let material = Material::new(lanes).unwrap();
    let trial = trial(&material, models, &EngineSettings::default(), 1, goal).unwrap();
    assert!(trial.busy.text >= 0.02 && trial.busy.words > 0.0, "{trial:?}");
}

#[test]
fn blocks_go_round_the_recording() {
    let samples: Vec<f32> = (0..16_100).map(|n| n as f32).collect();
    let material = Material::new(vec![(Lane::Customer, samples)]).unwrap();
    assert_eq!(material.block(0, 0)[..2], [0.0, 1.0]);
    let last = material.block(0, 50);
    assert_eq!((last[0], last[99], last[100]), (16_000.0, 16_099.0, 0.0));
    assert!(Material::new(vec![(Lane::Customer, vec![0.0; 100])]).is_none());
    assert!(Material::new(Vec::new()).is_none());
}
