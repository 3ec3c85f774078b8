//! The shape of a text model, read from its weights file.

use serde::{Deserialize, Serialize};
use undertone_signal::{Emotion, Tone};

/// Largest sizes that are accepted. A file with more is damaged, and must not cause a huge
/// allocation.
const MAX_WIDTH: usize = 4096;
const MAX_LAYERS: usize = 48;
const MAX_PIECES: usize = 1 << 18;
const MAX_TOKENS: usize = 512;
const MAX_SIGNALS: usize = 256;

/// Everything about a text model that is not a weight; JSON under the key
/// `config` of the file's metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the model.
    pub name: String,
    /// Word pieces in the vocabulary.
    pub pieces: usize,
    /// Token limit of an utterance and its context together.
    pub tokens: usize,
    /// Width of the encoder and of the embedding.
    pub width: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width inside the feed-forward layers.
    pub inner: usize,
    /// Column groups of the word-piece table that share a scale.
    pub groups: usize,
    /// Added to the variance in layer normalisation.
    pub epsilon: f32,
    /// Names of the emotions, always those of [`Emotion::ALL`] in that order.
    pub emotions: Vec<String>,
    /// Names of the tones, always those of [`Tone::ALL`] in that order.
    pub tones: Vec<String>,
    /// Threshold of each emotion's probability.
    pub thresholds: Vec<f32>,
    /// The same for the seven Ekman groups, in the order of [`super::EKMAN`].
    pub ekman_thresholds: Vec<f32>,
    /// Names of the service signals that it was trained on; none in older files.
    #[serde(default)]
    pub signals: Vec<String>,
}

/// How a tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    F32,
    F16,
    I8,
    U8,
}

impl Config {
    /// Reads and checks the JSON of a weights file.
    ///
    /// # Errors
    /// The fault, naming the field.
    pub fn parse(json: &str) -> Result<Self, String> {
        let config: Self =
            serde_json::from_str(json).map_err(|error| format!("config: {error}"))?;
        config.check()?;
        Ok(config)
    }

    /// Number of logits of the heads.
    pub fn outputs(&self) -> usize {
        super::OUTPUTS + self.signals.len()
    }

    /// Name, type and shape of every tensor that a weights file must contain, besides the
    /// vocabulary, whose length varies.
    pub(super) fn tensors(&self) -> Vec<(String, Stored, Vec<usize>)> {
        let width = self.width;
        let mut tensors = vec![
            ("word.codes".to_owned(), Stored::U8, vec![self.pieces, width / 2]),
            ("word.scales".to_owned(), Stored::F16, vec![self.pieces, self.groups]),
            ("word.levels".to_owned(), Stored::F32, vec![16]),
            ("position".to_owned(), Stored::F16, vec![self.tokens, width]),
            ("kind".to_owned(), Stored::F16, vec![2, width]),
        ];
        let mut norms = vec!["norm".to_owned()];
        let mut dense = vec![
            ("heads".to_owned(), 3 * width, self.outputs()),
            ("embed".to_owned(), width, width),
        ];
        for i in 0..self.layers {
            dense.push((format!("layers.{i}.qkv"), width, 3 * width));
            dense.push((format!("layers.{i}.out"), width, width));
            dense.push((format!("layers.{i}.up"), width, self.inner));
            dense.push((format!("layers.{i}.down"), self.inner, width));
            norms.push(format!("layers.{i}.out_norm"));
            norms.push(format!("layers.{i}.down_norm"));
        }
        for (name, inputs, outputs) in dense {
            tensors.push((format!("{name}.codes"), Stored::I8, vec![outputs, inputs]));
            tensors.push((format!("{name}.scale"), Stored::F32, vec![outputs]));
            tensors.push((format!("{name}.bias"), Stored::F32, vec![outputs]));
        }
        for name in norms {
            tensors.push((format!("{name}.weight"), Stored::F32, vec![width]));
            tensors.push((format!("{name}.bias"), Stored::F32, vec![width]));
        }
        tensors
    }

    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return Err(format!("config: name is {:?}", self.name));
        }
        in_range("pieces", self.pieces, 5, MAX_PIECES)?;
        in_range("tokens", self.tokens, 4, MAX_TOKENS)?;
        in_range("width", self.width, 2, MAX_WIDTH)?;
        in_range("layers", self.layers, 1, MAX_LAYERS)?;
        in_range("inner", self.inner, 1, MAX_WIDTH)?;
        in_range("number of signals", self.signals.len(), 0, MAX_SIGNALS)?;
        divides("heads", self.heads, self.width)?;
        divides("groups", self.groups, self.width)?;
        divides("two codes a byte, which", 2, self.width)?;
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            return Err(format!("config: epsilon is {}", self.epsilon));
        }
        if !self.emotions.iter().map(String::as_str).eq(Emotion::ALL.map(Emotion::name)) {
            return Err(format!("config: emotions are {:?}", self.emotions));
        }
        if !self.tones.iter().map(String::as_str).eq(Tone::ALL.map(Tone::name)) {
            return Err(format!("config: tones are {:?}", self.tones));
        }
        probabilities("thresholds", &self.thresholds, Emotion::ALL.len())?;
        probabilities("ekman_thresholds", &self.ekman_thresholds, super::EKMAN.len())
    }
}

fn in_range(field: &str, value: usize, low: usize, high: usize) -> Result<(), String> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(format!("config: {field} is {value}, not between {low} and {high}"))
}

fn divides(field: &str, value: usize, width: usize) -> Result<(), String> {
    if value > 0 && width.is_multiple_of(value) {
        return Ok(());
    }
    Err(format!("config: {field} is {value} and does not divide the width {width}"))
}

fn probabilities(field: &str, values: &[f32], count: usize) -> Result<(), String> {
    if values.len() == count && values.iter().all(|value| (0.0..=1.0).contains(value)) {
        return Ok(());
    }
    Err(format!("config: {field} are not {count} numbers between 0 and 1"))
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The smallest model that has every part.
    pub(crate) fn tiny() -> Config {
        Config {
            name: "tiny".into(),
            pieces: 40,
            tokens: 16,
            width: 24,
            layers: 2,
            heads: 3,
            inner: 52,
            groups: 2,
            epsilon: 1e-12,
            emotions: Emotion::ALL.map(|emotion| emotion.name().to_owned()).to_vec(),
            tones: Tone::ALL.map(|tone| tone.name().to_owned()).to_vec(),
            thresholds: vec![0.3; 28],
            ekman_thresholds: vec![0.4; 7],
            signals: vec!["cancel".into()],
        }
    }

    #[test]
    fn a_config_survives_its_json() {
        let json = serde_json::to_string(&tiny()).unwrap();
        assert_eq!(Config::parse(&json).unwrap(), tiny());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |change: fn(&mut Config)| {
            let mut config = tiny();
            change(&mut config);
            Config::parse(&serde_json::to_string(&config).unwrap()).unwrap_err()
        };
        assert!(wrong(|c| c.heads = 5).contains("heads"));
        assert!(wrong(|c| c.heads = 0).contains("heads"));
        assert!(wrong(|c| c.width = 1 << 40).contains("width"));
        assert!(wrong(|c| c.tokens = 0).contains("tokens"));
        assert!(wrong(|c| c.thresholds[3] = 1.5).contains("thresholds"));
        assert!(wrong(|c| c.emotions.swap(0, 1)).contains("emotions"));
        assert!(wrong(|c| c.name = "a\nb".into()).contains("name"));
    }
}
