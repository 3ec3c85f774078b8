//! The network in candle's operations, and the activation of its outputs.

use super::layers::{Convolution, Dense, Pool};
use super::{Block, Config};
use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use undertone_signal::Tone;

/// Outputs for a window: seven tones, arousal, valence.
pub const OUTPUTS: usize = Tone::ALL.len() + 2;

/// Turns raw outputs into probabilities, and arousal and valence in −1..1.
pub fn activate(raw: [f32; OUTPUTS]) -> [f32; OUTPUTS] {
    let (logits, _) = raw.split_at(Tone::ALL.len());
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
    std::array::from_fn(|i| match logits.get(i) {
        Some(logit) => (logit - top).exp() / total,
        None => raw[i].tanh(),
    })
}

/// A loaded network for any device and type. Cheap to clone: weights are shared.
/// On the CPU [`CpuNet`](super::CpuNet) is faster.
#[derive(Debug, Clone)]
pub struct AcousticNet {
    stem: Convolution,
    blocks: Vec<(Convolution, Dense)>,
    proj: Dense,
    pool: Pool,
    hidden: Dense,
    out: Dense,
    dtype: DType,
}

impl AcousticNet {
    /// Takes the weights named by [`Config::tensors`] from `vb`, in its type and
    /// on its device.
    ///
    /// # Errors
    /// candle's, if a tensor is missing or has another shape.
    pub fn load(config: &Config, vb: &VarBuilder) -> Result<Self> {
        let mut blocks = Vec::with_capacity(config.blocks.len());
        let mut channels = config.stem;
        for (i, &Block(out, stride)) in config.blocks.iter().enumerate() {
            let vb = vb.pp("blocks").pp(i);
            let depthwise = Convolution::load(&vb.pp("dw"), channels, stride)?;
            blocks.push((depthwise, Dense::load(&vb.pp("pw"), channels, out, true)?));
            channels = out;
        }
        Ok(Self {
            stem: Convolution::load(&vb.pp("stem"), config.stem, 2)?,
            blocks,
            proj: Dense::load(&vb.pp("proj"), config.flattened(), config.proj, true)?,
            pool: Pool::load(&vb.pp("att"), config.proj)?,
            hidden: Dense::load(&vb.pp("hidden"), 2 * config.proj, config.hidden, true)?,
            out: Dense::load(&vb.pp("out"), config.hidden, OUTPUTS, false)?,
            dtype: vb.dtype(),
        })
    }

    /// Raw outputs `[batch, 9]`, f32, of windows `[batch, frames, mels]`: seven
    /// logits in the order of [`Tone::ALL`], arousal, valence; see [`activate`].
    ///
    /// # Errors
    /// candle's, if the input does not fit the network or the device fails.
    pub fn forward(&self, windows: &Tensor) -> Result<Tensor> {
        let windows = windows.to_dtype(self.dtype)?;
        if windows.dim(0)? == 0 {
            return Tensor::zeros((0, OUTPUTS), DType::F32, windows.device());
        }
        let mut x = self.stem.forward(&windows.unsqueeze(3)?)?;
        for (depthwise, pointwise) in &self.blocks {
            x = pointwise.forward(&depthwise.forward(&x)?)?;
        }
        let pooled = self.pool.forward(&self.proj.forward(&x.flatten_from(2)?)?)?;
        let hidden = self.hidden.forward(&pooled.to_dtype(self.dtype)?)?;
        self.out.forward(&hidden)?.to_dtype(DType::F32)
    }
}

#[cfg(test)]
mod tests;
