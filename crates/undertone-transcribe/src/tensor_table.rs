//! The tensors of a Whisper model of a given shape.
//!
//! Names and shapes as `whisper_model_load` in whisper.cpp creates them.

use crate::Shape;
use crate::ggml::{F16, F32, Format};
use std::collections::BTreeMap;

/// The expected header of one tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Its dimensions, fastest first; the missing ones are 1.
    pub(crate) dims: [u64; 3],
    /// Its number format.
    pub(crate) format: Format,
}

impl Expected {
    /// Bytes of its data, where its rows are whole blocks.
    pub(crate) fn bytes(self) -> Option<u64> {
        let [row, columns, planes] = self.dims;
        self.format.size(row, columns * planes)
    }
}

/// Collects the expected tensors of one model.
struct Table {
    weights: Format,
    width: u64,
    tensors: BTreeMap<String, Expected>,
}

impl Table {
    fn add(&mut self, name: String, dims: [u64; 3], format: Format) {
        self.tensors.insert(name, Expected { dims, format });
    }

    fn vector(&mut self, name: String, length: u64) {
        self.add(name, [length, 1, 1], F32);
    }

    fn norm(&mut self, prefix: &str) {
        self.vector(format!("{prefix}.weight"), self.width);
        self.vector(format!("{prefix}.bias"), self.width);
    }

    fn linear(&mut self, prefix: &str, from: u64, to: u64) {
        self.add(format!("{prefix}.weight"), [from, to, 1], self.weights);
        self.vector(format!("{prefix}.bias"), to);
    }

    fn attention(&mut self, prefix: &str) {
        let width = self.width;
        self.norm(&format!("{prefix}_ln"));
        for part in ["query", "value", "out"] {
            self.linear(&format!("{prefix}.{part}"), width, width);
        }
        self.add(format!("{prefix}.key.weight"), [width, width, 1], self.weights);
    }

    fn block(&mut self, prefix: &str, crossed: bool) {
        self.attention(&format!("{prefix}.attn"));
        if crossed {
            self.attention(&format!("{prefix}.cross_attn"));
        }
        self.norm(&format!("{prefix}.mlp_ln"));
        self.linear(&format!("{prefix}.mlp.0"), self.width, 4 * self.width);
        self.linear(&format!("{prefix}.mlp.2"), 4 * self.width, self.width);
    }

    fn convolution(&mut self, prefix: &str, channels: u64) {
        self.add(format!("{prefix}.weight"), [3, channels, self.width], F16);
        self.add(format!("{prefix}.bias"), [1, self.width, 1], F32);
    }
}

/// Every tensor of a model of this `shape` whose matrices are stored as `weights`.
pub(crate) fn expected(shape: &Shape, weights: Format) -> BTreeMap<String, Expected> {
    let width = u64::from(shape.width);
    let mut table = Table { weights, width, tensors: BTreeMap::new() };
    let positions = |length: u32| [width, u64::from(length), 1];
    table.add("encoder.positional_embedding".into(), positions(shape.audio_context), F32);
    table.add("decoder.positional_embedding".into(), positions(shape.text_context), F32);
    let words = [width, u64::from(shape.vocabulary), 1];
    table.add("decoder.token_embedding.weight".into(), words, weights);
    table.convolution("encoder.conv1", u64::from(shape.mels));
    table.convolution("encoder.conv2", width);
    for layer in 0..shape.audio_layers {
        table.block(&format!("encoder.blocks.{layer}"), false);
    }
    table.norm("encoder.ln_post");
    for layer in 0..shape.text_layers {
        table.block(&format!("decoder.blocks.{layer}"), true);
    }
    table.norm("decoder.ln");
    table.tensors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_as_many_tensors_as_whisper_cpp_counts() {
        let shape = Shape { audio_layers: 6, text_layers: 6, ..Shape::tiny_for_tests() };
        // 15 per encoder block, 24 per decoder block, ten around them, less the
        // key biases that Whisper has not.
        let tensors = expected(&shape, F16);
        assert_eq!(tensors.len(), 11 + 15 * 6 + 24 * 6);
    }
}
