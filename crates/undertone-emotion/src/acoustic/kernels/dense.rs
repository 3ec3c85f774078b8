//! Matrix product with bias and optional `ReLU`.

use crate::tile::{PANEL, accumulate};
use aligned_vec::{AVec, CACHELINE_ALIGN};
use pulp::{Simd, WithSimd};

/// A linear layer packed for the kernel.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    /// For each panel of 16 outputs its biases, then its rows.
    packed: AVec<f32>,
    inputs: usize,
    relu: bool,
}

impl Dense {
    /// `weight` `[inputs, outputs]` and `bias` `[outputs]`. Inputs come in groups of
    /// `group`, each filled up to whole panels with zeros, and so do the outputs.
    pub(crate) fn new(weight: &[f32], bias: &[f32], group: usize, relu: bool) -> Self {
        let (outputs, filled) = (bias.len().max(1), group.next_multiple_of(PANEL));
        let groups = weight.len() / outputs / group.max(1);
        let mut packed = Vec::new();
        for from in (0..bias.len()).step_by(PANEL) {
            let to = bias.len().min(from + PANEL);
            let mut put = |row: &[f32]| {
                packed.extend_from_slice(&row[from..to]);
                packed.resize(packed.len().next_multiple_of(PANEL), 0.0);
            };
            put(bias);
            for group in weight.chunks_exact(group.max(1) * outputs) {
                group.chunks_exact(outputs).for_each(&mut put);
                let missing = filled * outputs - group.len();
                std::iter::repeat_n(&*vec![0.0; outputs], missing / outputs).for_each(&mut put);
            }
        }
        let packed = AVec::from_slice(CACHELINE_ALIGN, &packed);
        Self { packed, inputs: groups * filled, relu }
    }

    /// Row `r` of `x`, which begins at `r · pitch`, to `out`, where it begins at
    /// `places[r]`; as many rows as there are places.
    ///
    /// Each sum is taken in the order bias, 0, 1, … inputs.
    pub(crate) fn run(&self, x: &[f32], pitch: usize, out: &mut [f32], places: &[usize]) {
        pulp::Arch::new().dispatch(Product { layer: self, x, pitch, out, places });
    }
}

struct Product<'a> {
    layer: &'a Dense,
    x: &'a [f32],
    pitch: usize,
    out: &'a mut [f32],
    places: &'a [usize],
}

impl WithSimd for Product<'_> {
    type Output = ();

    /// As many rows and panels together as leave the sums in registers: 24 of AVX-512's
    /// 32, 12 of AVX2's 16, 24 of NEON's 32. Two panels where one is a single vector:
    /// else each product would wait for an input of its own to be loaded. The ragged end
    /// takes fewer rows.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 12, 4, 2, 1>(simd),
            8 => self.run::<S, 6, 2, 1, 2>(simd),
            4 => self.run::<S, 6, 2, 1, 4>(simd),
            _ => self.run::<S, 6, 2, 1, PANEL>(simd),
        }
    }
}

impl Product<'_> {
    /// Panels outermost: their weights stay in the first-level cache while the rows
    /// pass by.
    #[inline(always)]
    fn run<S: Simd, const R: usize, const TAIL: usize, const P: usize, const V: usize>(
        mut self,
        simd: S,
    ) {
        let size = (self.layer.inputs + 1) * PANEL;
        let groups = self.layer.packed.chunks_exact(P * size);
        let rest = groups.remainder();
        let mut column = 0;
        for group in groups {
            let panels = std::array::from_fn(|p| &group[p * size..][..size]);
            self.columns::<S, R, TAIL, P, V>(simd, panels, column);
            column += P * PANEL;
        }
        for panel in rest.chunks_exact(size) {
            self.columns::<S, R, TAIL, 1, V>(simd, [panel], column);
            column += PANEL;
        }
    }

    /// All rows times `P` panels, whose results begin at `column`.
    #[inline(always)]
    fn columns<S: Simd, const R: usize, const TAIL: usize, const P: usize, const V: usize>(
        &mut self,
        simd: S,
        panels: [&[f32]; P],
        column: usize,
    ) {
        let rows = self.places.len();
        let mut row = 0;
        while row + R <= rows {
            self.tile::<S, R, P, V>(simd, panels, row, column);
            row += R;
        }
        while row < rows {
            self.tile::<S, TAIL, P, V>(simd, panels, row, column);
            row += TAIL;
        }
    }

    /// `R` rows from `first` on (the last row again past the end) times `P` panels.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const P: usize, const V: usize>(
        &mut self,
        simd: S,
        panels: [&[f32]; P],
        first: usize,
        column: usize,
    ) {
        let Self { layer: &Dense { inputs, relu, .. }, x, pitch, places, .. } = *self;
        let start: [[S::f32s; V]; P] = panels.map(|panel| {
            let (bias, _) = S::as_simd_f32s(panel);
            std::array::from_fn(|v| bias[v])
        });
        let weights = panels.map(|panel| &panel[PANEL..]);
        let last = places.len() - 1;
        let rows = std::array::from_fn(|r| &x[(first + r).min(last) * pitch..]);
        let sums = accumulate::<S, R, P, V>(simd, rows, inputs, weights, [start; R]);
        let zero = simd.splat_f32s(0.0);
        for (sums, place) in sums.iter().zip(&places[first..]) {
            let (cells, _) = S::as_mut_simd_f32s(&mut self.out[place + column..][..P * PANEL]);
            for (cell, &sum) in cells.iter_mut().zip(sums.as_flattened()) {
                *cell = if relu { simd.max_f32s(sum, zero) } else { sum };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_filled_up_and_rows_go_to_their_places() {
        // Two groups of three inputs, two outputs: every number tells where it came from.
        let weight: Vec<f32> = (0..12u8).map(f32::from).collect();
        let layer = Dense::new(&weight, &[100.0, 200.0], 3, false);
        let mut x = vec![f32::NAN; 3 * 40];
        for row in 0..3u8 {
            let cells = &mut x[usize::from(row) * 40..][..32];
            cells.fill(0.0);
            cells[usize::from(row)] = 1.0;
            cells[16] = 10.0;
        }
        let mut out = vec![0.0; 64];
        layer.run(&x, 40, &mut out, &[32, 0, 16]);
        assert_eq!(out[32..34], [100.0 + 60.0, 200.0 + 1.0 + 70.0]);
        assert_eq!(out[..2], [100.0 + 2.0 + 60.0, 200.0 + 3.0 + 70.0]);
        assert_eq!(out[16..18], [100.0 + 4.0 + 60.0, 200.0 + 5.0 + 70.0]);
        assert!(out[2..16].iter().all(|x| x.to_bits() == 0));
    }
}
