//! The acoustic model: 2 s of log-mel in; seven tones, arousal and valence out.
//!
//! `MobileNet` blocks ([arXiv:1704.04861](https://arxiv.org/abs/1704.04861)) over
//! `[time, mel]`, laid out channels last, then a projection, attentive statistics
//! pooling over time ([arXiv:1803.10963](https://arxiv.org/abs/1803.10963)) and
//! one hidden layer. `scripts/train/acoustic/model.py` is the same network in
//! `PyTorch`; a golden test compares both. Beside it, a linear layer may score the
//! window's prosody ([`undertone_dsp::Functionals`]); the raw outputs are added.
//!
//! On the CPU the layers run as kernels of our own, on the calling thread only. Sums are
//! computed in an order that depends neither on the batch nor on the vector width, so
//! results are the same on any machine. Elsewhere the layers use candle's operations.

mod config;
mod cpu;
mod file;
mod kernels;
mod layers;
mod model;
mod net;
mod prosody;

pub use config::{Block, Config};
pub use cpu::CpuNet;
pub use model::CandleAcoustic;
pub use net::{AcousticNet, OUTPUTS, activate};
