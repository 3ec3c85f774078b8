//! The encoder in candle's operations: any device, padded batches.

use super::Config;
use super::batch::{Judgement, TokenBatch};
use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{
    Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear, ops,
};

/// The same network as [`super::encoder::Encoder`]; a test compares both.
#[derive(Debug, Clone)]
pub(super) struct PlainEncoder {
    word: Embedding,
    position: Embedding,
    kind: Embedding,
    norm: LayerNorm,
    layers: Vec<Layer>,
    heads: Linear,
    embed: Linear,
    device: Device,
}

#[derive(Debug, Clone)]
struct Layer {
    qkv: Linear,
    out: Linear,
    out_norm: LayerNorm,
    up: Linear,
    down: Linear,
    down_norm: LayerNorm,
    heads: usize,
}

impl PlainEncoder {
    /// Takes the weights from `vb`, on its device.
    ///
    /// # Errors
    /// candle's, if a tensor is missing or has another shape.
    pub(super) fn load(config: &Config, vb: &VarBuilder) -> Result<Self> {
        let width = config.width;
        let layers = (0..config.layers).map(|i| Layer::load(config, &vb.pp("layers").pp(i)));
        Ok(Self {
            word: embedding(config.pieces, width, vb.pp("word"))?,
            position: embedding(config.tokens, width, vb.pp("position"))?,
            kind: embedding(2, width, vb.pp("kind"))?,
            norm: layer_norm(width, f64::from(config.epsilon), vb.pp("norm"))?,
            layers: layers.collect::<Result<_>>()?,
            heads: linear(3 * width, config.outputs(), vb.pp("heads"))?,
            embed: linear(width, width, vb.pp("embed"))?,
            device: vb.device().clone(),
        })
    }

    /// One output an utterance.
    ///
    /// # Errors
    /// candle's, if the device fails.
    pub(super) fn forward(&self, batch: &TokenBatch) -> Result<Vec<Judgement>> {
        let count = batch.lengths.len();
        let longest = batch.lengths.iter().copied().max().unwrap_or(0);
        let ids = self.padded(batch, longest, batch.ids.iter().copied())?;
        let kinds = self.padded(batch, longest, batch.kinds.iter().map(|&kind| u32::from(kind)))?;
        let mask = self.padded(batch, longest, batch.ids.iter().map(|_| 1))?;
        let mask = mask.to_dtype(DType::F32)?;
        let positions = Tensor::arange(0, longest as u32, &self.device)?;
        let sum = (self.word.forward(&ids)? + self.kind.forward(&kinds)?)?;
        let sum = sum.broadcast_add(&self.position.forward(&positions)?)?;
        let mut hidden = self.norm.forward(&sum)?;
        // What is no token gets no attention.
        let bias = ((&mask - 1.0)? * 1e9)?.reshape((count, 1, 1, longest))?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &bias)?;
        }
        let weight = mask.unsqueeze(2)?;
        let mean = hidden.broadcast_mul(&weight)?.sum(1)?.broadcast_div(&weight.sum(1)?)?;
        let top = hidden.broadcast_add(&((&weight - 1.0)? * 1e9)?)?.max(1)?;
        let first = hidden.narrow(1, 0, 1)?.squeeze(1)?;
        let logits = self.heads.forward(&Tensor::cat(&[&first, &mean, &top], 1)?)?.to_vec2()?;
        let embeddings = self.embed.forward(&mean)?.to_vec2::<f32>()?;
        let rows = logits.iter().zip(&embeddings);
        Ok(rows.map(|(logits, embedding)| Judgement::new(logits, embedding)).collect())
    }

    /// `[utterances, longest]`, padded with zeros.
    fn padded(
        &self,
        batch: &TokenBatch,
        longest: usize,
        mut values: impl Iterator<Item = u32>,
    ) -> Result<Tensor> {
        let mut all = Vec::with_capacity(batch.lengths.len() * longest);
        for &length in &batch.lengths {
            all.extend(values.by_ref().take(length));
            all.resize(all.len() + longest - length, 0);
        }
        Tensor::from_vec(all, (batch.lengths.len(), longest), &self.device)
    }
}

impl Layer {
    fn load(config: &Config, vb: &VarBuilder) -> Result<Self> {
        let (width, epsilon) = (config.width, f64::from(config.epsilon));
        Ok(Self {
            qkv: linear(width, 3 * width, vb.pp("qkv"))?,
            out: linear(width, width, vb.pp("out"))?,
            out_norm: layer_norm(width, epsilon, vb.pp("out_norm"))?,
            up: linear(width, config.inner, vb.pp("up"))?,
            down: linear(config.inner, width, vb.pp("down"))?,
            down_norm: layer_norm(width, epsilon, vb.pp("down_norm"))?,
            heads: config.heads,
        })
    }

    fn forward(&self, hidden: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let attended = self.attend(&self.qkv.forward(hidden)?, bias)?;
        let hidden = self.out_norm.forward(&(self.out.forward(&attended)? + hidden)?)?;
        let inner = self.up.forward(&hidden)?.gelu_erf()?;
        self.down_norm.forward(&(self.down.forward(&inner)? + hidden)?)
    }

    fn attend(&self, qkv: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let (count, length, wide) = qkv.dims3()?;
        let size = wide / 3 / self.heads;
        let parts = qkv.reshape((count, length, 3, self.heads, size))?;
        let part = |i| parts.narrow(2, i, 1)?.squeeze(2)?.transpose(1, 2)?.contiguous();
        let (query, key, value): (Tensor, Tensor, Tensor) = (part(0)?, part(1)?, part(2)?);
        let scores = (query.matmul(&key.t()?.contiguous()?)? / (size as f64).sqrt())?;
        let shares = ops::softmax(&scores.broadcast_add(bias)?, D::Minus1)?;
        shares.matmul(&value)?.transpose(1, 2)?.reshape((count, length, wide / 3))
    }
}
