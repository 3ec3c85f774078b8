//! Reading the coach's TOML files: what is wrong is named by file, line and column.

use serde::de::DeserializeOwned;
use std::fmt;

/// A place in a settings file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset` of `text`.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Settings, or a customer's context, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoachError {
    /// A settings file is wrong; nothing of it is used.
    #[error("{file}: {at}: {cause}")]
    Settings {
        /// The file, as the caller named it.
        file: String,
        /// Where.
        at: Place,
        /// What, in lower case and without a full stop.
        cause: String,
    },
    /// The customer context is not what it should be.
    #[error("customer context: {0}")]
    Context(String),
}

impl CoachError {
    pub(crate) fn at(file: &str, text: &str, offset: usize, cause: impl Into<String>) -> Self {
        Self::Settings { file: file.to_owned(), at: Place::of(text, offset), cause: cause.into() }
    }
}

/// Reads `text` as TOML.
///
/// # Errors
/// [`CoachError::Settings`] naming `file` and the place.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, CoachError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        CoachError::at(file, text, offset, error.message().replace('\n', " "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        assert_eq!(Place::of("é = 1\nab = 2", 0).to_string(), "line 1, column 1");
        assert_eq!(Place::of("é = 1\nab = 2", 8).to_string(), "line 2, column 2");
        assert_eq!(Place::of("x", 99).line, 1);
    }
}
