//! The inner loop of every matrix product on the CPU.

// What is not inlined into the dispatched function is compiled for the oldest
// machine, not for its vectors.
#![allow(clippy::inline_always)]

use pulp::Simd;

/// Columns computed together: one AVX-512, two AVX2 or four NEON registers.
pub(crate) const PANEL: usize = 16;

/// Adds to `sums` the products of `R` rows, `k` numbers each, with `P` panels of
/// weights `[k, 16]`. Each sum is taken in the order of the inputs whatever `R`, `P`
/// and the width of the vectors, so that a row comes out the same in any batch and on
/// any machine.
#[inline(always)]
pub(crate) fn accumulate<S: Simd, const R: usize, const P: usize, const V: usize>(
    simd: S,
    rows: [&[f32]; R],
    k: usize,
    panels: [&[f32]; P],
    mut sums: [[[S::f32s; V]; P]; R],
) -> [[[S::f32s; V]; P]; R] {
    let mut inputs = [&rows[0][..k]; R];
    for r in 1..R {
        inputs[r] = &rows[r][..k];
    }
    let panels = panels.map(|panel| S::as_simd_f32s(panel).0);
    for i in 0..k {
        let weights = panels.map(|panel| &panel[i * V..][..V]);
        for r in 0..R {
            let value = simd.splat_f32s(inputs[r][i]);
            for p in 0..P {
                for v in 0..V {
                    sums[r][p][v] = simd.mul_add_e_f32s(value, weights[p][v], sums[r][p][v]);
                }
            }
        }
    }
    sums
}
