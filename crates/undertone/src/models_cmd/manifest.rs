//! The models this program knows, as `models/manifest.toml` lists them.

use crate::exit::BadInput;
use anyhow::{Context, Result, bail};
use serde::Deserialize;

const BUILT_IN: &str = include_str!("../../../../models/manifest.toml");

/// The list of models.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// URL of the folder the files lie in.
    pub(super) source: String,
    /// The models, from the least to the best for English.
    #[serde(rename = "model")]
    pub(super) models: Vec<Entry>,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// What users call it.
    pub(super) name: String,
    /// Its file's name, here and at the source.
    pub(super) file: String,
    /// The file's length.
    pub(super) bytes: u64,
    /// The file's SHA-256, lower-case hexadecimal.
    pub(super) sha256: String,
    /// What it understands.
    pub(super) languages: String,
    /// Its licence.
    pub(super) licence: String,
}

impl Manifest {
    /// The manifest this program was built with.
    pub(super) fn built_in() -> Result<Self> {
        toml::from_str(BUILT_IN).context("models/manifest.toml")
    }

    /// The model called `name`.
    pub(super) fn find(&self, name: &str) -> Result<&Entry> {
        if let Some(entry) = self.models.iter().find(|entry| entry.name == name) {
            return Ok(entry);
        }
        let names: Vec<&str> = self.models.iter().map(|entry| entry.name.as_str()).collect();
        bail!(BadInput(format!("no model is called \"{name}\"; there are {}", names.join(", "))))
    }

    /// The models called `names`.
    pub(super) fn find_all(&self, names: &[String]) -> Result<Vec<&Entry>> {
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
