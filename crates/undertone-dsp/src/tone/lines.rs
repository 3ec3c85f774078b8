//! What a frame's spectrum is made of, if it is made of one line or two.

use crate::pitch::BIN_HZ;

/// Bins on either side of a line that belong to it: 62 Hz, which holds the main lobe of
/// the window and two lines that beat with each other.
const REACH: usize = 4;
/// A frame weaker than this sum of bins is silent: a sine at -62 dB.
const SILENT: f32 = 0.05;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Line {
    pub(super) hz: f32,
    /// Share of the frame's power, 0..1.
    pub(super) share: f32,
}

/// The two strongest lines of a frame, the stronger first.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Lines {
    pub(super) first: Line,
    pub(super) second: Line,
    /// Power of the frame, on the scale of the spectrum.
    pub(super) power: f32,
}

impl Lines {
    /// Of the spectrum `power`, whose bins are [`BIN_HZ`] apart.
    pub(super) fn of(power: &[f32]) -> Self {
        let total: f32 = power.iter().sum();
        if !total.is_finite() || total < SILENT {
            return Self::default();
        }
        let whole = |_: usize| true;
        let Some(first) = strongest(power, whole) else { return Self::default() };
        let (line, range) = line(power, first, total);
        let apart = |bin: usize| !range.contains(&bin);
        let second = strongest(power, apart).map(|bin| beside(power, bin, &range, total));
        Self { first: line, second: second.unwrap_or_default(), power: total }
    }

    /// Lower and higher of the two.
    pub(super) fn sorted(&self) -> (Line, Line) {
        if self.first.hz <= self.second.hz {
            (self.first, self.second)
        } else {
            (self.second, self.first)
        }
    }
}

fn strongest(power: &[f32], allowed: impl Fn(usize) -> bool) -> Option<usize> {
    let bins = power.iter().enumerate().filter(|(bin, _)| allowed(*bin));
    bins.max_by(|a, b| a.1.total_cmp(b.1)).map(|(bin, _)| bin)
}

/// The line around `peak`: the middle of its power, sought twice, so that two that beat
/// have a steady middle whichever is the stronger at the moment.
fn line(power: &[f32], peak: usize, total: f32) -> (Line, std::ops::Range<usize>) {
    let mut range = around(peak, power.len());
    let mut centre = peak as f32;
    let mut sum = 0.0;
    for _ in 0..2 {
        range = around(centre.round() as usize, power.len());
        sum = power[range.clone()].iter().sum();
        let moment: f32 = range.clone().map(|bin| bin as f32 * power[bin]).sum();
        centre = if sum > 0.0 { moment / sum } else { centre };
    }
    (Line { hz: centre * BIN_HZ, share: sum / total }, range)
}

/// The line around `peak` without what belongs to the first one.
fn beside(power: &[f32], peak: usize, first: &std::ops::Range<usize>, total: f32) -> Line {
    let own = |bin: &usize| !first.contains(bin);
    let range = around(peak, power.len()).filter(own);
    let sum: f32 = range.clone().map(|bin| power[bin]).sum();
    let moment: f32 = range.map(|bin| bin as f32 * power[bin]).sum();
    let hz = if sum > 0.0 { moment / sum * BIN_HZ } else { 0.0 };
    Line { hz, share: sum / total }
}

fn around(bin: usize, bins: usize) -> std::ops::Range<usize> {
    bin.saturating_sub(REACH)..(bin + REACH + 1).min(bins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PITCH_FRAME;
    use crate::pitch::PitchAnalyzer;
    use crate::testing::{noise, vowel};
    use std::f32::consts::TAU;

    fn lines(frame: &[f32]) -> Lines {
        let mut analyzer = PitchAnalyzer::new();
        analyzer.analyze(frame);
        Lines::of(analyzer.power())
    }

    fn sines(parts: &[(f32, f32)]) -> Vec<f32> {
        let at = |n: usize| {
            parts.iter().map(|(hz, gain)| gain * (TAU * hz * n as f32 / 16_000.0).sin()).sum()
        };
        (0..PITCH_FRAME).map(at).collect()
    }

    #[test]
    fn lines_are_found_where_they_are() {
        for (low, high) in [(697.0, 1_209.0), (941.0, 1_633.0), (350.0, 440.0), (480.0, 620.0)] {
            let found = lines(&sines(&[(low, 0.1), (high, 0.07)]));
            let (a, b) = found.sorted();
            assert!((a.hz - low).abs() < 5.0 && (b.hz - high).abs() < 5.0, "{found:?}");
            assert!(found.first.share + found.second.share > 0.995, "{found:?}");
        }
        let single = lines(&sines(&[(1_400.0, 0.01)]));
        assert!((single.first.hz - 1_400.0).abs() < 1.0 && single.first.share > 0.999);
    }

    #[test]
    fn voices_noise_and_silence_are_no_lines() {
        let voice = lines(&vowel(|_| 180.0, PITCH_FRAME, 300.0, 3_400.0));
        assert!(voice.first.share + voice.second.share < 0.95, "{voice:?}");
        let hiss = lines(&noise(3, PITCH_FRAME));
        assert!(hiss.first.share + hiss.second.share < 0.3, "{hiss:?}");
        for nothing in [0.0, 1e-9, f32::NAN] {
            assert_eq!(lines(&[nothing; PITCH_FRAME]), Lines::default());
        }
    }
}
