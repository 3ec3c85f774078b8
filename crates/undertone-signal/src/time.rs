//! Stream time: a count of samples, independent of the wall clock.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// Sample rate of all audio inside Undertone, in hertz.
pub const SAMPLE_RATE: u32 = 16_000;

/// A position on a lane's time line: samples at 16 kHz since the lane started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StreamTime(u64);

impl StreamTime {
    /// The first sample of a lane.
    pub const ZERO: Self = Self(0);

    /// The position `samples` samples (at 16 kHz) after the start.
    pub const fn from_samples(samples: u64) -> Self {
        Self(samples)
    }

    /// The sample nearest to `seconds`; negative values become zero.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * f64::from(SAMPLE_RATE)).round().max(0.0) as u64)
    }

    /// Samples at 16 kHz since the lane started.
    pub const fn samples(self) -> u64 {
        self.0
    }

    /// Seconds since the lane started.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / f64::from(SAMPLE_RATE)
    }

    /// `self - earlier` in seconds; negative if `earlier` is in fact later.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.seconds() - earlier.seconds()
    }

    /// The position `samples` earlier, stopping at the start of the lane.
    #[must_use]
    pub const fn saturating_sub(self, samples: u64) -> Self {
        Self(self.0.saturating_sub(samples))
    }
}

impl Add<u64> for StreamTime {
    type Output = Self;

    fn add(self, samples: u64) -> Self {
        Self(self.0.saturating_add(samples))
    }
}

impl Sub for StreamTime {
    type Output = u64;

    /// Samples from `other` to `self`, zero if `other` is later.
    fn sub(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0)
    }
}

impl fmt::Display for StreamTime {
    /// `m:ss.t`, a position in a recording.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0 * 10 / u64::from(SAMPLE_RATE);
        write!(f, "{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }
}

/// A stretch of a lane: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// First sample of the stretch.
    #[serde(rename = "start_s", with = "seconds")]
    pub start: StreamTime,
    /// One past its last sample.
    #[serde(rename = "end_s", with = "seconds")]
    pub end: StreamTime,
}

/// Stream time in JSON: seconds, precise enough to give the same sample back.
pub(crate) mod seconds {
    use super::StreamTime;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn serialize<S: Serializer>(time: &StreamTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64((time.seconds() * 1e5).round() / 1e5)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StreamTime, D::Error> {
        f64::deserialize(from).map(StreamTime::from_seconds)
    }
}

impl Span {
    /// The stretch from `start` to `end`.
    pub const fn new(start: StreamTime, end: StreamTime) -> Self {
        Self { start, end }
    }

    /// Its length in samples at 16 kHz.
    pub fn samples(self) -> u64 {
        self.end - self.start
    }

    /// Its length in seconds.
    pub fn seconds(self) -> f64 {
        self.samples() as f64 / f64::from(SAMPLE_RATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_samples_agree() {
        let t = StreamTime::from_seconds(1.25);
        assert_eq!(t.samples(), 20_000);
        assert!((t.seconds() - 1.25).abs() < 1e-12);
        assert_eq!(StreamTime::from_seconds(-3.0), StreamTime::ZERO);
    }

    #[test]
    fn a_position_prints_as_minutes_seconds_tenths() {
        assert_eq!(StreamTime::from_seconds(61.26).to_string(), "1:01.2");
        assert_eq!(StreamTime::from_seconds(0.0).to_string(), "0:00.0");
    }

    #[test]
    fn spans_never_have_negative_length() {
        let span = Span::new(StreamTime::from_samples(10), StreamTime::from_samples(4));
        assert_eq!(span.samples(), 0);
    }
}
