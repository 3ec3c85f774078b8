//! CPU kernels of the network's layers: f32, channels last, one thread.
//!
//! candle's grouped convolution is slow and its matrix product would wake the
//! thread pool for every layer of a single window. These run on the calling
//! thread, use the machine's vectors whatever the build was made for, and add in
//! an order fixed by the layer alone, so that a window scores the same in any
//! batch.

// What is not inlined into the dispatched function is compiled for the oldest
// machine, not for its vectors.
#![allow(clippy::inline_always)]

mod dense;
mod depthwise;
mod pool;
mod stem;
mod taps;

pub(super) use dense::{Dense, pack};
pub(super) use depthwise::Depthwise;
pub(super) use pool::AttentivePool;
pub(super) use stem::Stem;

use candle_core::{CpuStorage, Layout, Result, bail};

/// The numbers of a contiguous f32 tensor.
fn contiguous<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let numbers = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&numbers[start..end]),
        None => bail!("{op}: input is not contiguous"),
    }
}

/// A 3×3 window over an axis with TensorFlow's SAME padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Same {
    pub(super) size: usize,
    pub(super) out: usize,
    pub(super) stride: usize,
    /// Zeros before the first element.
    pub(super) before: usize,
}

impl Same {
    pub(super) fn new(size: usize, stride: usize) -> Self {
        let out = size.div_ceil(stride);
        let padded = (out.max(1) - 1) * stride + 3;
        Self { size, out, stride, before: padded.saturating_sub(size) / 2 }
    }

    /// Input position of tap `tap` at output `out`, `None` in the padding.
    fn input(self, out: usize, tap: usize) -> Option<usize> {
        (out * self.stride + tap).checked_sub(self.before).filter(|&at| at < self.size)
    }
}
