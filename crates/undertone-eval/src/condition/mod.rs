//! Transmission conditions: telephone, noise, lost packets.

mod far;
mod filter;
mod g711;
mod loss;
mod noise;
mod phone;

use crate::EvalError;
use std::fmt;
use std::str::FromStr;

/// Noise levels outside this range, in dB, are refused.
const SNR_RANGE: std::ops::RangeInclusive<f32> = -30.0..=60.0;

/// What is done to a clip before the model. The same clip under the same condition
/// and seed always gives the same samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// As recorded.
    Clean,
    /// 300–3400 Hz, 8 kHz, G.711 µ-law.
    Phone,
    /// Pink noise modulated like distant speech, this many dB below the speech.
    Noise(f32),
    /// A microphone two metres away in a furnished room, with room noise.
    Far,
    /// This percentage of 20 ms packets lost, each replaced by the one before, faded.
    Loss(f32),
}

impl Condition {
    /// Applies the condition to `samples` (16 kHz; `speech` is the voiced part); the
    /// length does not change.
    pub fn apply(self, samples: &mut [f32], speech: std::ops::Range<usize>, seed: u64) {
        match self {
            Self::Clean => {}
            Self::Phone => phone::telephone(samples),
            Self::Far => far::across_the_room(samples, speech, seed),
            Self::Noise(snr_db) => noise::add(samples, speech, snr_db, seed),
            Self::Loss(percent) => loss::lose(samples, percent, seed),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.pad("clean"),
            Self::Phone => f.pad("phone"),
            Self::Far => f.pad("far"),
            Self::Noise(snr_db) => f.pad(&format!("noise:{snr_db}")),
            Self::Loss(percent) => f.pad(&format!("loss:{percent}")),
        }
    }
}

impl FromStr for Condition {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        let wrong = |problem| EvalError::Condition { given: text.to_owned(), problem };
        let number = |value: &str| value.parse::<f32>().map_err(|_| wrong("no number after :"));
        match text.split_once(':') {
            None if text == "clean" => Ok(Self::Clean),
            None if text == "phone" => Ok(Self::Phone),
            None if text == "far" => Ok(Self::Far),
            Some(("noise", value)) => match number(value)? {
                snr_db if SNR_RANGE.contains(&snr_db) => Ok(Self::Noise(snr_db)),
                _ => Err(wrong("not between -30 and 60 dB")),
            },
            Some(("loss", value)) => match number(value)? {
                percent if (0.0..=100.0).contains(&percent) => Ok(Self::Loss(percent)),
                _ => Err(wrong("not between 0 and 100 percent")),
            },
            _ => Err(wrong("unknown")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_condition_is_written_as_it_is_read() {
        for text in ["clean", "phone", "far", "noise:10", "noise:-2.5", "loss:5"] {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), text);
        }
        for text in ["", "Phone", "noise", "noise:", "noise:x", "noise:NaN", "loss:101", "loss:-1"]
        {
            let message = text.parse::<Condition>().unwrap_err().to_string();
            assert!(message.contains("noise:DB"), "{message}");
        }
    }

    #[test]
    fn a_condition_keeps_the_length_and_repeats_itself() {
        for text in ["clean", "phone", "far", "noise:10", "loss:20"] {
            let condition: Condition = text.parse().unwrap();
            let clean: Vec<f32> = (0..5_003).map(|n| (n as f32 * 0.3).sin() * 0.3).collect();
            let (mut a, mut b) = (clean.clone(), clean.clone());
            condition.apply(&mut a, 0..5_003, 7);
            condition.apply(&mut b, 0..5_003, 7);
            assert_eq!(a, b, "{text}");
            assert_eq!(a == clean, text == "clean", "{text}");
            condition.apply(&mut [], 0..0, 7);
        }
    }
}
