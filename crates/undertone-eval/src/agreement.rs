//! Whether a device gives the same scores as the CPU.

use crate::EvalError;
use crate::load::Material;
use crate::spikes::judge_lane;
use serde::Serialize;
use undertone_infer::{AcousticModel, TextInput, TextModel};
use undertone_signal::{Judgement, Lane, Scores};

/// Windows in one forward pass.
const BATCH: usize = 32;

/// The difference between two devices, over probabilities, arousal and valence.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Agreement {
    /// Windows or sentences that both scored.
    pub judged: usize,
    /// Largest difference of any number.
    pub largest: f32,
    /// Mean difference.
    pub mean: f32,
    #[serde(skip)]
    numbers: usize,
}

impl Agreement {
    fn add(&mut self, pairs: impl IntoIterator<Item = (f32, f32)>) {
        for (a, b) in pairs {
            let difference = (a - b).abs();
            self.largest = self.largest.max(difference);
            self.numbers += 1;
            self.mean += (difference - self.mean) / self.numbers as f32;
        }
    }
}

/// Compares both inferences on every window of `material` that contains speech.
///
/// # Errors
/// [`EvalError`] if a model fails.
pub fn of_voices(
    material: &Material,
    a: &mut dyn AcousticModel,
    b: &mut dyn AcousticModel,
) -> Result<Agreement, EvalError> {
    let mut windows = Vec::new();
    for samples in material.samples() {
        judge_lane(samples, a, &mut |hop| {
            if !hop.features.is_empty() {
                windows.push(hop.features);
            }
        })?;
    }
    let mut agreement = Agreement { judged: windows.len(), ..Agreement::default() };
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for batch in windows.chunks(BATCH) {
        let batch: Vec<&[f32]> = batch.iter().map(Vec::as_slice).collect();
        a.judge(&batch, &mut first)?;
        b.judge(&batch, &mut second)?;
        let numbers = |judgements: &[Judgement]| -> Vec<f32> {
            let looks = judgements.iter().flat_map(|judgement| [judgement.whole, judgement.recent]);
            looks.flat_map(numbers_of).collect()
        };
        agreement.add(numbers(&first).into_iter().zip(numbers(&second)));
    }
    Ok(agreement)
}

/// Compares both on `sentences`.
///
/// # Errors
/// [`EvalError`] if a model fails.
pub fn of_words(
    sentences: &[&str],
    a: &mut dyn TextModel,
    b: &mut dyn TextModel,
) -> Result<Agreement, EvalError> {
    let input = |text| TextInput { text, context: "", lane: Lane::Customer };
    let inputs: Vec<_> = sentences.iter().copied().map(input).collect();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    a.score(&inputs, &mut first)?;
    b.score(&inputs, &mut second)?;
    let mut agreement = Agreement { judged: sentences.len(), ..Agreement::default() };
    for (a, b) in first.iter().zip(&second) {
        agreement.add(a.emotions.iter().zip(&b.emotions).map(|(a, b)| (a.get(), b.get())));
        agreement.add(numbers_of(a.scores).into_iter().zip(numbers_of(b.scores)));
    }
    Ok(agreement)
}

fn numbers_of(scores: Scores) -> Vec<f32> {
    let probabilities = scores.probabilities.iter().map(|probability| probability.get());
    probabilities.chain([scores.arousal, scores.valence]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_and_the_mean_difference_are_kept() {
        let mut agreement = Agreement::default();
        agreement.add([(0.5, 0.5), (0.1, 0.3)]);
        agreement.add([(1.0, 0.9), (0.0, 0.0)]);
        assert!((agreement.largest - 0.2).abs() < 1e-6 && (agreement.mean - 0.075).abs() < 1e-6);
    }
}
