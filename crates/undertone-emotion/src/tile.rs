//! The inner loop of every matrix product on the CPU.

// What is not inlined into the dispatched function is compiled for the oldest
// machine, not for its vectors.
#![allow(clippy::inline_always)]

use pulp::Simd;

/// Columns computed together: one AVX-512, two AVX2 or four NEON registers.
pub(crate) const PANEL: usize = 16;

/// Adds to `sums` the products of `R` rows, `k` numbers each, with one panel of
/// weights `[k, 16]`. Each sum is taken in the order of the inputs whatever `R` and
/// the width of the vectors, so that a row comes out the same in any batch and on
/// any machine.
#[inline(always)]
pub(crate) fn accumulate<S: Simd, const R: usize, const V: usize>(
    simd: S,
    rows: [&[f32]; R],
    k: usize,
    panel: &[f32],
    mut sums: [[S::f32s; V]; R],
) -> [[S::f32s; V]; R] {
    let mut inputs = [&rows[0][..k]; R];
    for r in 1..R {
        inputs[r] = &rows[r][..k];
    }
    let (weights, _) = S::as_simd_f32s(panel);
    for (i, weight) in (0..k).zip(weights.chunks_exact(V)) {
        for r in 0..R {
            let value = simd.splat_f32s(inputs[r][i]);
            for v in 0..V {
                sums[r][v] = simd.mul_add_e_f32s(value, weight[v], sums[r][v]);
            }
        }
    }
    sums
}
