//! Service signals, defined by a file of example sentences.
//!
//! When the file is read, a linear score of the sentence embedding is fitted for each
//! signal: its examples against its near misses, the background and the other signals. That
//! takes milliseconds, so a user adds a signal by writing a dozen sentences. If the model was
//! trained on the signal, the score only corrects the model's own output.

use super::batch::Judgement;
use super::ridge::{Example, Judge};
use serde::Deserialize;
use std::collections::BTreeMap;
use undertone_signal::{Effect, Lane, Probability, SignalHit};

/// Weight of an example and of a near miss; a sentence of the background has 1.
const EXAMPLE_WEIGHT: f32 = 3.0;
const NEAR_MISS_WEIGHT: f32 = 2.0;
/// Log-odds of one unit of the score: examples are fitted to 1, everything else to -1.
const STEEPNESS: f32 = 4.0;
/// A sentence of a longer utterance with fewer words is not scored alone.
const SHORTEST: usize = 3;

/// The content of an examples file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Signals by name.
    signals: BTreeMap<String, Signal>,
    /// Sentences that are none of them.
    #[serde(default)]
    background: Background,
}

/// The table `[background]` of an examples file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Background {
    examples: Vec<String>,
}

/// One signal of an examples file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    /// The speaker's lane; both if omitted.
    lane: Option<Lane>,
    /// Threshold of its probability.
    threshold: f32,
    /// Sentences that carry it.
    examples: Vec<String>,
    /// Sentences that are similar but do not carry it.
    #[serde(default)]
    near_misses: Vec<String>,
    /// Whether the model's own output for the signal of this name is used, if it has one;
    /// other signals use the examples alone.
    #[serde(default)]
    taught: bool,
    /// Other signals that may occur in the same sentence and are not counter-examples.
    #[serde(default)]
    goes_with: Vec<String>,
    /// Its effect on alerts.
    #[serde(default)]
    effect: Effect,
}

impl Examples {
    /// Reads and checks a TOML file.
    ///
    /// # Errors
    /// The fault, in one line, naming the signal and the field.
    pub fn parse(toml: &str) -> Result<Self, String> {
        let examples: Self = toml::from_str(toml)
            .map_err(|error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))?;
        for (name, signal) in &examples.signals {
            if !(signal.threshold > 0.0 && signal.threshold < 1.0) {
                return Err(format!("signals.{name}.threshold is not between 0 and 1"));
            }
            if signal.examples.is_empty() {
                return Err(format!("signals.{name}.examples is empty"));
            }
            let known = |other: &&String| !examples.signals.contains_key(*other);
            if let Some(other) = signal.goes_with.iter().find(known) {
                return Err(format!(
                    "signals.{name}.goes_with names {other:?}, which is no signal"
                ));
            }
        }
        Ok(examples)
    }

    /// Every sentence of the file, in the order in which [`SignalBook::new`] takes their
    /// embeddings.
    pub(super) fn sentences(&self) -> impl Iterator<Item = &str> {
        let signals = self.signals.values();
        let own = signals.flat_map(|signal| signal.examples.iter().chain(&signal.near_misses));
        own.chain(&self.background.examples).map(String::as_str)
    }
}

/// The signals of a file with their fitted scores.
#[derive(Debug, Clone, Default)]
pub struct SignalBook {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    name: String,
    lane: Option<Lane>,
    threshold: f32,
    /// Index among the signals that the model was trained on.
    taught: Option<usize>,
    effect: Effect,
    judge: Judge,
}

impl SignalBook {
    /// `taught` are the signals that the model was trained on, `judged` its outputs for
    /// [`Examples::sentences`], in that order.
    pub(super) fn new(examples: &Examples, taught: &[String], judged: &[Judgement]) -> Self {
        let entry = |(name, signal): (&String, &Signal)| {
            let taught = taught.iter().position(|known| signal.taught && known == name);
            let votes = examples.votes(name, signal).into_iter().zip(judged);
            let votes = votes.filter(|((_, weight), _)| *weight > 0.0);
            let fitted: Vec<_> = votes
                .map(|((score, weight), judgement)| {
                    let missing = missing(score, known(taught, judgement));
                    Example { place: &judgement.embedding, score: missing, weight }
                })
                .collect();
            Entry {
                name: name.clone(),
                lane: signal.lane,
                threshold: signal.threshold,
                taught,
                effect: signal.effect,
                judge: Judge::fit(&fitted),
            }
        };
        Self { entries: examples.signals.iter().map(entry).collect() }
    }

    /// True if there are no signals.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names of the signals.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Probability of every signal in one sentence, regardless of threshold and lane.
    pub fn probabilities(&self, judgement: &Judgement) -> Vec<(&str, Probability)> {
        let each = self.entries.iter();
        each.map(|entry| (entry.name.as_str(), entry.probability(judgement))).collect()
    }

    /// The signals in any of the sentences of an utterance on `lane`.
    pub(super) fn above_threshold(&self, judged: &[Judgement], lane: Lane) -> Vec<SignalHit> {
        let mut best = vec![Probability::default(); self.entries.len()];
        for judgement in judged {
            for (best, (_, probability)) in best.iter_mut().zip(self.probabilities(judgement)) {
                if probability > *best {
                    *best = probability;
                }
            }
        }
        let mut hits: Vec<_> = self
            .entries
            .iter()
            .zip(best)
            .filter(|(entry, best)| {
                entry.lane.is_none_or(|own| own == lane) && best.get() >= entry.threshold
            })
            .map(|(entry, probability)| SignalHit {
                name: entry.name.clone(),
                probability,
                effect: entry.effect,
            })
            .collect();
        hits.sort_by(|a, b| b.probability.get().total_cmp(&a.probability.get()));
        hits
    }
}

impl Examples {
    /// For each sentence of the file, the target score of the signal `name` and its weight.
    fn votes(&self, name: &str, signal: &Signal) -> Vec<(f32, f32)> {
        let mut votes = Vec::new();
        for (other, theirs) in &self.signals {
            let (example, miss) = if other == name {
                ((1.0, EXAMPLE_WEIGHT), (-1.0, NEAR_MISS_WEIGHT))
            } else if signal.goes_with.contains(other) {
                ((0.0, 0.0), (-1.0, 1.0))
            } else {
                ((-1.0, 1.0), (-1.0, 1.0))
            };
            votes.extend(theirs.examples.iter().map(|_| example));
            votes.extend(theirs.near_misses.iter().map(|_| miss));
        }
        votes.extend(self.background.examples.iter().map(|_| (-1.0, 1.0)));
        votes
    }
}

impl Entry {
    fn probability(&self, judgement: &Judgement) -> Probability {
        let known = known(self.taught, judgement).unwrap_or_default();
        let odds = STEEPNESS * (known + self.judge.score(&judgement.embedding));
        Probability::new((1e4 / (1.0 + (-odds).exp())).round() / 1e4)
    }
}

/// The model's own score of the signal at `taught`.
fn known(taught: Option<usize>, judgement: &Judgement) -> Option<f32> {
    taught.and_then(|at| judgement.signals.get(at)).map(|odds| odds / STEEPNESS)
}

/// The difference from `known` to a score of 1 or -1; 0 beyond it.
fn missing(score: f32, known: Option<f32>) -> f32 {
    match known {
        Some(known) if score > 0.0 => (score - known).max(0.0),
        Some(known) => (score - known).min(0.0),
        None => score,
    }
}

/// The sentences of an utterance that has more than one, without the very short ones.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let parts: Vec<_> = text
        .split_inclusive(['.', '?', '!'])
        .map(str::trim)
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect();
    if parts.len() < 2 {
        return Vec::new();
    }
    parts.into_iter().filter(|part| part.split_whitespace().count() >= SHORTEST).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FILE: &str = r#"
        [background]
        examples = ["what is my balance", "good morning"]
        [signals.cancel]
        lane = "customer"
        threshold = 0.5
        examples = ["cancel my contract"]
        near_misses = ["cancel the alarm", "cancelled flight"]
        [signals.thanks]
        threshold = 0.6
        examples = ["thank you"]
    "#;

    /// A book in which every sentence of `FILE` lies, many times over, on an axis of its own.
    fn book(file: &str) -> SignalBook {
        let examples = Examples::parse(file).unwrap();
        let count = examples.sentences().count();
        let axis = |i: usize| (0..count).map(|j| f32::from(u8::from(i == j)) * 9.0).collect();
        let judged: Vec<_> = (0..count).map(|i| judgement(0.0, axis(i))).collect();
        SignalBook::new(&examples, &["cancel".to_owned()], &judged)
    }

    /// Of a model that was taught one signal.
    fn judgement(taught: f32, embedding: Vec<f32>) -> Judgement {
        Judgement { logits: [0.0; crate::text::OUTPUTS], signals: vec![taught], embedding }
    }

    fn hear(file: &str, place: &[f32], lane: Lane) -> Vec<String> {
        let hits = book(file).above_threshold(&[judgement(0.0, place.to_vec())], lane);
        hits.into_iter().map(|hit| hit.name).collect()
    }

    #[test]
    fn an_example_is_heard_on_its_lane_alone() {
        let cancel = [9.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(hear(FILE, &cancel, Lane::Customer), ["cancel"]);
        assert!(hear(FILE, &cancel, Lane::Agent).is_empty());
    }

    #[test]
    fn a_near_miss_and_the_background_speak_against() {
        let near = [6.0, 7.0, 0.0, 0.0, 0.0, 0.0];
        assert!(hear(FILE, &near, Lane::Customer).is_empty());
        let everyday = [5.0, 0.0, 0.0, 0.0, 8.0, 0.0];
        assert!(hear(FILE, &everyday, Lane::Customer).is_empty());
    }

    #[test]
    fn what_is_like_nothing_is_not_heard() {
        assert!(hear(FILE, &[0.0; 6], Lane::Customer).is_empty());
    }

    #[test]
    fn a_signal_that_goes_with_another_does_not_speak_against_it() {
        let both = [7.0, 0.0, 0.0, 7.0, 0.0, 0.0];
        let friendly = FILE.replace("threshold = 0.5", "threshold = 0.5\ngoes_with = [\"thanks\"]");
        let both = judgement(0.0, both.to_vec());
        let cancel = |file: &str| book(file).probabilities(&both)[0].1.get();
        assert!(cancel(&friendly) > 0.85, "{}", cancel(&friendly));
        assert!(cancel(FILE) < cancel(&friendly) - 0.05, "{}", cancel(FILE));
    }

    #[test]
    fn the_models_own_opinion_counts_for_what_it_was_taught_alone() {
        let cancel = |file: &str, odds| {
            let nowhere = judgement(odds, vec![0.0; 6]);
            book(file).probabilities(&nowhere)[0].1.get()
        };
        let taught = FILE.replace("threshold = 0.5", "threshold = 0.5\ntaught = true");
        assert!(cancel(&taught, 6.0) > 0.9 && cancel(&taught, -6.0) < 0.1);
        assert!((cancel(FILE, 6.0) - cancel(FILE, -6.0)).abs() < f32::EPSILON);
    }

    #[test]
    fn examples_add_what_the_model_does_not_say_by_itself() {
        assert!((missing(1.0, Some(0.4)) - 0.6).abs() < 1e-6);
        assert!((missing(-1.0, Some(0.5)) + 1.5).abs() < 1e-6);
        assert!(missing(1.0, Some(1.7)).abs() < 1e-6 && missing(-1.0, Some(-3.0)).abs() < 1e-6);
        assert!((missing(-1.0, None) + 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let wrong = |from: &str, to: &str| Examples::parse(&FILE.replace(from, to)).unwrap_err();
        assert!(wrong("0.6", "1.6").contains("signals.thanks.threshold"));
        assert!(wrong("[\"thank you\"]", "[]").contains("signals.thanks.examples"));
        assert!(wrong("lane =", "lame =").contains("lame"));
        assert!(
            wrong("threshold = 0.6", "threshold = 0.6\ngoes_with = [\"x\"]").contains("goes_with")
        );
    }

    #[test]
    fn an_utterance_of_several_sentences_is_taken_apart() {
        let parts = sentences("My card came. Yes. I want to cancel it! ...");
        assert_eq!(parts, ["My card came.", "I want to cancel it!"]);
        assert!(sentences("just one sentence.").is_empty());
    }
}
