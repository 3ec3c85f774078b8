//! Syllable nuclei: the loud, voiced middles of syllables.
//!
//! After de Jong and Wempe, "Praat script to detect syllable nuclei and measure
//! speech rate automatically" (2009): peaks of intensity with a dip of at least
//! 2 dB on either side, voiced, and not far below the loudest.

/// Dip that separates two syllables, in dB.
const DIP_DB: f32 = 2.0;
/// Peaks this far below the loudest of the stretch are not syllables, in dB.
const RANGE_DB: f32 = 25.0;
/// Weights that smooth the contour over five frames of 10 ms.
const SMOOTHING: [f32; 5] = [1.0 / 9.0, 2.0 / 9.0, 3.0 / 9.0, 2.0 / 9.0, 1.0 / 9.0];

/// Counts the nuclei of a contour: `intensity_db` of the band in which vowels lie,
/// one value every 10 ms; `eligible` marks the frames that may be a nucleus (voiced
/// speech). Uses `smooth` as working space.
pub(crate) fn count(
    intensity_db: &[f32],
    eligible: impl Fn(usize) -> bool,
    smooth: &mut Vec<f32>,
) -> usize {
    smoothed(intensity_db, smooth);
    let loudest = smooth.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut top, mut low) = ((0, f32::NEG_INFINITY), f32::INFINITY);
    let mut rising = false;
    let mut nuclei = 0;
    for (at, &db) in smooth.iter().enumerate() {
        low = low.min(db);
        if db > top.1 {
            top = (at, db);
        }
        if !rising && db > low + DIP_DB {
            (rising, top) = (true, (at, db));
        } else if rising && db < top.1 - DIP_DB {
            (rising, low) = (false, db);
            nuclei += usize::from(top.1 > loudest - RANGE_DB && eligible(top.0));
        }
    }
    nuclei
}

fn smoothed(contour: &[f32], out: &mut Vec<f32>) {
    out.clear();
    let last = contour.len().saturating_sub(1);
    let at = |i: usize, k: usize| contour[(i + k).saturating_sub(2).min(last)];
    let value = |i: usize| SMOOTHING.iter().enumerate().map(|(k, w)| w * at(i, k)).sum::<f32>();
    out.extend((0..contour.len()).map(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syllables(per_second: f32, frames: usize) -> Vec<f32> {
        let db =
            |i: usize| -20.0 - 6.0 * (std::f32::consts::TAU * per_second * i as f32 / 100.0).cos();
        (0..frames).map(db).collect()
    }

    #[test]
    fn as_many_nuclei_as_syllables() {
        for rate in [2.0f32, 3.0, 5.0, 7.0] {
            let found = count(&syllables(rate, 200), |_| true, &mut Vec::new());
            assert!((found as f32 - 2.0 * rate).abs() <= 1.0, "{rate}: {found}");
        }
    }

    #[test]
    fn neither_unvoiced_peaks_nor_ripples_nor_silence_count() {
        let mut room = Vec::new();
        assert_eq!(count(&syllables(4.0, 200), |_| false, &mut room), 0);
        let ripple: Vec<f32> = (0..200).map(|i| -20.0 + (i as f32 * 0.3).sin() * 0.5).collect();
        assert_eq!(count(&ripple, |_| true, &mut room), 0);
        assert_eq!(count(&[-100.0; 200], |_| true, &mut room), 0);
        assert_eq!(count(&[], |_| true, &mut room), 0);
    }
}
