//! What the prosody of a window adds to the network's judgement.

use super::OUTPUTS;
use undertone_dsp::Functionals;
use undertone_signal::FrontEnd;

/// A linear layer over the functionals of a window, computed on the CPU.
#[derive(Debug)]
pub(super) struct ProsodyLayer {
    mels: usize,
    columns: usize,
    functionals: Functionals,
    /// `[functionals, outputs]`, row-major.
    weight: Vec<f32>,
    bias: [f32; OUTPUTS],
    values: Vec<f32>,
}

impl ProsodyLayer {
    /// For windows as `front_end` has them; `weight` is `[functionals, outputs]`.
    pub(super) fn new(front_end: FrontEnd, weight: Vec<f32>, bias: [f32; OUTPUTS]) -> Self {
        let (mels, columns) = (front_end.mels, front_end.columns());
        let values = Vec::with_capacity(Functionals::COUNT);
        Self { mels, columns, functionals: Functionals::new(front_end), weight, bias, values }
    }

    /// Appends the bands of `window`, without its pitch, to `bands`, and to `told`
    /// what its prosody adds to each raw output.
    pub(super) fn read(&mut self, window: &[f32], bands: &mut Vec<f32>, told: &mut Vec<f32>) {
        for frame in window.chunks_exact(self.columns) {
            bands.extend_from_slice(&frame[..self.mels]);
        }
        self.functionals.measure(window, &mut self.values);
        self.tell(told);
    }

    /// Right after [`Self::read`] of the same `window`: appends to `told` what the
    /// prosody of its second look adds, whose first `frames` frames are new.
    pub(super) fn read_newest(&mut self, window: &[f32], frames: usize, told: &mut Vec<f32>) {
        self.functionals.measure_newest(window, frames, &mut self.values);
        self.tell(told);
    }

    fn tell(&self, told: &mut Vec<f32>) {
        let mut sums = self.bias;
        for (value, weights) in self.values.iter().zip(self.weight.chunks_exact(OUTPUTS)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
        told.extend(sums);
    }
}
