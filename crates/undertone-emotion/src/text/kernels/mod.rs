//! CPU kernels of the encoder: f32 sums, 8-bit weights, one thread.
//!
//! candle's matrix product packs the weights anew for every sentence, computes the
//! error function one number at a time and wakes a thread pool; for one utterance
//! of twenty words that is most of the time. These run on the calling thread.

// What is not inlined into the dispatched function is compiled for the oldest
// machine, not for its vectors.
#![allow(clippy::inline_always)]

mod attention;
mod dense;
mod norm;

pub(super) use attention::{Attention, attend};
pub(super) use dense::{Dense, Finish};
pub(super) use norm::Norm;

/// `x · Φ(x)`, with the rational approximation of the error function that Eigen
/// uses (relative error a few units in the last place of f32).
#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

#[inline(always)]
fn erf(x: f32) -> f32 {
    const ODD: [f32; 7] = [
        -2.726_142_4e-10,
        2.770_681_5e-8,
        -2.101_024e-6,
        -5.692_506_2e-5,
        -7.349_906_4e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const EVEN: [f32; 5] =
        [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    // Beyond 4 the function is 1 to the last bit.
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let above = ODD.iter().fold(0.0, |sum, c| sum * square + c);
    let below = EVEN.iter().fold(0.0, |sum, c| sum * square + c);
    x * above / below
}

/// `eˣ` for x ≤ 0 (0 below −87), within 2 units in the last place: a softmax needs
/// no more, and unlike the library's this one runs on vectors.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Cephes' expf: x = n ln 2 + r, then a polynomial in r and n into the exponent.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const SERIES: [f32; 6] =
        [1.987_569_3e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];
    let x = x.clamp(-87.0, 0.0);
    // Adding and taking off 1.5 · 2²³ rounds to the nearest whole number.
    let magic = 12_582_912.0_f32;
    let n = (x * std::f32::consts::LOG2_E + magic) - magic;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let series = SERIES.iter().fold(0.0, |sum, c| sum * r + c);
    let power = f32::from_bits((((n + 127.0) as i32) << 23).cast_unsigned());
    (series * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erf_is_the_error_function() {
        // Values from Abramowitz and Stegun, table 7.1.
        let table = [(0.0, 0.0), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3)];
        for (x, y) in table {
            assert!((erf(x) - y).abs() < 3e-7, "erf({x}) is {}", erf(x));
            assert!((erf(-x) + y).abs() < 3e-7);
        }
        assert!((erf(9.0) - 1.0).abs() < 3e-7);
    }

    #[test]
    fn exp_is_the_exponential() {
        for step in 0..8000 {
            let x = -0.01 * step as f32;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 4e-7, "exp({x}) is off by {error}");
        }
        assert!(exp(-1e9) < 1e-37);
    }
}
