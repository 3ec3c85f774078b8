//! The linear layers over a window's prosody: their part of the scores, and contrast.

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
    /// One number a functional, if the file has them.
    contrast: Option<Vec<f32>>,
    values: Vec<f32>,
}

/// Outputs of the layers for one inference.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// Added to each raw output.
    pub(super) raw: [f32; OUTPUTS],
    /// See [`Scores::contrast`](undertone_signal::Scores::contrast).
    pub(super) contrast: Option<f32>,
}

impl ProsodyLayer {
    /// Layers for windows of `front_end`; `weight` is `[functionals, outputs]`, `contrast` one
    /// number a functional.
    pub(super) fn new(
        front_end: FrontEnd,
        weight: Vec<f32>,
        bias: [f32; OUTPUTS],
        contrast: Option<Vec<f32>>,
    ) -> Self {
        let (mels, columns) = (front_end.mels, front_end.columns());
        let values = Vec::with_capacity(Functionals::COUNT);
        let functionals = Functionals::new(front_end);
        Self { mels, columns, functionals, weight, bias, contrast, values }
    }

    /// Appends the bands of `window`, without its pitch, to `bands`; returns the outputs for
    /// its prosody.
    pub(super) fn read(&mut self, window: &[f32], bands: &mut Vec<f32>) -> Told {
        for frame in window.chunks_exact(self.columns) {
            bands.extend_from_slice(&frame[..self.mels]);
        }
        self.functionals.measure(window, &mut self.values);
        self.told()
    }

    /// The outputs for the second inference on the `window` of the last [`Self::read`], whose
    /// first `frames` frames are new.
    pub(super) fn read_newest(&mut self, window: &[f32], frames: usize) -> Told {
        self.functionals.measure_newest(window, frames, &mut self.values);
        self.told()
    }

    fn told(&self) -> Told {
        let mut raw = self.bias;
        for (value, weights) in self.values.iter().zip(self.weight.chunks_exact(OUTPUTS)) {
            for (sum, weight) in raw.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
        let contrast = self.contrast.as_ref().map(|weights| {
            self.values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
        });
        Told { raw, contrast }
    }
}
