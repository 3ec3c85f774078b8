//! Attentive statistics pooling over time.

use super::contiguous;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, bail};

/// `[batch, time, p]` and attention `[p + 1]` (weights, then bias) →
/// `[batch, 2p]`: weighted means, then weighted standard deviations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttentivePool;

impl AttentivePool {
    /// Keeps the deviation of a constant away from the root's steep foot.
    pub(crate) const MIN_VARIANCE: f64 = 1e-6;
}

impl CustomOp2 for AttentivePool {
    fn name(&self) -> &'static str {
        "attentive-pool"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        attention: &CpuStorage,
        attention_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, time, p) = x_layout.shape().dims3()?;
        let x = contiguous(self.name(), x, x_layout)?;
        let attention = contiguous(self.name(), attention, attention_layout)?;
        let (weights, bias) = match attention.split_last() {
            Some((&bias, weights)) if weights.len() == p && p > 0 && time > 0 => (weights, bias),
            _ => bail!("attentive-pool: {p} inputs do not fit {} weights", attention.len()),
        };
        let mut out = vec![0.0; batch * 2 * p];
        let mut shares = vec![0.0; time];
        for (frames, out) in x.chunks_exact(time * p).zip(out.chunks_exact_mut(2 * p)) {
            attend(frames, weights, bias, &mut shares);
            statistics(frames, &shares, out);
        }
        Ok((CpuStorage::F32(out), Shape::from((batch, 2 * p))))
    }
}

/// The softmax over time of each frame's dot product with `weights`.
fn attend(frames: &[f32], weights: &[f32], bias: f32, shares: &mut [f32]) {
    for (frame, share) in frames.chunks_exact(weights.len()).zip(shares.iter_mut()) {
        *share = bias + frame.iter().zip(weights).map(|(x, w)| x * w).sum::<f32>();
    }
    let top = shares.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for share in shares.iter_mut() {
        *share = (*share - top).exp();
        total += *share;
    }
    for share in shares.iter_mut() {
        *share /= total;
    }
}

fn statistics(frames: &[f32], shares: &[f32], out: &mut [f32]) {
    let (mean, spread) = out.split_at_mut(out.len() / 2);
    for (frame, &share) in frames.chunks_exact(mean.len()).zip(shares) {
        for ((&x, mean), square) in frame.iter().zip(mean.iter_mut()).zip(spread.iter_mut()) {
            *mean += share * x;
            *square += share * x * x;
        }
    }
    for (mean, square) in mean.iter().zip(spread) {
        *square = (*square - mean * mean).max(AttentivePool::MIN_VARIANCE as f32).sqrt();
    }
}
