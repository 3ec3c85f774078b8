//! 3×3 convolutions with bias and `ReLU`: one channel to many, and each channel to
//! itself.

use super::{Image, Same};
use crate::tile::PANEL;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// A convolution over images of one size, SAME padding.
#[derive(Debug, Clone)]
pub(crate) struct Convolution {
    /// `[10, channels]`: bias, then the kernel row by row; channels in whole panels.
    taps: Vec<f32>,
    pub(crate) channels: usize,
    pub(crate) h: Same,
    pub(crate) w: Same,
}

impl Convolution {
    /// `weight` `[9, c]` and `bias` `[c]`, for inputs of `height` × `width`.
    pub(crate) fn new(
        weight: &[f32],
        bias: &[f32],
        stride: usize,
        (height, width): (usize, usize),
    ) -> Self {
        let channels = bias.len().next_multiple_of(PANEL);
        let mut taps = Vec::with_capacity(10 * channels);
        for row in std::iter::once(bias).chain(weight.chunks_exact(bias.len().max(1))) {
            taps.extend_from_slice(row);
            taps.resize(taps.len().next_multiple_of(channels), 0.0);
        }
        Self { taps, channels, h: Same::new(height, stride), w: Same::new(width, stride) }
    }

    /// Rows `rows` of the result, each `[width, channels]`, to `out`, where one begins
    /// every `pitch` numbers. The image has one channel, seen by all, or as many as
    /// this convolution.
    pub(crate) fn run(&self, x: &Image, rows: Range<usize>, out: &mut [f32], pitch: usize) {
        pulp::Arch::new().dispatch(Run { op: self, x, rows, out, pitch });
    }

    /// Numbers a row of the result takes.
    pub(crate) const fn line(&self) -> usize {
        self.w.out * self.channels
    }
}

struct Run<'a> {
    op: &'a Convolution,
    x: &'a Image,
    rows: Range<usize>,
    out: &'a mut [f32],
    pitch: usize,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { op: Convolution { taps, channels, h, w }, x, rows, out, pitch } = self;
        let (taps, _) = S::as_simd_f32s(taps);
        let (out, _) = S::as_mut_simd_f32s(out);
        let vectors = channels / S::F32_LANES;
        for (y, out) in rows.zip(out.chunks_mut(pitch / S::F32_LANES)) {
            let out = &mut out[..w.out * vectors];
            // The border is one wide; where nothing is padded before, it is stepped over.
            let first = y * h.stride + 1 - h.before;
            let line = |line: usize| {
                let line = &x.data[(first + line) * x.pitch()..][..x.pitch()];
                &line[(1 - w.before) * x.channels..]
            };
            let lines = [line(0), line(1), line(2)];
            for vector in 0..vectors {
                let weights: [S::f32s; 10] =
                    std::array::from_fn(|tap| taps[tap * vectors + vector]);
                let cells = out[vector..].iter_mut().step_by(vectors);
                if x.channels == 1 {
                    one_to_many(simd, &weights, lines, w.stride, cells);
                } else {
                    let from = |line| &S::as_simd_f32s(line).0[vector..];
                    let lines = [from(lines[0]), from(lines[1]), from(lines[2])];
                    each_to_itself(simd, &weights, lines, w.stride, vectors, cells);
                }
            }
        }
    }
}

/// One line of outputs of one vector of channels, all of which see the same input.
#[inline(always)]
fn one_to_many<'a, S: Simd>(
    simd: S,
    weights: &[S::f32s; 10],
    lines: [&[f32]; 3],
    stride: usize,
    cells: impl Iterator<Item = &'a mut S::f32s>,
) where
    S::f32s: 'a,
{
    for (x, cell) in cells.enumerate() {
        let mut sum = weights[0];
        for (line, weights) in lines.iter().zip(weights[1..].chunks_exact(3)) {
            for (&input, &weight) in line[x * stride..][..3].iter().zip(weights) {
                sum = simd.mul_add_e_f32s(simd.splat_f32s(input), weight, sum);
            }
        }
        *cell = simd.max_f32s(sum, simd.splat_f32s(0.0));
    }
}

/// One line of outputs of one vector of channels; `lines` begin at that vector.
#[inline(always)]
fn each_to_itself<'a, S: Simd>(
    simd: S,
    weights: &[S::f32s; 10],
    lines: [&[S::f32s]; 3],
    stride: usize,
    vectors: usize,
    cells: impl Iterator<Item = &'a mut S::f32s>,
) where
    S::f32s: 'a,
{
    for (x, cell) in cells.enumerate() {
        let mut sum = weights[0];
        for (line, weights) in lines.iter().zip(weights[1..].chunks_exact(3)) {
            let inputs = &line[x * stride * vectors..][..=2 * vectors];
            for (tap, &weight) in weights.iter().enumerate() {
                sum = simd.mul_add_e_f32s(inputs[tap * vectors], weight, sum);
            }
        }
        *cell = simd.max_f32s(sum, simd.splat_f32s(0.0));
    }
}
