//! Matrix product with bias and optional `ReLU`.

use super::contiguous;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, bail};
use pulp::{Simd, WithSimd};

/// Columns computed together. Two AVX2 or four NEON registers.
const PANEL: usize = 16;
/// Rows computed together: with two registers a row, 12 of AVX2's 16 registers
/// hold sums and the rest the operands.
const ROWS: usize = 6;
/// Rows of a tile at the ragged end.
const TAIL_ROWS: usize = 2;

/// `weight` `[k, n]` and `bias` `[n]` in the order [`Dense`] reads them: for each
/// panel of 16 columns its biases, then its rows, missing columns filled with zeros.
pub(crate) fn pack(weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let n = bias.len();
    let k = weight.len() / n.max(1);
    let mut packed = Vec::with_capacity((k + 1) * n.next_multiple_of(PANEL));
    for from in (0..n).step_by(PANEL) {
        let to = n.min(from + PANEL);
        for row in std::iter::once(bias).chain(weight.chunks_exact(n)) {
            packed.extend_from_slice(&row[from..to]);
            packed.resize(packed.len() + PANEL - (to - from), 0.0);
        }
    }
    packed
}

/// `[.., k]` × packed `[k, n]` → `[.., n]`, each sum in the order bias, 0, 1, … k.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dense {
    pub(crate) n: usize,
    pub(crate) relu: bool,
}

impl CustomOp2 for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        packed: &CpuStorage,
        packed_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let mut dims = x_layout.dims().to_vec();
        let Some(last) = dims.last_mut() else { bail!("dense: input has no axis") };
        let k = std::mem::replace(last, self.n);
        let x = contiguous("dense", x, x_layout)?;
        let packed = contiguous("dense", packed, packed_layout)?;
        if k == 0 || packed.len() != (k + 1) * self.n.next_multiple_of(PANEL) {
            bail!("dense: {k} inputs do not fit {} weights", packed.len());
        }
        let mut out = vec![0.0; x.len() / k * self.n];
        pulp::Arch::new().dispatch(Product { x, k, packed, op: *self, out: &mut out });
        Ok((CpuStorage::F32(out), Shape::from(dims)))
    }
}

struct Product<'a> {
    x: &'a [f32],
    k: usize,
    packed: &'a [f32],
    op: Dense,
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
    /// Panels outermost: one panel's weights stay in the first-level cache while
    /// the rows pass by.
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { x, k, packed, op, out } = self;
        let rows = x.len() / k;
        for (index, panel) in packed.chunks_exact((k + 1) * PANEL).enumerate() {
            let column = index * PANEL;
            let mut row = 0;
            while row + ROWS <= rows {
                let sums = tile::<S, ROWS, V>(simd, x, k, row, rows, panel, op.relu);
                store(simd, &sums, out, op.n, row, column);
                row += ROWS;
            }
            while row < rows {
                let sums = tile::<S, TAIL_ROWS, V>(simd, x, k, row, rows, panel, op.relu);
                store(simd, &sums, out, op.n, row, column);
                row += TAIL_ROWS;
            }
        }
    }
}

/// Sums of `R` rows from `first` on (the last row again past the end) with one panel.
#[inline(always)]
fn tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    x: &[f32],
    k: usize,
    first: usize,
    rows: usize,
    panel: &[f32],
    relu: bool,
) -> [[S::f32s; V]; R] {
    let (bias, weights) = panel.split_at(PANEL);
    let (bias, _) = S::as_simd_f32s(bias);
    let (weights, _) = S::as_simd_f32s(weights);
    let mut inputs = [&x[..k]; R];
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for r in 0..R {
        let row = (first + r).min(rows - 1);
        inputs[r] = &x[row * k..][..k];
        sums[r].copy_from_slice(&bias[..V]);
    }
    for (i, weight) in weights.chunks_exact(V).enumerate().take(k) {
        for r in 0..R {
            let value = simd.splat_f32s(inputs[r][i]);
            for v in 0..V {
                sums[r][v] = simd.mul_add_e_f32s(value, weight[v], sums[r][v]);
            }
        }
    }
    if relu {
        let zero = simd.splat_f32s(0.0);
        for row in &mut sums {
            for sum in row {
                *sum = simd.max_f32s(*sum, zero);
            }
        }
    }
    sums
}

/// Writes what of a tile lies inside `out` `[_, n]`.
#[inline(always)]
fn store<S: Simd, const R: usize, const V: usize>(
    simd: S,
    sums: &[[S::f32s; V]; R],
    out: &mut [f32],
    n: usize,
    first: usize,
    column: usize,
) {
    for (sums, row) in sums.iter().zip(out[first * n..].chunks_exact_mut(n)) {
        let end = n.min(column + PANEL);
        let cells = &mut row[column..end];
        if let (whole, []) = S::as_mut_simd_f32s(cells)
            && whole.len() == V
        {
            whole.copy_from_slice(sums);
            continue;
        }
        for (cells, &sum) in cells.chunks_mut(S::F32_LANES).zip(sums) {
            simd.partial_store_f32s(cells, sum);
        }
    }
}
