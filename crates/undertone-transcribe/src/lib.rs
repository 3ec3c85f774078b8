//! Words: Whisper behind [`Transcriber`](undertone_infer::Transcriber).
//!
//! whisper.cpp does the arithmetic; everything around it is decided here: that a
//! model file is sound before C code sees it ([`ModelFile`]), how a segment is
//! decoded ([`WhisperTranscriber`]) and which words are not believed ([`Guard`]).

mod error;
mod ggml;
mod guard;
mod model_file;
mod settings;
mod tensor_table;
mod whisper;

pub use error::TranscribeError;
pub use guard::{Doubt, Guard, Hypothesis};
pub use model_file::{ModelFile, Shape};
pub use settings::{Language, WhisperSettings};
pub use whisper::WhisperTranscriber;
