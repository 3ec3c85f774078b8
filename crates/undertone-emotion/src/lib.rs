//! Candle models that judge how something was said, and what.
//!
//! [`acoustic`] hears the tone of a voice in windows of log-mel, [`text`] reads a
//! feeling from words. Weights run on the CPU, or with the features `cuda` and `metal` on
//! a graphics card, through the same code. Which file is meant by a name is for
//! `undertone-models` to know.

pub mod acoustic;
mod device;
mod error;
pub mod text;
mod tile;

pub use acoustic::CandleAcoustic;
pub use candle_core::Device;
pub use device::{DeviceChoice, DeviceError, OpenDevice};
pub use error::EmotionError;
pub use text::CandleText;
