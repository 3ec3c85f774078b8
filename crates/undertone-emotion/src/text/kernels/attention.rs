//! Self-attention inside each sentence of a packed batch.

use super::exp;
use pulp::Arch;

/// Working space of [`attend`], reused between calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attention {
    /// Keys of one head, `[width, tokens]`: then scores are sums of whole rows.
    keys: Vec<f32>,
    scores: Vec<f32>,
}

/// For each sentence (`lengths` tokens in a row) and head: softmax(q·kᵀ/√d)·v.
/// `qkv` is `[tokens, 3 · width]`, `out` `[tokens, width]`.
pub(crate) fn attend(
    qkv: &[f32],
    lengths: &[usize],
    heads: usize,
    space: &mut Attention,
    out: &mut [f32],
) {
    let tokens: usize = lengths.iter().sum();
    let width = out.len() / tokens.max(1);
    Arch::new().dispatch(|| {
        let mut first = 0;
        for &length in lengths {
            let qkv = &qkv[first * 3 * width..][..length * 3 * width];
            let out = &mut out[first * width..][..length * width];
            for head in 0..heads {
                one_head(qkv, width, head * (width / heads), width / heads, space, out);
            }
            first += length;
        }
    });
}

/// The head whose columns begin at `column`.
#[inline(always)]
fn one_head(
    qkv: &[f32],
    width: usize,
    column: usize,
    size: usize,
    space: &mut Attention,
    out: &mut [f32],
) {
    let length = out.len() / width;
    let row = |token: usize, part: usize| &qkv[(token * 3 + part) * width + column..][..size];
    space.keys.resize(size * length, 0.0);
    for token in 0..length {
        for (i, &key) in row(token, 1).iter().enumerate() {
            space.keys[i * length + token] = key;
        }
    }
    space.scores.resize(length, 0.0);
    let scale = 1.0 / (size as f32).sqrt();
    for token in 0..length {
        let scores = &mut space.scores[..length];
        scores.fill(0.0);
        for (&query, keys) in row(token, 0).iter().zip(space.keys.chunks_exact(length)) {
            for (score, &key) in scores.iter_mut().zip(keys) {
                *score += query * key;
            }
        }
        let total = softmax(scores, scale);
        let cells = &mut out[token * width + column..][..size];
        cells.fill(0.0);
        for (other, &score) in scores.iter().enumerate() {
            for (cell, &value) in cells.iter_mut().zip(row(other, 2)) {
                *cell += score * value;
            }
        }
        for cell in cells {
            *cell /= total;
        }
    }
}

/// Turns scores into unscaled shares; their sum is returned.
#[inline(always)]
fn softmax(scores: &mut [f32], scale: f32) -> f32 {
    let top = scores.iter().fold(f32::NEG_INFINITY, |top, &score| top.max(score));
    for score in scores.iter_mut() {
        *score = exp((*score - top) * scale);
    }
    scores.iter().sum()
}
