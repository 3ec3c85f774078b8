//! Percentiles of short times, in bounded memory.

use hdrhistogram::Histogram;
use std::time::Duration;
use undertone_signal::DelayStats;

/// A histogram of durations from a microsecond to a minute, to two digits.
#[derive(Debug, Clone)]
pub struct Delays {
    micros: Option<Histogram<u32>>,
}

impl Default for Delays {
    fn default() -> Self {
        // The bounds are constants that the crate accepts; were it ever to
        // refuse them, percentiles would be missing, not the call.
        Self { micros: Histogram::new_with_bounds(1, 60_000_000, 2).ok() }
    }
}

impl Delays {
    /// Counts one duration; above a minute it counts as a minute.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if let Some(histogram) = &mut self.micros {
            histogram.saturating_record(micros.max(1));
        }
    }

    /// The percentiles of what was counted; zeros before anything was.
    pub fn stats(&self) -> DelayStats {
        let at = |quantile| {
            self.micros
                .as_ref()
                .map_or(0.0, |histogram| histogram.value_at_quantile(quantile) as f64 / 1000.0)
        };
        DelayStats { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_two_digits() {
        let mut delays = Delays::default();
        (1..=100).for_each(|ms| delays.record(Duration::from_millis(ms)));
        let stats = delays.stats();
        assert!((stats.p50_ms - 50.0).abs() < 1.0, "{stats:?}");
        assert!((stats.p95_ms - 95.0).abs() < 1.5, "{stats:?}");
    }

    #[test]
    fn nothing_counted_is_zero_and_hours_are_a_minute() {
        assert_eq!(Delays::default().stats(), DelayStats::default());
        let mut delays = Delays::default();
        delays.record(Duration::from_secs(7200));
        assert!((delays.stats().p50_ms - 60_000.0).abs() < 1000.0);
    }
}
