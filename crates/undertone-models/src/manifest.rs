//! The models that can be pulled, from `models/manifest.toml`.

use crate::ModelsError;
use serde::Deserialize;

const BUILT_IN: &str = include_str!("../../../models/manifest.toml");

/// The list of models.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// URL of the folder of the files.
    pub source: String,
    /// The models, from the least to the best for English.
    #[serde(rename = "model")]
    pub models: Vec<Entry>,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its file name, here and at the source.
    pub file: String,
    /// The file's length.
    pub bytes: u64,
    /// The file's SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Its languages.
    pub languages: String,
    /// Its licence.
    pub licence: String,
}

impl Manifest {
    /// The manifest this program was built with.
    ///
    /// # Errors
    /// [`ModelsError::Manifest`] if it is invalid, which a test rules out.
    pub fn built_in() -> Result<Self, ModelsError> {
        Ok(toml::from_str(BUILT_IN)?)
    }

    /// The model called `name`.
    ///
    /// # Errors
    /// [`ModelsError::Unknown`].
    pub fn find(&self, name: &str) -> Result<&Entry, ModelsError> {
        let unknown = || ModelsError::Unknown {
            name: name.to_owned(),
            known: self.models.iter().map(|entry| entry.name.clone()).collect(),
        };
        self.models.iter().find(|entry| entry.name == name).ok_or_else(unknown)
    }

    /// The models called `names`.
    ///
    /// # Errors
    /// [`ModelsError::Unknown`] for the first that is.
    pub fn find_all(&self, names: &[String]) -> Result<Vec<&Entry>, ModelsError> {
        names.iter().map(|name| self.find(name)).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_pinned_and_has_a_plain_file_name() {
        let manifest = Manifest::built_in().unwrap();
        assert!(manifest.source.starts_with("https://"));
        assert_eq!(manifest.models.len(), 7);
        for entry in &manifest.models {
            assert!(entry.bytes > 1_000_000, "{}", entry.name);
            let hexadecimal = |c: char| matches!(c, '0'..='9' | 'a'..='f');
            assert!(entry.sha256.len() == 64 && entry.sha256.chars().all(hexadecimal));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            assert!(entry.file.starts_with("ggml-") && entry.file.chars().all(plain));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Manifest::built_in().unwrap().find("base-en").unwrap_err().to_string();
        assert!(error.contains("base-en") && error.contains("base.en"), "{error}");
    }
}
