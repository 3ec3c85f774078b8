//! The states of one spike: raised, confirmed, cleared.

use crate::FusionConfig;
use undertone_signal::StreamTime;

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpikeChange {
    /// A spike has begun.
    Raised,
    /// It has lasted.
    Confirmed,
    /// It is over.
    Cleared,
}

/// At most one spike is open at a time. Raising needs more evidence than staying open
/// (hysteresis), and after a cleared spike there is a refractory time.
#[derive(Debug, Clone, Default)]
pub(crate) enum Spike {
    /// No spike is open.
    #[default]
    Calm,
    /// Cleared at this time; in the refractory time.
    Resting(StreamTime),
    /// Open.
    Open {
        /// When it was raised.
        raised: StreamTime,
        /// Whether it has been confirmed.
        confirmed: bool,
        /// Seconds of calm speech since the last evidence.
        calm_s: f32,
    },
}

impl Spike {
    /// True while a spike is open.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Advances to `at`, with the accumulated evidence `sum` and the threshold `raise_at`.
    /// `hop_s` is the speech that this step adds, in seconds.
    pub(crate) fn step(
        &mut self,
        at: StreamTime,
        hop_s: f32,
        sum: f32,
        raise_at: f32,
        config: &FusionConfig,
    ) -> Option<SpikeChange> {
        let rules = &config.spike;
        match self {
            Self::Calm => self.raise_if(at, sum >= raise_at),
            Self::Resting(since) => {
                let rested = at.seconds_since(*since) >= f64::from(rules.refractory_s);
                self.raise_if(at, rested && sum >= raise_at)
            }
            Self::Open { raised, confirmed, calm_s } => {
                let clear_at = config.detector.clear_share * raise_at;
                *calm_s = if sum < clear_at { *calm_s + hop_s } else { 0.0 };
                if *calm_s >= rules.clear_after_s {
                    *self = Self::Resting(at);
                    return Some(SpikeChange::Cleared);
                }
                let standing = at.seconds_since(*raised) >= f64::from(rules.confirm_after_s);
                if !*confirmed && standing && *calm_s <= 0.0 {
                    *confirmed = true;
                    return Some(SpikeChange::Confirmed);
                }
                None
            }
        }
    }

    fn raise_if(&mut self, at: StreamTime, enough: bool) -> Option<SpikeChange> {
        if !enough {
            return None;
        }
        *self = Self::Open { raised: at, confirmed: false, calm_s: 0.0 };
        Some(SpikeChange::Raised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HIGH: f32 = 12.0;
    const RAISE_AT: f32 = 10.0;

    fn run(sums: &[f32]) -> Vec<(usize, SpikeChange)> {
        let config = FusionConfig::default();
        let mut spike = Spike::default();
        sums.iter()
            .enumerate()
            .filter_map(|(hop, &sum)| {
                let at = StreamTime::from_seconds(hop as f64 * 0.25);
                spike.step(at, 0.25, sum, RAISE_AT, &config).map(|change| (hop, change))
            })
            .collect()
    }

    #[test]
    fn a_spike_is_raised_confirmed_and_cleared() {
        let mut sums = vec![0.0; 4];
        sums.extend([HIGH; 8]);
        sums.extend([0.0; 12]);
        let changes: Vec<_> = run(&sums).into_iter().map(|(_, change)| change).collect();
        assert_eq!(changes, [SpikeChange::Raised, SpikeChange::Confirmed, SpikeChange::Cleared]);
    }

    #[test]
    fn a_short_dip_does_not_clear_it() {
        let mut sums = vec![HIGH; 8];
        sums.extend([0.0; 4]);
        sums.extend([HIGH; 8]);
        assert!(run(&sums).iter().all(|(_, change)| *change != SpikeChange::Cleared));
    }

    proptest! {
        #[test]
        fn raised_and_cleared_always_alternate(
            sums in proptest::collection::vec(0.0_f32..HIGH, 0..400),
        ) {
            let mut open = false;
            for (_, change) in run(&sums) {
                match change {
                    SpikeChange::Raised => { prop_assert!(!open); open = true; }
                    SpikeChange::Confirmed => prop_assert!(open),
                    SpikeChange::Cleared => { prop_assert!(open); open = false; }
                }
            }
        }
    }
}
