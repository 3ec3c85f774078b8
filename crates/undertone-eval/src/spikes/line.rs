//! Transmission of both lanes of a built call.

use super::BuiltCall;
use crate::{Condition, EvalError};
use fastrand::Rng;
use std::fmt;
use std::str::FromStr;

/// What is done to a call before the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line {
    /// The same for both lanes.
    Sound(Condition),
    /// A telephone call with a loud and a quiet side, up to 18 dB apart, each with an echo
    /// of the other.
    Levels,
    /// A telephone call whose clips keep their recorded level relative to the speaker's calm
    /// ones, so that loudness is a cue.
    Recorded,
}

/// Range of the level of a side against the common level, in dB.
const GAIN_DB: (f32, f32) = (-12.0, 6.0);

/// Level of the other side's echo.
const ECHO_DB: f32 = -25.0;

impl Line {
    /// The conditions of `eval spikes --condition all`: all in which loudness is not a cue.
    pub const ALL: [Self; 6] = [
        Self::Sound(Condition::Clean),
        Self::Sound(Condition::Phone),
        Self::Sound(Condition::Noise(10.0)),
        Self::Sound(Condition::Far),
        Self::Levels,
        Self::Sound(Condition::Loss(5.0)),
    ];

    /// Applies the line to both lanes of `call`; their length does not change.
    pub fn apply(self, call: &mut BuiltCall, seed: u64) {
        let whole = 0..call.customer.len();
        let sound = match self {
            Self::Sound(condition) => condition,
            Self::Levels => {
                set_levels(call, seed);
                Condition::Phone
            }
            Self::Recorded => Condition::Phone,
        };
        sound.apply(&mut call.customer, whole.clone(), seed);
        // Another room, another network.
        sound.apply(&mut call.agent, whole, !seed);
    }
}

fn set_levels(call: &mut BuiltCall, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut draw = || 10.0_f32.powf((GAIN_DB.0 + rng.f32() * (GAIN_DB.1 - GAIN_DB.0)) / 20.0);
    let (mine, theirs) = (draw(), draw());
    let echo = 10.0_f32.powf(ECHO_DB / 20.0);
    for (customer, agent) in call.customer.iter_mut().zip(&mut call.agent) {
        let (said, judged) = (*customer * mine, *agent * theirs);
        *customer = (said + echo * judged).clamp(-1.0, 1.0);
        *agent = (judged + echo * said).clamp(-1.0, 1.0);
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sound(condition) => condition.fmt(f),
            Self::Levels => f.pad("levels"),
            Self::Recorded => f.pad("recorded"),
        }
    }
}

impl FromStr for Line {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        match text {
            "levels" => Ok(Self::Levels),
            "recorded" => Ok(Self::Recorded),
            _ => text.parse().map(Self::Sound),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::spikes::Script;

    fn call() -> BuiltCall {
        let tone = |hz: f32| (0..16_000).map(|n| (n as f32 * hz).sin() * 0.1).collect();
        let script = Script { speaker: "a".into(), spikes: vec![], seconds: 1.0 };
        BuiltCall { script, customer: tone(0.3), agent: vec![0.0; 16_000] }
    }

    #[test]
    fn a_line_is_written_as_it_is_read() {
        for line in Line::ALL.into_iter().chain([Line::Recorded]) {
            assert_eq!(line.to_string().parse::<Line>().unwrap(), line);
        }
        assert!("level".parse::<Line>().is_err());
    }

    #[test]
    fn levels_differ_from_call_to_call_and_each_side_hears_the_other() {
        let loudest = |lane: &[f32]| lane.iter().copied().fold(0.0, f32::max);
        let judged: Vec<_> = (0..8)
            .map(|seed| {
                let mut call = call();
                Line::Levels.apply(&mut call, seed);
                (loudest(&call.customer), loudest(&call.agent))
            })
            .collect();
        assert!(judged.iter().all(|(_, echo)| *echo > 0.0005));
        let spread = |side: fn(&(f32, f32)) -> f32| {
            let values = judged.iter().map(side);
            values.clone().fold(0.0, f32::max) / values.fold(1.0, f32::min)
        };
        assert!(spread(|levels| levels.0) > 1.5);
    }
}
