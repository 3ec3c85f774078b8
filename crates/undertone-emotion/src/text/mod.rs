//! The text model: words in; 28 emotions, seven tones, valence, service signals and a
//! sentence embedding out.
//!
//! BERT ([arXiv:1810.04805](https://arxiv.org/abs/1810.04805)) in the shape of
//! `all-MiniLM-L6-v2`, fine-tuned by `scripts/train/text-emotion`. Weights are stored at 8 bits a
//! number with one scale a row, the word-piece table at 4.
//!
//! On the CPU, sentences are packed without padding and run through kernels that read the
//! 8-bit weights directly, on the calling thread only. Elsewhere the same network uses
//! candle's operations.

mod batch;
mod config;
mod encoder;
mod kernels;
mod model;
mod plain;
mod ridge;
mod signals;
mod tokens;
mod weights;

pub use batch::{Judgement, TokenBatch};
pub use config::Config;
pub use model::CandleText;
pub use signals::{Examples, SignalBook};

use undertone_signal::{Emotion, Tone};

/// Number of logits for an utterance: 28 emotions, seven tones, and valence as negative,
/// neutral, positive. Those of trained signals follow.
pub const OUTPUTS: usize = Emotion::ALL.len() + Tone::ALL.len() + 3;

/// The default service signals.
pub const DEFAULT_SIGNALS: &str = include_str!("../../../../config/signals.toml");

/// Names of the Ekman groups, in the order of `GoEmotions`' grouping.
pub const EKMAN: [&str; 7] = ["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"];
