//! How the recogniser is run.

use crate::Guard;
use std::num::NonZeroU8;

/// The language spoken on the call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Let a multilingual model find out, segment by segment. English-only
    /// models ignore this.
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

/// How the recogniser is run.
#[derive(Debug, Clone, PartialEq)]
pub struct WhisperSettings {
    /// Threads for one segment. One by default: words may be late, the tone may
    /// not, and with two or more the recogniser would take every core of a small
    /// machine from the acoustic path.
    pub threads: NonZeroU8,
    /// The language spoken.
    pub language: Language,
    /// What is not believed.
    pub guard: Guard,
}

impl Default for WhisperSettings {
    fn default() -> Self {
        Self { threads: NonZeroU8::MIN, language: Language::English, guard: Guard::default() }
    }
}
