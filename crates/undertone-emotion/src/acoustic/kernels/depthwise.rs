//! Depthwise 3×3 convolution with bias and `ReLU`.

use super::taps::Taps;
use super::{Same, contiguous};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, bail};
use pulp::{Simd, WithSimd};

/// `[batch, height, width, c]` and taps `[10, c]` (bias first, then the kernel row
/// by row) → `[batch, ⌈height/stride⌉, ⌈width/stride⌉, c]`, SAME padding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depthwise {
    pub(crate) stride: usize,
}

impl CustomOp2 for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        taps: &CpuStorage,
        taps_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, height, width, c) = x_layout.shape().dims4()?;
        if c == 0 || taps_layout.dims() != [10, c] {
            bail!("depthwise: {c} channels do not fit taps {:?}", taps_layout.dims());
        }
        let (h, w) = (Same::new(height, self.stride), Same::new(width, self.stride));
        let mut out = vec![0.0; batch * h.out * w.out * c];
        pulp::Arch::new().dispatch(Convolution {
            x: contiguous("depthwise", x, x_layout)?,
            taps: contiguous("depthwise", taps, taps_layout)?,
            zeros: &vec![0.0; c],
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
    /// One position of padding.
    zeros: &'a [f32],
    h: Same,
    w: Same,
    out: &'a mut [f32],
}

impl WithSimd for Convolution<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, taps, zeros, h, w, out } = self;
        let c = zeros.len();
        let taps = Taps::new(taps, c);
        let image = h.size * w.size * c;
        for (index, cell) in out.chunks_exact_mut(c).enumerate() {
            let (row, column) = (index / w.out, index % w.out);
            let x = &x[row / h.out * image..][..image];
            let mut inputs = [zeros; 9];
            for (tap, input) in inputs.iter_mut().enumerate() {
                let at = (h.input(row % h.out, tap / 3), w.input(column, tap % 3));
                if let (Some(y), Some(z)) = at {
                    *input = &x[(y * w.size + z) * c..][..c];
                }
            }
            taps.each_times_its_own(simd, &inputs, cell);
        }
    }
}
