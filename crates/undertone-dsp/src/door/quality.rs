//! How good a line is.

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineFault {
    /// The wave does not swing around zero. The value is the offset, in per cent of full
    /// scale.
    Offset,
    /// Mains hum. The value is the level of its strongest line, in dB relative to full
    /// scale.
    Hum,
    /// Too loud for the line: peaks are cut off. The value is the share of samples at the
    /// limit, in per cent.
    Clipping,
    /// Samples that are not numbers, which count as silence. The value is how many.
    NotFinite,
}

/// A fault and how large it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineFinding {
    /// What is wrong.
    pub fault: LineFault,
    /// How large it is, in the unit the fault says.
    pub value: f32,
}

/// Samples without which a mean or a share says nothing: two seconds.
const ENOUGH: u64 = 32_000;
/// A smaller offset is what cheap converters have.
const OFFSET_PERCENT: f32 = 0.3;
/// Hum below this level is not worth a warning.
const HUM_DB: f32 = -50.0;
/// From this magnitude on a sample is at the limit: G.711's largest is 0.980.
const LIMIT: f32 = 0.979;
/// This many samples in a row at the limit are a peak cut off.
const CUT_OFF: u32 = 3;
/// A thousandth of the samples: above it harmonics of the clipping are in every word.
const CLIPPED_PERCENT: f32 = 0.1;

/// Counts what the samples of a lane say of the line, as they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct LevelCount {
    samples: u64,
    not_finite: u64,
    clipped: u64,
    at_limit: u32,
    sum: f64,
    found: [bool; 4],
}

impl LevelCount {
    pub(super) fn take(&mut self, raw: f32) {
        self.samples += 1;
        if !raw.is_finite() {
            self.not_finite += 1;
            return;
        }
        self.sum += f64::from(raw.clamp(-1.0, 1.0));
        if raw.abs() < LIMIT {
            self.at_limit = 0;
            return;
        }
        self.at_limit += 1;
        self.clipped += match self.at_limit {
            CUT_OFF => u64::from(CUT_OFF),
            more if more > CUT_OFF => 1,
            _ => 0,
        };
    }

    /// Samples that were not numbers.
    pub const fn not_finite(&self) -> u64 {
        self.not_finite
    }

    /// Mean of all samples, in per cent of full scale.
    pub fn offset_percent(&self) -> f32 {
        (100.0 * self.sum / self.samples.max(1) as f64) as f32
    }

    /// Samples in cut-off peaks, in per cent of all.
    pub fn clipped_percent(&self) -> f32 {
        (100.0 * self.clipped as f64 / self.samples.max(1) as f64) as f32
    }

    /// A fault that has not been found before.
    pub(super) fn finding(&mut self, hum_db: Option<f32>) -> Option<LineFinding> {
        let enough = self.samples >= ENOUGH;
        let offset = self.offset_percent();
        let clipped = self.clipped_percent();
        let not_finite = self.not_finite as f32;
        let faults = [
            (LineFault::Offset, (enough && offset.abs() > OFFSET_PERCENT).then_some(offset)),
            (LineFault::Hum, hum_db.filter(|level| *level > HUM_DB)),
            (LineFault::Clipping, (enough && clipped > CLIPPED_PERCENT).then_some(clipped)),
            (LineFault::NotFinite, (not_finite > 0.0).then_some(not_finite)),
        ];
        for ((fault, value), found) in faults.into_iter().zip(&mut self.found) {
            if let Some(value) = value.filter(|_| !*found) {
                *found = true;
                return Some(LineFinding { fault, value });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loud_voice_is_not_clipped_and_a_cut_off_one_is() {
        let found = |gain: f32| {
            let mut count = LevelCount::default();
            let mut faults = Vec::new();
            for n in 0..64_000 {
                count.take((gain * (n as f32 * 0.05).sin()).clamp(-1.0, 1.0));
                faults.extend(count.finding(None));
            }
            faults
        };
        assert_eq!(found(0.97), []);
        let faults = found(2.0);
        assert!(
            matches!(faults[..], [LineFinding { fault: LineFault::Clipping, value }] if value > 50.0),
            "{faults:?}"
        );
    }
}
