//! First convolution: one channel to many, 3×3, stride 2, bias and `ReLU`.

use super::taps::Taps;
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
        let taps = Taps::new(taps, c);
        let image = h.size * w.size;
        for (index, cell) in out.chunks_exact_mut(c).enumerate() {
            let (row, column) = (index / w.out, index % w.out);
            let x = &x[row / h.out * image..][..image];
            let mut inputs = [0.0; 9];
            for (tap, input) in inputs.iter_mut().enumerate() {
                let at = (h.input(row % h.out, tap / 3), w.input(column, tap % 3));
                if let (Some(y), Some(z)) = at {
                    *input = x[y * w.size + z];
                }
            }
            taps.all_times_one(simd, &inputs, cell);
        }
    }
}
