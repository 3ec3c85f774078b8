//! Reads and validates a weights file.

use super::Config;
use super::config::Stored;
use super::kernels::Norm;
use crate::EmotionError;
use candle_core::{Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;

const FORMAT: &str = "undertone-text/1";

/// A linear layer in the file's form: 8-bit rows, one scale and one bias each.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    pub(super) codes: Vec<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

impl Linear {
    /// The weights as floats, `[outputs, inputs]`.
    pub(super) fn expanded(&self) -> Vec<f32> {
        let inputs = self.codes.len() / self.scales.len().max(1);
        let rows = self.codes.chunks_exact(inputs.max(1)).zip(&self.scales);
        rows.flat_map(|(row, &scale)| row.iter().map(move |&code| f32::from(code) * scale))
            .collect()
    }
}

/// The word-piece table: two 4-bit codes a byte, low half first, that stand for
/// one of 16 levels, times the scale of the row's column group.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) codes: Vec<u8>,
    pub(super) scales: Vec<f32>,
    pub(super) levels: [f32; 16],
    pub(super) width: usize,
    pub(super) groups: usize,
}

impl Table {
    /// Writes the embedding of word piece `id` into `out`. An unknown id is an error of the
    /// caller and gives zeros.
    pub(super) fn row(&self, id: usize, out: &mut [f32]) {
        let half = self.width / 2;
        let Some(codes) = self.codes.get(id * half..(id + 1) * half) else {
            out.fill(0.0);
            return;
        };
        let scales = &self.scales[id * self.groups..(id + 1) * self.groups];
        let group = self.width / self.groups;
        for (i, cell) in out.iter_mut().enumerate() {
            let code = (codes[i / 2] >> (i % 2 * 4)) & 15;
            *cell = self.levels[usize::from(code)] * scales[i / group];
        }
    }
}

/// One encoder layer.
#[derive(Debug, Clone)]
pub(super) struct LayerWeights {
    pub(super) qkv: Linear,
    pub(super) out: Linear,
    pub(super) out_norm: Norm,
    pub(super) up: Linear,
    pub(super) down: Linear,
    pub(super) down_norm: Norm,
}

/// Every weight of a file, checked: shapes fit the config, numbers are finite.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    pub(super) word: Table,
    pub(super) position: Vec<f32>,
    pub(super) kind: Vec<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<LayerWeights>,
    pub(super) heads: Linear,
    pub(super) embed: Linear,
}

/// Config, vocabulary and weights of the content of `file`.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<(Config, String, Weights), EmotionError> {
    let format = |cause: String| EmotionError::Format { file: file.to_owned(), cause };
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error| format(format!("not a safetensors file: {error}")))?;
    let config = parse_metadata(header.metadata().as_ref()).map_err(format)?;
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| format(format!("not a safetensors file: {error}")))?;
    let fault = |tensor: &str, cause: String| EmotionError::Tensor {
        file: file.to_owned(),
        tensor: tensor.to_owned(),
        cause,
    };
    let vocabulary = vocabulary(&tensors).map_err(|cause| fault("vocabulary", cause))?;
    let mut numbers = Numbers::default();
    for (name, stored, shape) in config.tensors() {
        numbers.take(&tensors, &name, stored, &shape).map_err(|cause| fault(&name, cause))?;
    }
    let weights =
        numbers.weights(&config).ok_or_else(|| format("config lists no tensors".into()))?;
    Ok((config, vocabulary, weights))
}

fn parse_metadata(metadata: Option<&HashMap<String, String>>) -> Result<Config, String> {
    let metadata = metadata.ok_or("no metadata, so not a text model")?;
    match metadata.get("format").map(String::as_str) {
        Some(FORMAT) => {}
        Some(other) => return Err(format!("format is {other:?}, not {FORMAT:?}")),
        None => return Err(format!("metadata names no format, {FORMAT:?} expected")),
    }
    Config::parse(metadata.get("config").ok_or("metadata has no config")?)
}

fn vocabulary(tensors: &SafeTensors) -> Result<String, String> {
    let tensor = tensors.tensor("vocabulary").map_err(|_| "missing".to_owned())?;
    if tensor.dtype() != Dtype::U8 {
        return Err(format!("type is {:?}, not U8", tensor.dtype()));
    }
    let text = std::str::from_utf8(tensor.data()).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

/// The numbers of a file by tensor name.
#[derive(Default)]
struct Numbers {
    floats: HashMap<String, Vec<f32>>,
    codes: HashMap<String, Vec<i8>>,
    bytes: HashMap<String, Vec<u8>>,
}

impl Numbers {
    fn take(
        &mut self,
        tensors: &SafeTensors,
        name: &str,
        stored: Stored,
        shape: &[usize],
    ) -> Result<(), String> {
        let tensor = tensors.tensor(name).map_err(|_| "missing".to_owned())?;
        if tensor.shape() != shape {
            return Err(format!("shape is {:?}, not {shape:?}", tensor.shape()));
        }
        let name = name.to_owned();
        match (stored, tensor.dtype()) {
            (Stored::F32, Dtype::F32) => self.floats.insert(name, finite(f32s(&tensor))?).is_some(),
            (Stored::F16, Dtype::F16) => self.floats.insert(name, finite(f16s(&tensor))?).is_some(),
            (Stored::I8, Dtype::I8) => {
                let codes = tensor.data().iter().map(|byte| byte.cast_signed()).collect();
                self.codes.insert(name, codes).is_some()
            }
            (Stored::U8, Dtype::U8) => self.bytes.insert(name, tensor.data().to_vec()).is_some(),
            (stored, other) => return Err(format!("type is {other:?}, not {stored:?}")),
        };
        Ok(())
    }

    /// `None` only if a name is asked for that [`Config::tensors`] does not list.
    fn weights(mut self, config: &Config) -> Option<Weights> {
        let word = Table {
            codes: self.bytes.remove("word.codes")?,
            scales: self.floats.remove("word.scales")?,
            levels: self.floats.remove("word.levels")?.try_into().ok()?,
            width: config.width,
            groups: config.groups,
        };
        let mut layers = Vec::with_capacity(config.layers);
        for i in 0..config.layers {
            layers.push(LayerWeights {
                qkv: self.linear(&format!("layers.{i}.qkv"))?,
                out: self.linear(&format!("layers.{i}.out"))?,
                out_norm: self.norm(&format!("layers.{i}.out_norm"), config.epsilon)?,
                up: self.linear(&format!("layers.{i}.up"))?,
                down: self.linear(&format!("layers.{i}.down"))?,
                down_norm: self.norm(&format!("layers.{i}.down_norm"), config.epsilon)?,
            });
        }
        Some(Weights {
            word,
            position: self.floats.remove("position")?,
            kind: self.floats.remove("kind")?,
            norm: self.norm("norm", config.epsilon)?,
            layers,
            heads: self.linear("heads")?,
            embed: self.linear("embed")?,
        })
    }

    fn linear(&mut self, name: &str) -> Option<Linear> {
        Some(Linear {
            codes: self.codes.remove(&format!("{name}.codes"))?,
            scales: self.floats.remove(&format!("{name}.scale"))?,
            biases: self.floats.remove(&format!("{name}.bias"))?,
        })
    }

    fn norm(&mut self, name: &str, epsilon: f32) -> Option<Norm> {
        Some(Norm {
            weight: self.floats.remove(&format!("{name}.weight"))?,
            bias: self.floats.remove(&format!("{name}.bias"))?,
            epsilon,
        })
    }
}

impl Weights {
    /// The weights as floats under the names `PlainEncoder` reads.
    pub(super) fn tensors(
        &self,
        config: &Config,
        device: &Device,
    ) -> candle_core::Result<HashMap<String, Tensor>> {
        let mut tensors = HashMap::new();
        let mut put = |name: String, numbers: Vec<f32>, shape: &[usize]| {
            Tensor::from_vec(numbers, shape, device).map(|tensor| tensors.insert(name, tensor))
        };
        let width = config.width;
        let mut table = vec![0.0; config.pieces * width];
        for (id, row) in table.chunks_exact_mut(width).enumerate() {
            self.word.row(id, row);
        }
        put("word.weight".into(), table, &[config.pieces, width])?;
        put("position.weight".into(), self.position.clone(), &[config.tokens, width])?;
        put("kind.weight".into(), self.kind.clone(), &[2, width])?;
        for (name, layer) in self.linear_layers() {
            let outputs = layer.scales.len();
            put(
                format!("{name}.weight"),
                layer.expanded(),
                &[outputs, layer.codes.len() / outputs],
            )?;
            put(format!("{name}.bias"), layer.biases.clone(), &[outputs])?;
        }
        for (name, norm) in self.norms() {
            put(format!("{name}.weight"), norm.weight.clone(), &[width])?;
            put(format!("{name}.bias"), norm.bias.clone(), &[width])?;
        }
        Ok(tensors)
    }

    fn linear_layers(&self) -> Vec<(String, &Linear)> {
        let mut all = vec![("heads".to_owned(), &self.heads), ("embed".to_owned(), &self.embed)];
        for (i, layer) in self.layers.iter().enumerate() {
            all.push((format!("layers.{i}.qkv"), &layer.qkv));
            all.push((format!("layers.{i}.out"), &layer.out));
            all.push((format!("layers.{i}.up"), &layer.up));
            all.push((format!("layers.{i}.down"), &layer.down));
        }
        all
    }

    fn norms(&self) -> Vec<(String, &Norm)> {
        let mut all = vec![("norm".to_owned(), &self.norm)];
        for (i, layer) in self.layers.iter().enumerate() {
            all.push((format!("layers.{i}.out_norm"), &layer.out_norm));
            all.push((format!("layers.{i}.down_norm"), &layer.down_norm));
        }
        all
    }
}

fn finite(numbers: Vec<f32>) -> Result<Vec<f32>, String> {
    if numbers.iter().all(|number| number.is_finite()) {
        return Ok(numbers);
    }
    Err("holds values that are not finite".into())
}

fn f32s(tensor: &TensorView) -> Vec<f32> {
    tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

fn f16s(tensor: &TensorView) -> Vec<f32> {
    let numbers = tensor.data().as_chunks().0.iter();
    numbers.map(|&bytes| f32::from(half::f16::from_le_bytes(bytes))).collect()
}
