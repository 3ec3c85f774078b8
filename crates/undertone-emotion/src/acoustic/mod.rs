//! The acoustic model: two seconds of log-mel in, seven tones, arousal and
//! valence out.
//!
//! `MobileNet` blocks ([arXiv:1704.04861](https://arxiv.org/abs/1704.04861)) over
//! `[time, mel]`, laid out channels last, then a projection, attentive statistics
//! pooling over time ([arXiv:1803.10963](https://arxiv.org/abs/1803.10963)) and
//! one hidden layer. `scripts/train/acoustic/model.py` is the same network in
//! `PyTorch`; a golden test holds both together. Beside it a linear layer may judge
//! the window's prosody ([`undertone_dsp::Functionals`]); their raw outputs add up.
//!
//! On the CPU the layers run as our own kernels on the calling thread alone, in an
//! order of additions that depends neither on the batch nor on the width of the
//! machine's vectors; elsewhere the same layers are built from candle's operations.

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
