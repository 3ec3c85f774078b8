//! The baseline of one measure of one speaker.

use std::collections::VecDeque;
use undertone_signal::Usual;

/// Robust centre and spread of one measure. The centre is the median over a sliding memory.
/// The spread is the median absolute deviation, or that of the highest values if it is
/// wider. Both are drawn towards the population's ([`Usual`]) while there are few
/// observations. The spread includes the uncertainty of the centre: without observations it
/// is the spread between speakers.
#[derive(Debug, Clone)]
pub struct Baseline {
    usual: Usual,
    /// Oldest first.
    memory: VecDeque<f32>,
    capacity: usize,
    /// The same, lowest first.
    sorted: Vec<f32>,
    center: f32,
    spread: f32,
}

/// Weight of the population in observations. Windows overlap eightfold, so these are three
/// seconds of speech.
const PRIOR_WEIGHT: f32 = 12.0;

/// Quantile of the highest values, and its distance from the median in standard deviations
/// (normal data). Some speakers have a lively way of calm speech besides the usual one, and
/// the median deviation does not include it.
const HIGH: f32 = 0.98;
const HIGH_SDS: f32 = 2.054;

/// Turns a median absolute deviation into a standard deviation (normal data).
const MAD_TO_SD: f32 = 1.4826;

impl Baseline {
    /// A baseline of the last `capacity` observations.
    pub fn new(usual: Usual, capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            usual,
            memory: VecDeque::with_capacity(capacity),
            capacity,
            sorted: Vec::with_capacity(capacity),
            center: usual.center,
            spread: usual.within.hypot(usual.between),
        }
    }

    /// Adds one observation of calm speech; ignores NaN.
    pub fn learn(&mut self, value: f32) {
        if !value.is_finite() {
            return;
        }
        if self.memory.len() == self.capacity
            && let Some(oldest) = self.memory.pop_front()
        {
            self.sorted.remove(place(&self.sorted, oldest));
        }
        self.memory.push_back(value);
        self.sorted.insert(place(&self.sorted, value), value);
        self.update();
    }

    /// Observations in memory.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// True before the first observation.
    pub fn is_empty(&self) -> bool {
        self.memory.is_empty()
    }

    /// The speaker's usual value, or the population's.
    pub const fn center(&self) -> f32 {
        self.center
    }

    /// The speaker's usual spread, as a standard deviation, including the uncertainty of the
    /// centre; never zero.
    pub const fn spread(&self) -> f32 {
        self.spread
    }

    /// `value` in spreads above the speaker's centre.
    pub fn z(&self, value: f32) -> f32 {
        (value - self.center) / self.spread
    }

    /// `value` against the population alone, in its spreads.
    pub fn absolute(&self, value: f32) -> f32 {
        (value - self.usual.center) / self.usual.within.hypot(self.usual.between)
    }

    /// Weight of the population, 0..1: 1 without observations, falling towards 0.
    pub fn unheard(&self) -> f32 {
        PRIOR_WEIGHT / (PRIOR_WEIGHT + self.memory.len() as f32)
    }

    fn update(&mut self) {
        let median = quantile(&self.sorted, 0.5);
        let high = quantile(&self.sorted, HIGH);
        let sd = MAD_TO_SD * deviation(&self.sorted, median);
        let sd = sd.max((high - median) / HIGH_SDS);
        let Usual { center, within, between } = self.usual;
        let unheard = self.unheard();
        self.center = center + (1.0 - unheard) * (median - center);
        let own = (1.0 - unheard) * sd * sd + unheard * within * within;
        // A monotone speaker must not turn every breath into a surprise.
        let own = own.max(0.25 * within * within);
        self.spread = (own + unheard * between * between).sqrt();
    }
}

/// The place of `value` in `sorted`.
fn place(sorted: &[f32], value: f32) -> usize {
    sorted.partition_point(|other| *other < value)
}

/// The quantile `below` of `sorted`; 0 without values.
fn quantile(sorted: &[f32], below: f32) -> f32 {
    let place = (sorted.len() as f32 * below) as usize;
    sorted.get(place).or(sorted.last()).copied().unwrap_or(0.0)
}

/// Median distance from `median`, the middle of `sorted`: walks over the nearest half of the
/// values. This is done for every measure of every hop.
fn deviation(sorted: &[f32], median: f32) -> f32 {
    let middle = sorted.len() / 2;
    let (mut below, mut above) = sorted.split_at(middle);
    let mut distance = 0.0;
    for _ in 0..=middle {
        distance = match (below, above) {
            ([farther @ .., low], [high, ..]) if median - low < high - median => {
                below = farther;
                median - low
            }
            (_, [high, farther @ ..]) => {
                above = farther;
                high - median
            }
            ([farther @ .., low], []) => {
                below = farther;
                median - low
            }
            ([], []) => break,
        };
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PITCH: Usual = Usual { center: 7.0, within: 2.0, between: 6.0 };

    #[test]
    fn without_speech_the_population_speaks_with_all_its_doubt() {
        let baseline = Baseline::new(PITCH, 10);
        assert!((baseline.z(7.0)).abs() < 1e-6);
        assert!((baseline.z(7.0 + 40.0_f32.sqrt()) - 1.0).abs() < 1e-6);
        assert!((baseline.unheard() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_speaker_outweighs_the_population_in_time() {
        let mut baseline = Baseline::new(PITCH, 400);
        (0..300).for_each(|i| baseline.learn(15.0 + (i % 5) as f32));
        assert!((baseline.center() - 17.0).abs() < 0.5);
        assert!((1.0..3.0).contains(&baseline.spread()));
    }

    #[test]
    fn a_centre_known_from_little_speech_is_doubted() {
        let mut baseline = Baseline::new(PITCH, 400);
        baseline.learn(10.0);
        let early = baseline.z(16.0);
        (0..300).for_each(|_| baseline.learn(10.0));
        let late = baseline.z(16.0);
        assert!(early < 2.0 && late > 3.5, "{early} {late}");
    }

    #[test]
    fn a_few_outliers_hardly_move_it() {
        let mut baseline = Baseline::new(PITCH, 100);
        (0..40).for_each(|i| baseline.learn(10.0 + (i % 5) as f32 * 0.2));
        let before = baseline.center();
        (0..6).for_each(|_| baseline.learn(40.0));
        assert!((baseline.center() - before).abs() < 0.8);
    }

    #[test]
    fn a_speaker_with_two_ways_of_calm_is_surprising_in_neither() {
        let z = |lively: usize| {
            let mut baseline = Baseline::new(PITCH, 240);
            (0..240).for_each(|i| baseline.learn(if i % 10 < lively { 18.0 } else { 10.0 }));
            baseline.z(18.0)
        };
        assert!(z(0) > 4.0, "never heard before");
        assert!(z(1) < 2.5, "one time in ten");
    }

    proptest! {
        #[test]
        fn the_median_distance_is_that_of_a_sorted_list(
            values in proptest::collection::vec(-50.0_f32..50.0, 1..40),
        ) {
            let capacity = 16;
            let mut baseline = Baseline::new(PITCH, capacity);
            for value in &values {
                baseline.learn(*value);
            }
            let mut last = values[values.len().saturating_sub(capacity)..].to_vec();
            last.sort_by(f32::total_cmp);
            prop_assert_eq!(&baseline.sorted, &last);
            let median = last[last.len() / 2];
            let mut distances: Vec<f32> = last.iter().map(|v| (v - median).abs()).collect();
            distances.sort_by(f32::total_cmp);
            prop_assert_eq!(deviation(&last, median).to_bits(), distances[last.len() / 2].to_bits());
        }
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
        assert!(baseline.center() > 25.0);
    }
}
