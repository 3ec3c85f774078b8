//! First convolution: one channel to many, 3×3, stride 2, bias and `ReLU`.

use super::{Same, contiguous};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, bail};
use pulp::{Simd, WithSimd};

/// `[batch, time, mels]` and taps `[10, c]` (bias first, then the kernel row by
/// row) → `[batch, ⌈time/2⌉, ⌈mels/2⌉, c]`, SAME padding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stem;

impl Stem {
    pub(crate) const STRIDE: usize = 2;
}

impl CustomOp2 for Stem {
    fn name(&self) -> &'static str {
        "stem"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        taps: &CpuStorage,
        taps_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, time, mels) = x_layout.shape().dims3()?;
        let (rows, c) = taps_layout.shape().dims2()?;
        if rows != 10 || c == 0 {
            bail!("stem: taps are {:?}", taps_layout.dims());
        }
        let (h, w) = (Same::new(time, Self::STRIDE), Same::new(mels, Self::STRIDE));
        let mut out = vec![0.0; batch * h.out * w.out * c];
        pulp::Arch::new().dispatch(Convolution {
            x: contiguous("stem", x, x_layout)?,
            taps: contiguous("stem", taps, taps_layout)?,
            c,
            h,
            w,
            out: &mut out,
        });
        Ok((CpuStorage::F32(out), Shape::from((batch, h.out, w.out, c))))
    }
}

struct Convolution<'a> {
    x: &'a [f32],
    taps: &'a [f32],
    c: usize,
    h: Same,
    w: Same,
    out: &'a mut [f32],
}

impl WithSimd for Convolution<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, taps, c, h, w, out } = self;
        let image = h.size * w.size;
        for (index, cell) in out.chunks_exact_mut(c).enumerate() {
            let (row, column) = (index / w.out, index % w.out);
            let x = &x[row / h.out * image..][..image];
            let mut inputs = [simd.splat_f32s(0.0); 9];
            for (tap, input) in inputs.iter_mut().enumerate() {
                let at = (h.input(row % h.out, tap / 3), w.input(column, tap % 3));
                if let (Some(y), Some(z)) = at {
                    *input = simd.splat_f32s(x[y * w.size + z]);
                }
            }
            position(simd, &inputs, taps, cell);
        }
    }
}

/// All channels of one output position.
#[inline(always)]
fn position<S: Simd>(simd: S, inputs: &[S::f32s; 9], taps: &[f32], out: &mut [f32]) {
    let c = out.len();
    let zero = simd.splat_f32s(0.0);
    for (step, cell) in out.chunks_mut(S::F32_LANES).enumerate() {
        let (from, to) = (step * S::F32_LANES, step * S::F32_LANES + cell.len());
        let mut sum = simd.partial_load_f32s(&taps[from..to]);
        for (tap, &input) in inputs.iter().enumerate() {
            let weight = simd.partial_load_f32s(&taps[(tap + 1) * c..][from..to]);
            sum = simd.mul_add_e_f32s(input, weight, sum);
        }
        simd.partial_store_f32s(cell, simd.max_f32s(sum, zero));
    }
}
