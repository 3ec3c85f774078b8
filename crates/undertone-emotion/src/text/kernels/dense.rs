//! Matrix product with 8-bit weights: one scale a row, expanded as they are used.

use crate::tile::{PANEL, accumulate};
use pulp::{Simd, WithSimd};

/// Rows computed together: with two registers a row, 12 of AVX2's 16 registers
/// hold sums and the rest the operands.
const ROWS: usize = 6;

/// What happens to a sum on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Written as it is.
    Store,
    /// Through GELU (the exact one, with the error function).
    Gelu,
    /// Added to what is there: the residual connection.
    Add,
}

/// A linear layer `[inputs] → [outputs]` whose weights stay at 8 bits in memory.
///
/// A sentence is a dozen or two of rows, so the product is bound by how fast
/// weights arrive from memory; a quarter of the bytes is worth the expansion.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    inputs: usize,
    outputs: usize,
    /// Panels of 16 outputs, each `[inputs, 16]`, the last filled up with zeros.
    codes: Vec<i8>,
    /// Filled up like the panels.
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Dense {
    /// From `codes` `[outputs, inputs]`, one scale and one bias an output.
    pub(crate) fn new(codes: &[i8], scales: &[f32], biases: &[f32]) -> Self {
        let outputs = scales.len();
        let inputs = codes.len() / outputs.max(1);
        let mut packed = vec![0; inputs * outputs.next_multiple_of(PANEL)];
        for (output, row) in codes.chunks_exact(inputs.max(1)).enumerate() {
            let panel = &mut packed[output / PANEL * PANEL * inputs..];
            for (i, &code) in row.iter().enumerate() {
                panel[i * PANEL + output % PANEL] = code;
            }
        }
        let filled = |numbers: &[f32]| {
            let mut numbers = numbers.to_vec();
            numbers.resize(outputs.next_multiple_of(PANEL), 0.0);
            numbers
        };
        Self { inputs, outputs, codes: packed, scales: filled(scales), biases: filled(biases) }
    }

    /// Numbers a row of the result holds.
    pub(crate) const fn outputs(&self) -> usize {
        self.outputs
    }

    /// `x` `[rows, inputs]` → `out` `[rows, outputs]`. `panel` is working space.
    ///
    /// Each sum is taken in the order of the inputs whatever the number of rows,
    /// so a sentence scores the same in any batch.
    pub(crate) fn run(&self, x: &[f32], finish: Finish, panel: &mut Vec<f32>, out: &mut [f32]) {
        panel.resize(self.inputs * PANEL, 0.0);
        pulp::Arch::new().dispatch(Product { layer: self, x, finish, panel, out });
    }
}

struct Product<'a> {
    layer: &'a Dense,
    x: &'a [f32],
    finish: Finish,
    panel: &'a mut [f32],
    out: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 1>(simd),
            8 => self.run::<S, 2>(simd),
            4 => self.run::<S, 4>(simd),
            _ => self.run::<S, PANEL>(simd),
        }
    }
}

impl Product<'_> {
    /// Panels outermost: one panel's weights, expanded, stay in the cache while
    /// the rows pass by.
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { layer, x, finish, panel, out } = self;
        let (k, n) = (layer.inputs, layer.outputs);
        let rows = x.len() / k;
        for (index, codes) in layer.codes.chunks_exact(k * PANEL).enumerate() {
            for (weight, &code) in panel.iter_mut().zip(codes) {
                *weight = f32::from(code);
            }
            let column = index * PANEL;
            let scales: [f32; PANEL] = std::array::from_fn(|i| layer.scales[column + i]);
            let biases: [f32; PANEL] = std::array::from_fn(|i| layer.biases[column + i]);
            for first in (0..rows).step_by(ROWS) {
                let count = ROWS.min(rows - first);
                let x = &x[first * k..(first + count) * k];
                let sums = match count {
                    1 => tile::<S, 1, V>(simd, x, k, panel),
                    2 => tile::<S, 2, V>(simd, x, k, panel),
                    3 | 4 => tile::<S, 4, V>(simd, x, k, panel),
                    _ => tile::<S, ROWS, V>(simd, x, k, panel),
                };
                for (row, mut sums) in sums.into_iter().enumerate().take(count) {
                    for ((sum, scale), bias) in sums.iter_mut().zip(&scales).zip(&biases) {
                        *sum = *sum * scale + bias;
                    }
                    let cells = &mut out[(first + row) * n + column..(first + row + 1) * n];
                    let width = cells.len().min(PANEL);
                    put(&sums, finish, &mut cells[..width]);
                }
            }
        }
    }
}

/// Sums of up to `R` rows of `x` (the last one again where there are fewer) with one panel.
#[inline(always)]
fn tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    x: &[f32],
    k: usize,
    panel: &[f32],
) -> [[f32; PANEL]; ROWS] {
    let last = x.len() / k - 1;
    let rows = std::array::from_fn(|r| &x[r.min(last) * k..]);
    let zero = [[[simd.splat_f32s(0.0); V]; 1]; R];
    let sums = accumulate::<S, R, 1, V>(simd, rows, k, [panel], zero);
    let mut out = [[0.0; PANEL]; ROWS];
    for (row, sums) in out.iter_mut().zip(&sums) {
        let (cells, _) = S::as_mut_simd_f32s(row);
        for (cell, &sum) in cells.iter_mut().zip(sums.as_flattened()) {
            *cell = sum;
        }
    }
    out
}

#[inline(always)]
fn put(sums: &[f32; PANEL], finish: Finish, cells: &mut [f32]) {
    match finish {
        Finish::Store => cells.copy_from_slice(&sums[..cells.len()]),
        Finish::Add => cells.iter_mut().zip(sums).for_each(|(cell, sum)| *cell += sum),
        Finish::Gelu => {
            let sums = sums.map(super::gelu);
            cells.copy_from_slice(&sums[..cells.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in −1..1 that look random and are the same everywhere.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn the_product_is_that_of_the_definition_at_ragged_sizes() {
        for (rows, inputs, outputs) in [(1, 5, 3), (7, 19, 33), (13, 32, 16), (4, 8, 40)] {
            let codes: Vec<i8> =
                numbers(inputs * outputs, 1).iter().map(|x| (x * 127.0) as i8).collect();
            let (scales, biases) = (numbers(outputs, 2), numbers(outputs, 3));
            let x = numbers(rows * inputs, 4);
            let start = numbers(rows * outputs, 5);
            let mut out = start.clone();
            Dense::new(&codes, &scales, &biases).run(&x, Finish::Add, &mut Vec::new(), &mut out);
            for row in 0..rows {
                for o in 0..outputs {
                    let products = (0..inputs)
                        .map(|i| f64::from(x[row * inputs + i]) * f64::from(codes[o * inputs + i]));
                    let sum = products.sum::<f64>() * f64::from(scales[o]) + f64::from(biases[o]);
                    let expected = sum + f64::from(start[row * outputs + o]);
                    let got = f64::from(out[row * outputs + o]);
                    assert!((got - expected).abs() < 1e-3, "{row} {o}: {got} {expected}");
                }
            }
        }
    }

    #[test]
    fn a_row_is_the_same_in_any_batch() {
        let codes: Vec<i8> = numbers(24 * 20, 1).iter().map(|x| (x * 127.0) as i8).collect();
        let layer = Dense::new(&codes, &numbers(20, 2), &numbers(20, 3));
        let x = numbers(11 * 24, 4);
        let mut together = vec![0.0; 11 * 20];
        layer.run(&x, Finish::Gelu, &mut Vec::new(), &mut together);
        for row in 0..11 {
            let mut alone = vec![0.0; 20];
            layer.run(&x[row * 24..][..24], Finish::Gelu, &mut Vec::new(), &mut alone);
            assert_eq!(alone, together[row * 20..][..20]);
        }
    }
}
