//! The inner loop of both 3×3 convolutions: nine rows of channels, each times its
//! weights.

use pulp::Simd;

/// Weights of a 3×3 convolution over `c` channels, `[10, c]`: bias, then the kernel
/// row by row.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a> {
    bias: &'a [f32],
    weights: [&'a [f32]; 9],
}

impl<'a> Taps<'a> {
    #[inline(always)]
    pub(super) fn new(taps: &'a [f32], c: usize) -> Self {
        let (bias, rest) = taps.split_at(c);
        let mut weights = [bias; 9];
        for (weight, row) in weights.iter_mut().zip(rest.chunks_exact(c)) {
            *weight = row;
        }
        Self { bias, weights }
    }

    /// `out[c] = relu(bias[c] + Σ inputs[tap][c] · weights[tap][c])`
    #[inline(always)]
    pub(super) fn each_times_its_own<S: Simd>(
        &self,
        simd: S,
        inputs: &[&[f32]; 9],
        out: &mut [f32],
    ) {
        let zero = simd.splat_f32s(0.0);
        let (out, out_tail) = S::as_mut_simd_f32s(out);
        let (bias, bias_tail) = S::as_simd_f32s(self.bias);
        let (weights, weight_tails) = split::<S>(&self.weights, out.len());
        let (inputs, input_tails) = split::<S>(inputs, out.len());
        for (i, (out, &bias)) in out.iter_mut().zip(bias).enumerate() {
            let mut sum = bias;
            for tap in 0..9 {
                sum = simd.mul_add_e_f32s(inputs[tap][i], weights[tap][i], sum);
            }
            *out = simd.max_f32s(sum, zero);
        }
        if !out_tail.is_empty() {
            let mut sum = simd.partial_load_f32s(bias_tail);
            for tap in 0..9 {
                let input = simd.partial_load_f32s(input_tails[tap]);
                let weight = simd.partial_load_f32s(weight_tails[tap]);
                sum = simd.mul_add_e_f32s(input, weight, sum);
            }
            simd.partial_store_f32s(out_tail, simd.max_f32s(sum, zero));
        }
    }

    /// `out[c] = relu(bias[c] + Σ inputs[tap] · weights[tap][c])`
    #[inline(always)]
    pub(super) fn all_times_one<S: Simd>(&self, simd: S, inputs: &[f32; 9], out: &mut [f32]) {
        let zero = simd.splat_f32s(0.0);
        let mut values = [zero; 9];
        for (value, &input) in values.iter_mut().zip(inputs) {
            *value = simd.splat_f32s(input);
        }
        let (out, out_tail) = S::as_mut_simd_f32s(out);
        let (bias, bias_tail) = S::as_simd_f32s(self.bias);
        let (weights, weight_tails) = split::<S>(&self.weights, out.len());
        for (i, (out, &bias)) in out.iter_mut().zip(bias).enumerate() {
            let mut sum = bias;
            for tap in 0..9 {
                sum = simd.mul_add_e_f32s(values[tap], weights[tap][i], sum);
            }
            *out = simd.max_f32s(sum, zero);
        }
        if !out_tail.is_empty() {
            let mut sum = simd.partial_load_f32s(bias_tail);
            for tap in 0..9 {
                let weight = simd.partial_load_f32s(weight_tails[tap]);
                sum = simd.mul_add_e_f32s(values[tap], weight, sum);
            }
            simd.partial_store_f32s(out_tail, simd.max_f32s(sum, zero));
        }
    }
}

/// Each row as `whole` vectors and what remains.
#[inline(always)]
fn split<'a, S: Simd>(rows: &[&'a [f32]; 9], whole: usize) -> ([&'a [S::f32s]; 9], [&'a [f32]; 9]) {
    let mut heads: [&[S::f32s]; 9] = [&[]; 9];
    let mut tails: [&[f32]; 9] = [&[]; 9];
    for tap in 0..9 {
        let (head, tail) = S::as_simd_f32s(rows[tap]);
        heads[tap] = &head[..whole];
        tails[tap] = tail;
    }
    (heads, tails)
}
