//! The network itself.

use super::layers::{Dense, Depthwise, Path, Pool, Stem};
use super::{Block, Config};
use candle_core::{DType, Result, Tensor};
use candle_nn::{VarBuilder, ops};
use undertone_signal::Tone;

/// Numbers a window is judged by: seven tones, arousal, valence.
pub const OUTPUTS: usize = Tone::ALL.len() + 2;

/// A loaded network. Cheap to clone: weights are shared.
#[derive(Debug, Clone)]
pub struct AcousticNet {
    stem: Stem,
    blocks: Vec<(Depthwise, Dense)>,
    proj: Dense,
    pool: Pool,
    hidden: Dense,
    out: Dense,
    path: Path,
    dtype: DType,
}

impl AcousticNet {
    /// Takes the weights named by [`Config::tensors`] from `vb`, in its type and
    /// on its device. On the CPU f32 is the fast one.
    ///
    /// # Errors
    /// candle's, if a tensor is missing or has another shape.
    pub fn load(config: &Config, vb: &VarBuilder) -> Result<Self> {
        Self::load_as(config, vb, Path::for_weights(vb.device(), vb.dtype()))
    }

    pub(super) fn load_as(config: &Config, vb: &VarBuilder, path: Path) -> Result<Self> {
        let mut blocks = Vec::with_capacity(config.blocks.len());
        let mut channels = config.stem;
        for (i, &Block(out, stride)) in config.blocks.iter().enumerate() {
            let vb = vb.pp("blocks").pp(i);
            let depthwise = Depthwise::load(&vb.pp("dw"), channels, stride, path)?;
            blocks.push((depthwise, Dense::load(&vb.pp("pw"), channels, out, true, path)?));
            channels = out;
        }
        let dense = |name: &str, inputs, outputs, relu| {
            Dense::load(&vb.pp(name), inputs, outputs, relu, path)
        };
        Ok(Self {
            stem: Stem::load(&vb.pp("stem"), config.stem, path)?,
            blocks,
            proj: dense("proj", config.flattened(), config.proj, true)?,
            pool: Pool::load(&vb.pp("att"), config.proj, path)?,
            hidden: dense("hidden", 2 * config.proj, config.hidden, true)?,
            out: dense("out", config.hidden, OUTPUTS, false)?,
            path,
            dtype: vb.dtype(),
        })
    }

    /// Raw outputs `[batch, 9]`, f32, of windows `[batch, frames, mels]`: seven
    /// logits in the order of [`Tone::ALL`], arousal, valence; see
    /// [`activate`](Self::activate).
    ///
    /// # Errors
    /// candle's, if the input does not fit the network or the device fails.
    pub fn forward(&self, windows: &Tensor) -> Result<Tensor> {
        let windows = windows.to_dtype(self.dtype)?;
        if windows.dim(0)? == 0 {
            return Tensor::zeros((0, OUTPUTS), DType::F32, windows.device());
        }
        let pooled = match self.path {
            Path::Plain => self.pooled(&windows)?,
            // Window by window everything a layer writes is still in the second-level
            // cache when the next one reads it.
            Path::Kernels => {
                let windows = windows.chunk(windows.dim(0)?, 0)?;
                let pooled: Result<Vec<_>> = windows.iter().map(|one| self.pooled(one)).collect();
                Tensor::cat(&pooled?, 0)?
            }
        };
        let hidden = self.hidden.forward(&pooled.to_dtype(self.dtype)?)?;
        self.out.forward(&hidden)?.to_dtype(DType::F32)
    }

    fn pooled(&self, windows: &Tensor) -> Result<Tensor> {
        let mut x = self.stem.forward(windows)?;
        for (depthwise, pointwise) in &self.blocks {
            x = pointwise.forward(&depthwise.forward(&x)?)?;
        }
        let x = self.proj.forward(&x.flatten_from(2)?)?;
        self.pool.forward(&x)
    }

    /// Turns raw outputs `[batch, 9]` into probabilities, and arousal and valence
    /// in −1..1.
    ///
    /// # Errors
    /// candle's, if the shape is another.
    pub fn activate(raw: &Tensor) -> Result<Tensor> {
        let tones = ops::softmax(&raw.narrow(1, 0, Tone::ALL.len())?, 1)?;
        let rest = raw.narrow(1, Tone::ALL.len(), OUTPUTS - Tone::ALL.len())?.tanh()?;
        Tensor::cat(&[tones, rest], 1)
    }
}

#[cfg(test)]
mod tests;
