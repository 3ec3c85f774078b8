//! Keys of a telephone: ITU-T Q.23's frequencies, received as Q.24 asks.

const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
/// Q.24: 1.8 % off must be accepted by some, 3.5 % off refused by most.
const TOLERANCE: f32 = 0.025;
/// How much stronger the higher line, or the lower, may be, in dB: the widest of Q.24's
/// administrations, and a little for the filter of a line.
const TWIST_DB: std::ops::RangeInclusive<f32> = -11.0..=9.0;

fn place(frequencies: &[f32; 4], hz: f32) -> Option<usize> {
    frequencies.iter().position(|f| (hz / f - 1.0).abs() <= TOLERANCE)
}

/// Whether two lines are those of a key.
pub(super) fn is_pair(low_hz: f32, high_hz: f32) -> bool {
    place(&ROWS, low_hz).is_some() && place(&COLUMNS, high_hz).is_some()
}

/// The key whose lines these are: frequencies in hertz, and power of the higher line
/// over that of the lower.
pub(super) fn key(low_hz: f32, high_hz: f32, ratio: f32) -> Option<char> {
    let twist_ok = TWIST_DB.contains(&(10.0 * ratio.max(1e-6).log10()));
    let (row, column) = (place(&ROWS, low_hz)?, place(&COLUMNS, high_hz)?);
    twist_ok.then(|| KEYS[row][column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_frequencies_and_q24s_tolerance() {
        for (row, low) in ROWS.iter().enumerate() {
            for (column, high) in COLUMNS.iter().enumerate() {
                for off in [0.982, 1.0, 1.018] {
                    assert_eq!(key(low * off, high / off, 1.0), Some(KEYS[row][column]));
                }
                assert_eq!(key(low * 1.035, high * 1.0, 1.0), None, "{low}");
                assert_eq!(key(low * 1.0, high * 0.965, 1.0), None, "{high}");
            }
        }
        assert_eq!(key(770.0, 1_336.0, 6.0), Some('5'));
        assert_eq!(key(770.0, 1_336.0, 0.03), None);
    }
}
