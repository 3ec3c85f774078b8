//! The encoder on the CPU: BERT over packed sentences with kernels of our own.

use super::Config;
use super::batch::{Judgement, TokenBatch};
use super::kernels::{Attention, Dense, Finish, Norm, attend};
use super::weights::{LayerWeights, Linear, Table, Weights};

/// BERT ([arXiv:1810.04805](https://arxiv.org/abs/1810.04805)) with its heads.
/// Batches are packed, not padded: the cost of a sentence is that of its tokens.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    word: Table,
    position: Vec<f32>,
    kind: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    heads: Dense,
    embed: Dense,
    attention_heads: usize,
    space: Space,
}

#[derive(Debug, Clone)]
struct Layer {
    qkv: Dense,
    out: Dense,
    out_norm: Norm,
    up: Dense,
    down: Dense,
    down_norm: Norm,
}

/// Working space, reused between calls.
#[derive(Debug, Clone, Default)]
struct Space {
    hidden: Vec<f32>,
    wide: Vec<f32>,
    attended: Vec<f32>,
    panel: Vec<f32>,
    attention: Attention,
}

impl Encoder {
    /// Packs checked weights for the kernels.
    pub(super) fn new(config: &Config, weights: Weights) -> Self {
        let layers = weights.layers.into_iter().map(Layer::new).collect();
        Self {
            word: weights.word,
            position: weights.position,
            kind: weights.kind,
            norm: weights.norm,
            layers,
            heads: dense(&weights.heads),
            embed: dense(&weights.embed),
            attention_heads: config.heads,
            space: Space::default(),
        }
    }

    /// One output for each utterance of a batch that fits the model
    /// ([`TokenBatch::check`]).
    pub(super) fn forward(&mut self, batch: &TokenBatch) -> Vec<Judgement> {
        let mut space = std::mem::take(&mut self.space);
        self.embeddings(batch, &mut space.hidden);
        for layer in &self.layers {
            layer.run(&batch.lengths, self.attention_heads, &mut space);
        }
        let judged = self.judge(&batch.lengths, &mut space);
        self.space = space;
        judged
    }

    fn embeddings(&self, batch: &TokenBatch, hidden: &mut Vec<f32>) {
        let width = self.norm.weight.len();
        hidden.resize(batch.ids.len() * width, 0.0);
        let tokens = batch.ids.iter().zip(&batch.kinds).zip(batch.positions());
        for (((&id, &kind), position), row) in tokens.zip(hidden.chunks_exact_mut(width)) {
            self.word.row(id as usize, row);
            let position = &self.position[position * width..][..width];
            let kind = &self.kind[usize::from(kind) * width..][..width];
            for ((cell, a), b) in row.iter_mut().zip(position).zip(kind) {
                *cell += a + b;
            }
        }
        self.norm.run(hidden);
    }

    /// The heads read `[CLS]`, the mean and the maximum; the embedding the mean.
    fn judge(&self, lengths: &[usize], space: &mut Space) -> Vec<Judgement> {
        let width = self.norm.weight.len();
        let count = lengths.len();
        let mut pooled = vec![0.0; count * 3 * width];
        let mut means = vec![0.0; count * width];
        let mut rest = space.hidden.as_slice();
        let rows = pooled.chunks_exact_mut(3 * width).zip(means.chunks_exact_mut(width));
        for (&length, (pooled, mean)) in lengths.iter().zip(rows) {
            let (sentence, after) = rest.split_at(length * width);
            rest = after;
            pool(sentence, pooled);
            mean.copy_from_slice(&pooled[width..2 * width]);
        }
        let outputs = self.heads.outputs();
        let mut logits = vec![0.0; count * outputs];
        self.heads.run(&pooled, Finish::Store, &mut space.panel, &mut logits);
        let mut embeddings = vec![0.0; count * width];
        self.embed.run(&means, Finish::Store, &mut space.panel, &mut embeddings);
        let rows = logits.chunks_exact(outputs).zip(embeddings.chunks_exact(width));
        rows.map(|(logits, embedding)| Judgement::new(logits, embedding)).collect()
    }
}

/// First row, mean and maximum over the rows of a sentence, one after the other.
fn pool(sentence: &[f32], pooled: &mut [f32]) {
    let width = pooled.len() / 3;
    let (first, rest) = pooled.split_at_mut(width);
    let (mean, top) = rest.split_at_mut(width);
    first.copy_from_slice(&sentence[..width]);
    mean.fill(0.0);
    top.fill(f32::NEG_INFINITY);
    for row in sentence.chunks_exact(width) {
        for ((mean, top), &value) in mean.iter_mut().zip(top.iter_mut()).zip(row) {
            *mean += value;
            *top = top.max(value);
        }
    }
    let length = (sentence.len() / width) as f32;
    for mean in mean {
        *mean /= length;
    }
}

fn dense(layer: &Linear) -> Dense {
    Dense::new(&layer.codes, &layer.scales, &layer.biases)
}

impl Layer {
    fn new(weights: LayerWeights) -> Self {
        Self {
            qkv: dense(&weights.qkv),
            out: dense(&weights.out),
            out_norm: weights.out_norm,
            up: dense(&weights.up),
            down: dense(&weights.down),
            down_norm: weights.down_norm,
        }
    }

    fn run(&self, lengths: &[usize], heads: usize, space: &mut Space) {
        let Space { hidden, wide, attended, panel, attention } = space;
        let width = self.out_norm.weight.len();
        let tokens = hidden.len() / width;
        wide.resize(tokens * self.qkv.outputs(), 0.0);
        attended.resize(tokens * width, 0.0);
        self.qkv.run(hidden, Finish::Store, panel, wide);
        attend(wide, lengths, heads, attention, attended);
        self.out.run(attended, Finish::Add, panel, hidden);
        self.out_norm.run(hidden);
        wide.resize(tokens * self.up.outputs(), 0.0);
        self.up.run(hidden, Finish::Gelu, panel, wide);
        self.down.run(wide, Finish::Add, panel, hidden);
        self.down_norm.run(hidden);
    }
}
