//! Settings of the recogniser.

use crate::{CallLanguages, Guard};
use std::num::NonZeroU8;
use std::sync::Arc;

/// The language of calls whose gateway sets none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Language {
    /// Detected per call by a multilingual model; English with an English-only model.
    #[default]
    Usual,
    /// Detected per call. Requires a multilingual model.
    Detect,
    /// A language by its code, `"de"` for German.
    Code(String),
}

impl Language {
    /// `"auto"` or a code, as written on the command line.
    pub fn parse(name: &str) -> Self {
        match name {
            "auto" => Self::Detect,
            code => Self::Code(code.to_owned()),
        }
    }
}

/// Settings of the recogniser.
#[derive(Debug, Clone)]
pub struct WhisperSettings {
    /// Threads for one segment. One by default: transcripts may be late, tone may not, and
    /// two or more threads would take every core of a small machine from the acoustic path.
    pub threads: NonZeroU8,
    /// The language spoken.
    pub language: Language,
    /// The languages of calls. Recognisers that serve the same calls must share it.
    pub calls: Arc<CallLanguages>,
    /// Limits of the guard.
    pub guard: Guard,
}

impl Default for WhisperSettings {
    fn default() -> Self {
        Self {
            threads: NonZeroU8::MIN,
            language: Language::default(),
            calls: Arc::default(),
            guard: Guard::default(),
        }
    }
}
