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

mod convolution;
mod dense;
mod image;
mod pool;

pub(super) use convolution::Convolution;
pub(super) use dense::Dense;
pub(super) use image::Image;
pub(super) use pool::{MIN_VARIANCE, Pool};

/// A 3×3 window over an axis with TensorFlow's SAME padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Same {
    pub(super) size: usize,
    pub(super) out: usize,
    pub(super) stride: usize,
    /// Zeros before the first element, at most one; after the last there is one at most.
    pub(super) before: usize,
}

impl Same {
    pub(super) fn new(size: usize, stride: usize) -> Self {
        let out = size.div_ceil(stride);
        let padded = (out.max(1) - 1) * stride + 3;
        Self { size, out, stride, before: padded.saturating_sub(size) / 2 }
    }

    /// How many of the first outputs look at any of the first `inputs`.
    pub(super) fn reached(self, inputs: usize) -> usize {
        if inputs == 0 { 0 } else { (inputs + self.before).div_ceil(self.stride).min(self.out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_is_what_taps_touch() {
        for (size, stride) in [(1, 1), (1, 2), (7, 1), (7, 2), (8, 2), (198, 2)] {
            let same = Same::new(size, stride);
            for inputs in 0..=size {
                let touches = |o: usize| {
                    (0..3).any(|tap| {
                        (o * stride + tap).checked_sub(same.before).is_some_and(|at| at < inputs)
                    })
                };
                assert_eq!(same.reached(inputs), (0..same.out).filter(|o| touches(*o)).count());
            }
        }
    }
}
