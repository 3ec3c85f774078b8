#![allow(clippy::unwrap_used)]
use super::*;
use undertone_infer::{AcousticModel, ModelError, TextInput, TextModel, TextScores};
use undertone_signal::{FrontEnd, Scores};

/// Takes its time over every window.
struct Slow(Duration);

impl AcousticModel for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn front_end(&self) -> FrontEnd {
        FrontEnd::TELEPHONE
    }

    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError> {
        std::thread::sleep(self.0 * windows.len() as u32);
        out.extend(windows.iter().map(|_| Scores::default()));
        Ok(())
    }
}

/// Takes a while to say that it cannot read.
struct Unlettered;

impl TextModel for Unlettered {
    fn name(&self) -> &'static str {
        "unlettered"
    }

    fn score(&mut self, _: &[TextInput<'_>], _: &mut Vec<TextScores>) -> Result<(), ModelError> {
        std::thread::sleep(Duration::from_millis(100));
        Err(ModelError::Compute { model: self.name().into(), cause: "it cannot read".into() })
    }
}

/// A buzz that voice activity takes for speech.
fn material() -> Material {
    let sample = |n: usize| {
        let t = n as f32 / 16_000.0;
        let syllables = 1.0 - 0.8 * (std::f32::consts::TAU * 4.0 * t).cos();
        let buzz: f32 =
            (1..20).map(|k| (std::f32::consts::TAU * 130.0 * k as f32 * t).sin() / k as f32).sum();
        0.1 * syllables * buzz
    };
    let samples: Vec<f32> = (0..48_000).map(sample).collect();
    Material::new(vec![(Lane::Customer, samples.clone()), (Lane::Agent, samples)]).unwrap()
}

fn run(compute: Duration, calls: usize) -> Trial {
    let models = Models { acoustic: Box::new(Slow(compute)), transcribers: Vec::new(), text: None };
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
    let models = Models {
        acoustic: Box::new(Slow(Duration::ZERO)),
        transcribers: vec![Box::new(Parrot)],
        text: Some(Box::new(Unlettered)),
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
