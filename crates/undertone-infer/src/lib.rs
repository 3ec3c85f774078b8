//! What a model must be able to do, and the loops that own one.
//!
//! The traits are all that the engine knows of models; candle and whisper.cpp
//! live behind them. Each worker thread owns its model: others send it work
//! over a bounded queue, and dropping the last sender ends it.

mod traits;

pub use traits::{AcousticModel, ModelError, Transcriber};
