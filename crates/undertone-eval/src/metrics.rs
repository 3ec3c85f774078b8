//! The figures, as pure functions.

use serde::Serialize;
use undertone_signal::Tone;

/// Number of classes.
const TONES: usize = Tone::ALL.len();

/// Confusion matrix: `rows[truth][answer]`, both in the order of [`Tone::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Confusion {
    /// Counts.
    pub rows: [[u64; TONES]; TONES],
}

impl Confusion {
    /// Counts pairs of truth and answer.
    pub fn count(pairs: impl IntoIterator<Item = (Tone, Tone)>) -> Self {
        let mut confusion = Self::default();
        for (truth, answer) in pairs {
            confusion.rows[truth.index()][answer.index()] += 1;
        }
        confusion
    }

    /// Recall of `tone`; `None` if there are no clips of it.
    pub fn recall(&self, tone: Tone) -> Option<f64> {
        let row = &self.rows[tone.index()];
        ratio(row[tone.index()], row.iter().sum())
    }

    /// F1 of `tone`: harmonic mean of recall and precision; `None` if there are
    /// no clips of it.
    pub fn f1(&self, tone: Tone) -> Option<f64> {
        let at = tone.index();
        let truth: u64 = self.rows[at].iter().sum();
        let answered: u64 = self.rows.iter().map(|row| row[at]).sum();
        if truth == 0 { None } else { ratio(2 * self.rows[at][at], truth + answered) }
    }

    /// Unweighted average recall over the tones that occur.
    pub fn uar(&self) -> Option<f64> {
        mean(Tone::ALL.into_iter().filter_map(|tone| self.recall(tone)))
    }

    /// Mean F1 over the tones that occur.
    pub fn macro_f1(&self) -> Option<f64> {
        mean(Tone::ALL.into_iter().filter_map(|tone| self.f1(tone)))
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    if whole == 0 { None } else { Some(part as f64 / whole as f64) }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0_u64, 0.0), |(count, sum), value| (count + 1, sum + value));
    if count == 0 { None } else { Some(sum / count as f64) }
}

/// Area under the ROC curve: the probability that a positive scores above a negative,
/// ties counted half. `None` if either side is empty.
pub fn auc(positives: &[f64], negatives: &[f64]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let mut negatives = negatives.to_vec();
    negatives.sort_by(f64::total_cmp);
    let mut won = 0.0;
    for &positive in positives {
        let below = negatives.partition_point(|&negative| negative < positive);
        let not_above = negatives.partition_point(|&negative| negative <= positive);
        won += 0.5 * (below + not_above) as f64;
    }
    Some(won / (positives.len() as f64 * negatives.len() as f64))
}

/// Expected calibration error over `bins` bins of equal width: the mean distance between
/// the confidence of answers (0..1) and the share that is right. `None` without answers
/// or bins.
pub fn calibration_error(answers: &[(f64, bool)], bins: usize) -> Option<f64> {
    if answers.is_empty() || bins == 0 {
        return None;
    }
    let mut gaps = vec![0.0; bins];
    for &(confidence, right) in answers {
        // A confidence on an edge belongs to the bin below it, 0 to the first.
        let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        gaps[bin] += confidence - f64::from(u8::from(right));
    }
    Some(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / answers.len() as f64)
}

/// The median, the mean of the middle two of an even number; `None` if empty.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        even if even % 2 == 0 => Some(f64::midpoint(values[middle - 1], values[middle])),
        _ => Some(values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-12)
    }

    #[test]
    fn recall_and_f1_are_those_of_the_table() {
        use Tone::{Angry, Neutral, Sad};
        let pairs = [(Angry, Angry), (Angry, Angry), (Angry, Neutral), (Neutral, Neutral)];
        let confusion = Confusion::count(pairs.into_iter().chain([(Neutral, Sad)]));
        assert!(close(confusion.recall(Angry), 2.0 / 3.0));
        assert!(close(confusion.recall(Neutral), 0.5));
        assert_eq!(confusion.recall(Sad), None);
        assert!(close(confusion.uar(), 7.0 / 12.0));
        // Angry: precision 1, recall 2/3; neutral: precision and recall 1/2.
        assert!(close(confusion.macro_f1(), f64::midpoint(0.8, 0.5)));
        assert_eq!(Confusion::default().uar(), None);
    }

    #[test]
    fn ties_count_half_in_the_auc() {
        assert!(close(auc(&[2.0, 3.0], &[0.0, 1.0]), 1.0));
        assert!(close(auc(&[0.0], &[1.0, 2.0]), 0.0));
        assert!(close(auc(&[1.0, 2.0], &[1.0, 2.0]), 0.5));
        // Pairs: 3>1, 3>2, 3>2, 2>1, 2=2, 2=2 -> (4 + 2/2) / 6.
        assert!(close(auc(&[3.0, 2.0], &[1.0, 2.0, 2.0]), 5.0 / 6.0));
        assert_eq!(auc(&[], &[1.0]), None);
    }

    #[test]
    fn calibration_error_is_the_one_computed_by_hand() {
        // Two bins: (0, .5] holds .4 right, .2 wrong: confidence .3, right .5, gap .2;
        // (.5, 1] holds .9 right, .6 right, .9 wrong: confidence .8, right 2/3.
        let answers = [(0.4, true), (0.2, false), (0.9, true), (0.6, true), (0.9, false)];
        let expected = 0.4 * 0.2 + 0.6 * (0.8 - 2.0 / 3.0);
        assert!(close(calibration_error(&answers, 2), expected));
        assert!(close(calibration_error(&[(1.0, true), (1.0, true)], 15), 0.0));
        assert_eq!(calibration_error(&[], 15), None);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
