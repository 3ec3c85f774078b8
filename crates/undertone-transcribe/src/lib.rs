//! Speech recognition: Whisper as a [`Transcriber`](undertone_infer::Transcriber).
//!
//! whisper.cpp runs the model. This crate validates a model file before C code reads it
//! ([`ModelFile`]), decodes segments ([`WhisperTranscriber`]) and rejects hallucinated
//! transcripts ([`Guard`]).

mod error;
mod ggml;
mod guard;
mod languages;
mod loops;
mod model_file;
mod params;
mod settings;
mod tensor_table;
mod whisper;

pub use error::TranscribeError;
pub use guard::{Doubt, Guard, Hypothesis};
pub use languages::CallLanguages;
pub use model_file::{ModelFile, Shape};
pub use settings::{Language, WhisperSettings};
pub use whisper::WhisperTranscriber;
