//! The language of each call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use undertone_signal::RunId;

/// Calls in the table: more than are ever open at once on one machine.
const MOST_CALLS: usize = 4096;
/// Seconds of finished speech after which a probable language is final,
const ENOUGH_SECONDS: f64 = 3.0;
/// and the probability it must have.
const SETTLED: f64 = 0.9;
/// Probability above which it is used before then.
const LIKELY: f64 = 0.5;
/// Finished segments after which the most probable language is final in any case.
const MOST_SEGMENTS: u32 = 6;
/// Lower limit of a segment's probabilities: a single segment cannot exclude a language.
const FLOOR: f32 = 1e-3;

/// The languages of calls, shared by the recognisers that serve them: set by a gateway, or
/// detected in the first finished segments.
#[derive(Debug, Default)]
pub struct CallLanguages {
    calls: Mutex<Recent>,
}

/// State of a call's language. The numbers are whisper.cpp's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Final.
    Settled(i32),
    /// The most probable so far.
    Likely(i32),
    /// Unknown.
    Nothing,
}

#[derive(Debug, Default)]
struct Recent {
    calls: HashMap<RunId, Evidence>,
    /// In order of arrival.
    order: VecDeque<RunId>,
}

#[derive(Debug, Default)]
struct Evidence {
    settled: Option<i32>,
    /// Sum of log-probabilities per language.
    sums: Vec<f64>,
    seconds: f64,
    segments: u32,
}

impl CallLanguages {
    /// Sets the language of `call`. False if there is no language `code`.
    pub fn settle(&self, call: RunId, code: &str) -> bool {
        let number = crate::params::language_number(code);
        if number.is_some() {
            self.lock().of(call).settled = number;
        }
        number.is_some()
    }

    /// The state of the language of `call`.
    pub(crate) fn of(&self, call: RunId) -> Known {
        let recent = self.lock();
        let Some(evidence) = recent.calls.get(&call) else { return Known::Nothing };
        match (evidence.settled, evidence.likeliest()) {
            (Some(number), _) => Known::Settled(number),
            (None, Some((number, share))) if share > LIKELY => Known::Likely(number),
            (None, _) => Known::Nothing,
        }
    }

    /// Adds the language probabilities of `seconds` of finished speech on `call`.
    pub(crate) fn learn(&self, call: RunId, probabilities: &[f32], seconds: f64) {
        let mut recent = self.lock();
        let evidence = recent.of(call);
        evidence.sums.resize(probabilities.len(), 0.0);
        for (sum, &probability) in evidence.sums.iter_mut().zip(probabilities) {
            *sum += f64::from(probability.max(FLOOR).ln());
        }
        evidence.seconds += seconds;
        evidence.segments += 1;
        let likeliest = evidence.likeliest();
        let sure = likeliest.is_some_and(|(_, probability)| probability >= SETTLED);
        if evidence.segments >= MOST_SEGMENTS || sure && evidence.seconds >= ENOUGH_SECONDS {
            evidence.settled = evidence.settled.or(likeliest.map(|(number, _)| number));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        // No code that can panic holds the lock.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn of(&mut self, call: RunId) -> &mut Evidence {
        if !self.calls.contains_key(&call) {
            if self.order.len() >= MOST_CALLS
                && let Some(oldest) = self.order.pop_front()
            {
                self.calls.remove(&oldest);
            }
            self.order.push_back(call);
        }
        self.calls.entry(call).or_default()
    }
}

impl Evidence {
    /// The most probable language and its probability.
    fn likeliest(&self) -> Option<(i32, f64)> {
        let (number, &best) =
            self.sums.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let all: f64 = self.sums.iter().map(|sum| (sum - best).exp()).sum();
        Some((i32::try_from(number).ok()?, 1.0 / all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: u128) -> RunId {
        RunId::from_u128(name)
    }

    /// Language 1 of three at `p`.
    fn second(p: f32) -> [f32; 3] {
        [(1.0 - p) / 2.0, p, (1.0 - p) / 2.0]
    }

    #[test]
    fn a_language_is_likely_first_and_settled_after_enough_speech() {
        let languages = CallLanguages::default();
        assert_eq!(languages.of(call(1)), Known::Nothing);
        languages.learn(call(1), &second(0.95), 1.0);
        assert_eq!(languages.of(call(1)), Known::Likely(1));
        languages.learn(call(1), &second(0.95), 2.5);
        assert_eq!(languages.of(call(1)), Known::Settled(1));
        languages.learn(call(1), &[1.0, 0.0, 0.0], 60.0);
        assert_eq!(languages.of(call(1)), Known::Settled(1));
        assert_eq!(languages.of(call(2)), Known::Nothing);
    }

    #[test]
    fn one_odd_segment_is_outvoted_and_doubt_ends_at_last() {
        let languages = CallLanguages::default();
        languages.learn(call(1), &[1.0, 0.0, 0.0], 0.5);
        for _ in 0..4 {
            languages.learn(call(1), &second(0.9), 2.0);
        }
        assert_eq!(languages.of(call(1)), Known::Settled(1));
        for _ in 0..MOST_SEGMENTS {
            languages.learn(call(2), &[0.33, 0.34, 0.33], 1.0);
        }
        assert_eq!(languages.of(call(2)), Known::Settled(1));
    }

    #[test]
    fn what_the_gateway_says_stands() {
        let languages = CallLanguages::default();
        assert!(languages.settle(call(1), "de"));
        assert!(!languages.settle(call(1), "klingon"));
        let german = whisper_rs::get_lang_id("de").unwrap_or(-1);
        languages.learn(call(1), &second(0.99), 60.0);
        assert_eq!(languages.of(call(1)), Known::Settled(german));
    }

    #[test]
    fn no_more_calls_are_remembered_than_there_is_room_for() {
        let languages = CallLanguages::default();
        for number in 0..=MOST_CALLS {
            languages.learn(call(number as u128), &second(0.9), 1.0);
        }
        assert_eq!(languages.of(call(0)), Known::Nothing);
        assert_eq!(languages.of(call(1)), Known::Likely(1));
    }
}
