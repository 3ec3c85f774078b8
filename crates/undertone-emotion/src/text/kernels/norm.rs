//! Layer normalisation.

use pulp::Arch;

/// Scale and shift after normalising a row to mean 0 and variance 1.
#[derive(Debug, Clone)]
pub(crate) struct Norm {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) epsilon: f32,
}

impl Norm {
    /// Normalises every row of `x` `[rows, width]` where it lies.
    pub(crate) fn run(&self, x: &mut [f32]) {
        Arch::new().dispatch(|| {
            for row in x.chunks_exact_mut(self.weight.len()) {
                self.row(row);
            }
        });
    }

    #[inline(always)]
    fn row(&self, row: &mut [f32]) {
        let width = row.len() as f32;
        let mean = sum(row, |value| value) / width;
        let variance = sum(row, |value| (value - mean) * (value - mean)) / width;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
            *value = (*value - mean) * scale * weight + bias;
        }
    }
}

/// Sum of `of` over a row in sixteen strands: a single one could not use vectors.
#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = row.as_chunks::<16>();
    let mut strands = [0.0; 16];
    for block in blocks {
        for (strand, &value) in strands.iter_mut().zip(block) {
            *strand += of(value);
        }
    }
    strands.iter().sum::<f32>() + rest.iter().map(|&value| of(value)).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_leaves_with_the_wanted_mean_and_spread() {
        let norm = Norm { weight: vec![2.0; 37], bias: vec![1.0; 37], epsilon: 1e-12 };
        let mut x: Vec<f32> = (0..37).map(|i| (i * i % 11) as f32 * 3.0 - 4.0).collect();
        norm.run(&mut x);
        let mean = x.iter().sum::<f32>() / 37.0;
        let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 37.0;
        assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
    }
}
