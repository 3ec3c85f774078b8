//! Sums and logarithms written so that the compiler makes vector code of them.

// What is not inlined into a dispatched loop is compiled for the oldest machine.
#![allow(clippy::inline_always)]

/// Sums side by side: a single sum would wait for each addition.
const LANES: usize = 8;

/// Sum of the products of `a` and `b`.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a8, b8) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Sum of `x`.
pub(crate) fn sum(x: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().sum::<f32>() + rest
}

/// Largest magnitude in `x`, which holds numbers only.
pub(crate) fn peak(x: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut peaks = [0.0f32; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest = chunks.remainder().iter().fold(0.0, |peak, x| larger(peak, x.abs()));
    for chunk in chunks {
        peaks.iter_mut().zip(chunk).for_each(|(peak, x)| *peak = larger(*peak, x.abs()));
    }
    peaks.into_iter().fold(rest, larger)
}

/// Natural logarithm of a positive, normal, finite number to within 2 units in the
/// last place: the polynomial of Cephes' `logf`, without its branches.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const POLYNOMIAL: [f32; 9] = [
        7.037_684e-2,
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    // x = 2^exponent * (1 + m), 1 + m between the root of one half and that of two.
    let bits = x.to_bits();
    let half = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000);
    let low = half < std::f32::consts::FRAC_1_SQRT_2;
    let exponent = (bits >> 23).cast_signed() - 126 - i32::from(low);
    let m = if low { half + half - 1.0 } else { half - 1.0 };
    let exponent = exponent as f32;
    let square = m * m;
    let series = POLYNOMIAL.iter().fold(0.0, |sum, c| sum * m + c);
    let tail = series * m * square + exponent * LN2_LOW - 0.5 * square;
    m + tail + exponent * LN2_HIGH
}

/// e to the power of a number between -80 and 80, to within 2 units in the last place:
/// the polynomial of Cephes' `expf`, without its branches.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // To the nearest whole power of two: adding this number rounds away the fraction.
    const ROUND: f32 = 12_582_912.0;
    const POLYNOMIAL: [f32; 6] =
        [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    let x = x.clamp(-80.0, 80.0);
    let power = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let rest = x - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let series = POLYNOMIAL.iter().fold(0.0, |sum, c| sum * rest + c);
    let fraction = series * rest * rest + rest + 1.0;
    fraction * f32::from_bits(((power as i32 + 127) << 23).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    #[test]
    fn the_logarithm_is_that_of_the_standard_library() {
        let mut x = 1e-30f32;
        while x < 1e30 {
            let want = x.ln();
            assert!((ln(x) - want).abs() <= 3e-7 * want.abs().max(1.0), "{x}: {} {want}", ln(x));
            x *= 1.003;
        }
    }

    #[test]
    fn the_exponential_is_that_of_the_standard_library() {
        let mut x = -79.0f32;
        while x < 79.0 {
            assert!((exp(x) / x.exp() - 1.0).abs() < 4e-7, "{x}: {} {}", exp(x), x.exp());
            x += 0.01;
        }
        assert!(exp(f32::NEG_INFINITY) > 0.0 && exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn sums_are_the_same_as_one_after_another() {
        for length in [0, 1, 7, 8, 9, 750] {
            let (a, b) = (noise(1, length), noise(2, length));
            let plain: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            assert!((dot(&a, &b) - plain).abs() < 1e-4);
            assert!((sum(&a) - a.iter().sum::<f32>()).abs() < 1e-4);
            let largest = a.iter().fold(0.0f32, |m, x| m.max(x.abs()));
            assert!((peak(&a) - largest).abs() < f32::EPSILON);
        }
    }
}
