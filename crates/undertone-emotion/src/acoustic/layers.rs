//! The network's layers in candle's own operations, for any device and type.

use super::kernels::{MIN_VARIANCE, Same};
use candle_core::{D, DType, Result, Tensor};
use candle_nn::{VarBuilder, ops};

/// A 3×3 convolution with bias and `ReLU`: of one channel to many, or of each channel
/// to itself.
#[derive(Debug, Clone)]
pub(super) struct Convolution {
    /// `[10, c]`: bias first, then the kernel row by row.
    taps: Tensor,
    stride: usize,
}

impl Convolution {
    pub(super) fn load(vb: &VarBuilder, channels: usize, stride: usize) -> Result<Self> {
        let bias = vb.get(channels, "bias")?.unsqueeze(0)?;
        Ok(Self { taps: Tensor::cat(&[bias, vb.get((9, channels), "weight")?], 0)?, stride })
    }

    /// `[batch, h, w, 1 or c]` → `[batch, h/stride, w/stride, c]`: nine shifted
    /// copies, each times its tap.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, height, width, c) = x.dims4()?;
        let (taps, stride) = (&self.taps, self.stride);
        let (h, w) = (Same::new(height, stride), Same::new(width, stride));
        let x = pad(&pad(x, 1, h)?, 2, w)?;
        let mut sum = taps.get(0)?.broadcast_as((batch, h.out, w.out, taps.dim(1)?))?;
        for tap in 0..9 {
            let shifted = x
                .narrow(1, tap / 3, h.out * stride)?
                .narrow(2, tap % 3, w.out * stride)?
                .contiguous()?
                .reshape((batch, h.out, stride, w.out, stride * c))?
                .narrow(2, 0, 1)?
                .narrow(4, 0, c)?
                .squeeze(2)?;
            sum = (sum + shifted.broadcast_mul(&taps.get(tap + 1)?)?)?;
        }
        sum.relu()
    }
}

/// Zeros around axis `dim`, so many that every tap can take whole strides.
fn pad(x: &Tensor, dim: usize, same: Same) -> Result<Tensor> {
    let after = same.out * same.stride + 2 - same.size - same.before;
    x.pad_with_zeros(dim, same.before, after)
}

/// A matrix product over the last axis with bias and optional `ReLU`.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    /// `[inputs, outputs]`.
    weight: Tensor,
    bias: Tensor,
    relu: bool,
}

impl Dense {
    pub(super) fn load(vb: &VarBuilder, inputs: usize, outputs: usize, relu: bool) -> Result<Self> {
        let weight = vb.get((inputs, outputs), "weight")?;
        Ok(Self { weight, bias: vb.get(outputs, "bias")?, relu })
    }

    /// `[.., inputs]` → `[.., outputs]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut dims = x.dims().to_vec();
        let flat = x.reshape(((), x.dim(D::Minus1)?))?;
        let y = flat.matmul(&self.weight)?.broadcast_add(&self.bias)?;
        let y = if self.relu { y.relu()? } else { y };
        if let Some(last) = dims.last_mut() {
            *last = self.bias.dim(0)?;
        }
        y.reshape(dims)
    }
}

/// Attentive statistics pooling over time.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    weight: Tensor,
    bias: Tensor,
}

impl Pool {
    pub(super) fn load(vb: &VarBuilder, inputs: usize) -> Result<Self> {
        let part = |count: usize, name| vb.get(count, name)?.to_dtype(DType::F32);
        Ok(Self { weight: part(inputs, "weight")?, bias: part(1, "bias")? })
    }

    /// `[batch, time, p]` → `[batch, 2p]` in f32: squares of f16 overflow.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.to_dtype(DType::F32)?;
        let scores = x.broadcast_mul(&self.weight)?.sum_keepdim(2)?.broadcast_add(&self.bias)?;
        let shares = ops::softmax(&scores, 1)?;
        let mean = x.broadcast_mul(&shares)?.sum(1)?;
        let square = x.sqr()?.broadcast_mul(&shares)?.sum(1)?;
        let variance = (square - mean.sqr()?)?.maximum(f64::from(MIN_VARIANCE))?;
        Tensor::cat(&[mean, variance.sqrt()?], 1)
    }
}
