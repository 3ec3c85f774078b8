//! Settings of the recogniser.

use crate::Guard;
use std::num::NonZeroU8;

/// The language spoken on the call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Detected by a multilingual model, segment by segment. English-only models ignore
    /// this.
    Detect,
    /// A language by its code, `"de"` for German.
    Code(String),
}

impl Language {
    /// `"en"`, `"auto"` or a code, as written on the command line.
    pub fn parse(name: &str) -> Self {
        match name {
            "en" => Self::English,
            "auto" => Self::Detect,
            code => Self::Code(code.to_owned()),
        }
    }
}

/// Settings of the recogniser.
#[derive(Debug, Clone, PartialEq)]
pub struct WhisperSettings {
    /// Threads for one segment. One by default: transcripts may be late, tone may not, and
    /// two or more threads would take every core of a small machine from the acoustic path.
    pub threads: NonZeroU8,
    /// The language spoken.
    pub language: Language,
    /// Limits of the guard.
    pub guard: Guard,
}

impl Default for WhisperSettings {
    fn default() -> Self {
        Self { threads: NonZeroU8::MIN, language: Language::English, guard: Guard::default() }
    }
}
