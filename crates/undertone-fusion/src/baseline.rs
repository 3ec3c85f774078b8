//! How one measure of one speaker usually is.

use std::collections::VecDeque;

/// What is known of a measure before the speaker has been heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The population's centre; `None` where speakers differ too much for one
    /// (pitch, loudness).
    pub center: Option<f32>,
    /// The population's typical spread within a calm speaker.
    pub spread: f32,
    /// How many observations the prior is worth.
    pub weight: f32,
}

/// Robust centre and spread of one measure: median and median absolute
/// deviation over a sliding memory, drawn towards a [`Prior`] while little has
/// been heard.
#[derive(Debug, Clone)]
pub struct Baseline {
    prior: Prior,
    memory: VecDeque<f32>,
    capacity: usize,
    sorted: Vec<f32>,
    center: Option<f32>,
    spread: f32,
}

/// Where there is no prior centre, the speaker's own is a guess at first: the
/// spread is widened as if each observation were one in forty of what it takes
/// to know it. Hops overlap, so forty of them are ten seconds of speech.
pub(crate) const DOUBT: f32 = 40.0;

/// Turns a median absolute deviation into a standard deviation (normal data).
const MAD_TO_SD: f32 = 1.4826;

impl Baseline {
    /// Remembers the last `capacity` observations.
    pub fn new(prior: Prior, capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            prior,
            memory: VecDeque::with_capacity(capacity),
            capacity,
            sorted: Vec::with_capacity(capacity),
            center: prior.center,
            spread: prior.spread,
        }
    }

    /// Takes in one observation of calm speech; ignores what is not a number.
    pub fn learn(&mut self, value: f32) {
        if !value.is_finite() {
            return;
        }
        if self.memory.len() == self.capacity {
            self.memory.pop_front();
        }
        self.memory.push_back(value);
        self.update();
    }

    /// Observations remembered.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// True before the first observation.
    pub fn is_empty(&self) -> bool {
        self.memory.is_empty()
    }

    /// The speaker's usual value; `None` while neither prior nor speech tells.
    pub const fn center(&self) -> Option<f32> {
        self.center
    }

    /// The speaker's usual spread, as a standard deviation, with the doubt about
    /// the centre in it; never zero.
    pub const fn spread(&self) -> f32 {
        self.spread
    }

    /// `value` in spreads above the centre; `None` without a centre.
    pub fn z(&self, value: f32) -> Option<f32> {
        self.center.map(|center| (value - center) / self.spread)
    }

    fn update(&mut self) {
        let heard = self.memory.len() as f32;
        self.sorted.clear();
        self.sorted.extend(self.memory.iter());
        let median = median(&mut self.sorted);
        for value in &mut self.sorted {
            *value = (*value - median).abs();
        }
        let sd = MAD_TO_SD * self::median(&mut self.sorted);
        let trust = heard / (heard + self.prior.weight);
        self.center = Some(match self.prior.center {
            Some(prior) => prior + trust * (median - prior),
            None => median,
        });
        let variance = trust * sd * sd + (1.0 - trust) * self.prior.spread * self.prior.spread;
        // A monotone speaker must not turn every breath into a surprise.
        let spread = variance.sqrt().max(0.5 * self.prior.spread);
        self.spread = match self.prior.center {
            Some(_) => spread,
            None => spread * (1.0 + DOUBT / heard).sqrt(),
        };
    }
}

/// Median of `values`, which are reordered; 0 for none.
fn median(values: &mut [f32]) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PITCH: Prior = Prior { center: None, spread: 2.0, weight: 8.0 };
    const SCORE: Prior = Prior { center: Some(-2.0), spread: 1.0, weight: 8.0 };

    #[test]
    fn without_speech_the_prior_speaks() {
        assert_eq!(Baseline::new(PITCH, 10).z(5.0), None);
        assert_eq!(Baseline::new(SCORE, 10).z(0.0), Some(2.0));
    }

    #[test]
    fn the_speaker_outweighs_the_prior_in_time() {
        let mut baseline = Baseline::new(SCORE, 100);
        (0..80).for_each(|_| baseline.learn(1.0));
        assert!((baseline.center().unwrap() - 0.727).abs() < 0.01);
        assert!(baseline.spread() >= 0.5);
    }

    #[test]
    fn a_centre_known_from_little_speech_is_doubted() {
        let mut baseline = Baseline::new(PITCH, 400);
        baseline.learn(10.0);
        let early = baseline.z(16.0).unwrap();
        (0..300).for_each(|_| baseline.learn(10.0));
        let late = baseline.z(16.0).unwrap();
        assert!(early < 1.0 && late > 4.0, "{early} {late}");
    }

    #[test]
    fn a_few_outliers_hardly_move_it() {
        let mut baseline = Baseline::new(PITCH, 100);
        (0..40).for_each(|i| baseline.learn(10.0 + (i % 5) as f32 * 0.2));
        let before = baseline.center().unwrap();
        (0..6).for_each(|_| baseline.learn(40.0));
        assert!((baseline.center().unwrap() - before).abs() < 0.5);
    }

    #[test]
    fn what_is_not_a_number_is_ignored() {
        let mut baseline = Baseline::new(PITCH, 4);
        baseline.learn(f32::NAN);
        baseline.learn(f32::INFINITY);
        assert!(baseline.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut baseline = Baseline::new(PITCH, 4);
        (0..100).for_each(|i| baseline.learn(i as f32));
        assert_eq!(baseline.len(), 4);
        assert!(baseline.center().unwrap() >= 96.0);
    }
}
