//! Audio of any rate in, 16 kHz blocks with their capture instants out.

use std::time::{Duration, Instant};
use undertone_dsp::{DspError, Resampler};
use undertone_signal::SAMPLE_RATE;

/// The next samples of a lane, for [`Call::push`](undertone_engine::Call::push).
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// 16 kHz mono, −1 to 1; never empty.
    pub samples: Vec<f32>,
    /// When the last of them was captured.
    pub captured_at: Instant,
}

/// Resamples one lane to 16 kHz.
///
/// A resampler delays some samples, so its output was captured earlier than its latest input.
/// The instants of the blocks account for that.
#[derive(Default)]
pub struct LaneFeed {
    /// `None` before the first samples and after [`finish`](Self::finish).
    open: Option<Open>,
}

/// The resampler of the current rate, and its counts.
struct Open {
    rate: u32,
    resampler: Resampler,
    taken: u64,
    given: u64,
    captured_at: Instant,
}

impl LaneFeed {
    /// A new lane.
    pub fn new() -> Self {
        Self::default()
    }

    /// Processes the next samples (mono, `rate` hertz), the last of which was captured at
    /// `captured_at`. `None` while the resampler has no output. After a change of rate, the
    /// block begins with the rest of the old rate's resampler.
    ///
    /// # Errors
    /// [`DspError`] if the rate cannot be used; the samples are lost, and the lane continues
    /// with the next ones.
    pub fn push(
        &mut self,
        rate: u32,
        samples: &[f32],
        captured_at: Instant,
    ) -> Result<Option<Block>, DspError> {
        let mut out = Vec::with_capacity(capacity(rate, samples.len()));
        let open = self.at_rate(rate, captured_at, &mut out)?;
        let held_before = out.len();
        open.resampler.push(samples, &mut out);
        open.taken += samples.len() as u64;
        open.given += (out.len() - held_before) as u64;
        open.captured_at = captured_at;
        Ok(block(out, earlier(captured_at, open.held())))
    }

    /// The rest of the resampler's output. The lane is then like new.
    pub fn finish(&mut self) -> Option<Block> {
        let mut open = self.open.take()?;
        let mut out = Vec::new();
        open.resampler.finish(&mut out);
        block(out, open.captured_at)
    }

    /// The resampler for `rate`; the rest of one with another rate goes to `out`.
    fn at_rate(
        &mut self,
        rate: u32,
        captured_at: Instant,
        out: &mut Vec<f32>,
    ) -> Result<&mut Open, DspError> {
        let open = if let Some(open) = self.open.take_if(|open| open.rate == rate) {
            open
        } else {
            let resampler = Resampler::new(rate)?;
            if let Some(mut old) = self.open.take() {
                old.resampler.finish(out);
            }
            Open { rate, resampler, taken: 0, given: 0, captured_at }
        };
        Ok(self.open.insert(open))
    }
}

impl Open {
    /// The delay of the resampler: input that has not been output yet.
    fn held(&self) -> Duration {
        let seconds = |samples: u64, rate: u32| samples as f64 / f64::from(rate);
        let held = seconds(self.taken, self.rate) - seconds(self.given, SAMPLE_RATE);
        Duration::from_secs_f64(held.max(0.0))
    }
}

fn block(samples: Vec<f32>, captured_at: Instant) -> Option<Block> {
    (!samples.is_empty()).then_some(Block { samples, captured_at })
}

/// Output length of `samples` at `rate`, plus one block of the resampler.
fn capacity(rate: u32, samples: usize) -> usize {
    let expected = samples as u64 * u64::from(SAMPLE_RATE) / u64::from(rate.max(1));
    usize::try_from(expected).unwrap_or(samples) + 128
}

/// `instant` − `by`, limited by the start of the clock.
pub(crate) fn earlier(instant: Instant, by: Duration) -> Instant {
    instant.checked_sub(by).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// Feeds `seconds` of silence at `rate` in blocks of 20 ms.
    fn feed(lane: &mut LaneFeed, rate: u32, seconds: f64, from: Instant) -> Vec<Block> {
        let block = vec![0.0; rate as usize / 50];
        let blocks = (seconds * 50.0) as u32;
        (1..=blocks)
            .filter_map(|n| lane.push(rate, &block, from + 20 * MILLISECOND * n).unwrap())
            .collect()
    }

    fn length(blocks: &[Block]) -> usize {
        blocks.iter().map(|block| block.samples.len()).sum()
    }

    #[test]
    fn blocks_carry_the_instant_at_which_their_last_sample_was_captured() {
        for rate in [8_000, 16_000, 22_050, 48_000] {
            let (mut lane, from) = (LaneFeed::new(), Instant::now());
            let mut samples = 0;
            for block in feed(&mut lane, rate, 2.0, from) {
                samples += block.samples.len();
                let spoken = from + Duration::from_secs_f64(samples as f64 / 16_000.0);
                let error = spoken.max(block.captured_at) - spoken.min(block.captured_at);
                assert!(error < MILLISECOND / 10, "{rate} Hz: {error:?}");
            }
            let last = lane.finish();
            samples += last.as_ref().map_or(0, |block| block.samples.len());
            assert_eq!(samples, 32_000, "{rate} Hz");
            if let Some(last) = last {
                assert_eq!(last.captured_at, from + Duration::from_secs(2));
            }
        }
    }

    #[test]
    fn a_change_of_rate_loses_nothing() {
        let (mut lane, from) = (LaneFeed::new(), Instant::now());
        let mut total = length(&feed(&mut lane, 8_000, 1.0, from));
        total += length(&feed(&mut lane, 48_000, 1.0, from + Duration::from_secs(1)));
        total += lane.finish().map_or(0, |block| block.samples.len());
        assert_eq!(total, 32_000);
        assert_eq!(lane.finish(), None, "nothing is left");
    }

    #[test]
    fn a_rate_that_cannot_be_used_costs_its_own_samples_and_no_more() {
        let (mut lane, now) = (LaneFeed::new(), Instant::now());
        let mut total = length(&feed(&mut lane, 8_000, 1.0, now));
        assert!(lane.push(0, &[0.0; 160], now).is_err());
        total += length(&feed(&mut lane, 8_000, 1.0, now));
        total += lane.finish().map_or(0, |block| block.samples.len());
        assert_eq!(total, 32_000);
    }

    proptest! {
        #[test]
        fn no_cut_and_no_rate_loses_samples(
            pieces in prop::collection::vec((0_usize..3, 0_usize..700), 0..60)
        ) {
            let (mut lane, mut now) = (LaneFeed::new(), Instant::now());
            let (mut expected, mut total) = (0.0, 0);
            for (rate, samples) in pieces {
                let rate = [8_000, 16_000, 44_100][rate];
                now += Duration::from_secs_f64(samples as f64 / f64::from(rate));
                expected += samples as f64 / f64::from(rate) * 16_000.0;
                let block = lane.push(rate, &vec![0.1; samples], now).unwrap();
                prop_assert!(block.as_ref().is_none_or(|block| block.captured_at <= now));
                total += block.map_or(0, |block| block.samples.len());
            }
            total += lane.finish().map_or(0, |block| block.samples.len());
            // Each change of rate rounds once.
            prop_assert!((total as f64 - expected).abs() <= 31.0, "{total} of {expected}");
        }
    }
}
