//! The network's layers: our kernels on the CPU, candle's operations elsewhere.

use super::kernels::{self, AttentivePool, Same};
use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{VarBuilder, ops};

/// Which of two equal computations a network runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    /// Our own CPU kernels: f32 in memory.
    Kernels,
    /// candle's operations: any device and type.
    Plain,
}

impl Path {
    pub(super) fn for_weights(device: &Device, dtype: DType) -> Self {
        if device.is_cpu() && dtype == DType::F32 { Self::Kernels } else { Self::Plain }
    }
}

/// A 3×3 convolution's taps `[10, c]`: bias first, then the kernel row by row.
fn load_taps(vb: &VarBuilder, channels: usize) -> Result<Tensor> {
    let bias = vb.get(channels, "bias")?.unsqueeze(0)?;
    Tensor::cat(&[bias, vb.get((9, channels), "weight")?], 0)
}

/// First convolution and depthwise convolutions share their plain form.
#[derive(Debug, Clone)]
pub(super) struct Stem {
    taps: Tensor,
    path: Path,
}

impl Stem {
    pub(super) fn load(vb: &VarBuilder, channels: usize, path: Path) -> Result<Self> {
        Ok(Self { taps: load_taps(vb, channels)?, path })
    }

    /// `[batch, time, mels]` → `[batch, time/2, mels/2, c]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self.path {
            Path::Kernels => x.apply_op2_no_bwd(&self.taps, &kernels::Stem),
            Path::Plain => shifted_sum(&x.unsqueeze(3)?, &self.taps, kernels::Stem::STRIDE),
        }
    }
}

/// A depthwise 3×3 convolution with bias and `ReLU`.
#[derive(Debug, Clone)]
pub(super) struct Depthwise {
    taps: Tensor,
    stride: usize,
    path: Path,
}

impl Depthwise {
    pub(super) fn load(
        vb: &VarBuilder,
        channels: usize,
        stride: usize,
        path: Path,
    ) -> Result<Self> {
        Ok(Self { taps: load_taps(vb, channels)?, stride, path })
    }

    /// `[batch, h, w, c]` → `[batch, h/stride, w/stride, c]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self.path {
            Path::Kernels => {
                x.apply_op2_no_bwd(&self.taps, &kernels::Depthwise { stride: self.stride })
            }
            Path::Plain => shifted_sum(x, &self.taps, self.stride),
        }
    }
}

/// The convolution as nine shifted copies, each times its tap.
fn shifted_sum(x: &Tensor, taps: &Tensor, stride: usize) -> Result<Tensor> {
    let (batch, height, width, c) = x.dims4()?;
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

/// Zeros around axis `dim`, so many that every tap can take whole strides.
fn pad(x: &Tensor, dim: usize, same: Same) -> Result<Tensor> {
    let after = same.out * same.stride + 2 - same.size - same.before;
    x.pad_with_zeros(dim, same.before, after)
}

/// A matrix product over the last axis with bias and optional `ReLU`.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    /// Packed for the kernel, or `[inputs, outputs]`.
    weight: Tensor,
    bias: Tensor,
    outputs: usize,
    relu: bool,
    path: Path,
}

impl Dense {
    pub(super) fn load(
        vb: &VarBuilder,
        inputs: usize,
        outputs: usize,
        relu: bool,
        path: Path,
    ) -> Result<Self> {
        let mut weight = vb.get((inputs, outputs), "weight")?;
        let bias = vb.get(outputs, "bias")?;
        if path == Path::Kernels {
            let numbers = weight.flatten_all()?.to_vec1::<f32>()?;
            let packed = kernels::pack(&numbers, &bias.to_vec1::<f32>()?);
            weight = Tensor::new(packed, weight.device())?;
        }
        Ok(Self { weight, bias, outputs, relu, path })
    }

    /// `[.., inputs]` → `[.., outputs]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if self.path == Path::Kernels {
            let op = kernels::Dense { n: self.outputs, relu: self.relu };
            return x.apply_op2_no_bwd(&self.weight, &op);
        }
        let mut dims = x.dims().to_vec();
        let flat = x.reshape(((), x.dim(D::Minus1)?))?;
        let y = flat.matmul(&self.weight)?.broadcast_add(&self.bias)?;
        let y = if self.relu { y.relu()? } else { y };
        if let Some(last) = dims.last_mut() {
            *last = self.outputs;
        }
        y.reshape(dims)
    }
}

/// Attentive statistics pooling over time.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    /// `[p + 1]`: weights, then bias.
    attention: Tensor,
    path: Path,
}

impl Pool {
    pub(super) fn load(vb: &VarBuilder, inputs: usize, path: Path) -> Result<Self> {
        let parts = [vb.get(inputs, "weight")?, vb.get(1, "bias")?];
        Ok(Self { attention: Tensor::cat(&parts, 0)?.to_dtype(DType::F32)?, path })
    }

    /// `[batch, time, p]` → `[batch, 2p]` in f32: squares of f16 overflow.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if self.path == Path::Kernels {
            return x.apply_op2_no_bwd(&self.attention, &AttentivePool);
        }
        let x = x.to_dtype(DType::F32)?;
        let p = x.dim(2)?;
        let weight = self.attention.narrow(0, 0, p)?;
        let bias = self.attention.narrow(0, p, 1)?;
        let scores = x.broadcast_mul(&weight)?.sum_keepdim(2)?.broadcast_add(&bias)?;
        let shares = ops::softmax(&scores, 1)?;
        let mean = x.broadcast_mul(&shares)?.sum(1)?;
        let square = x.sqr()?.broadcast_mul(&shares)?.sum(1)?;
        let variance = (square - mean.sqr()?)?.maximum(AttentivePool::MIN_VARIANCE)?;
        Tensor::cat(&[mean, variance.sqrt()?], 1)
    }
}
