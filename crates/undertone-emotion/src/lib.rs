//! Candle models for the tone of a voice and of words.
//!
//! [`acoustic`] scores windows of log-mel, [`text`] scores utterances. Models run on the
//! CPU, or with the features `cuda` and `metal` on a GPU. `undertone-models` finds weights
//! files by name.

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
