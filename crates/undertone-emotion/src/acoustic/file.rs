//! Reads a weights file and validates it before candle reads it.

use super::prosody::ProsodyLayer;
use super::{Config, OUTPUTS};
use crate::EmotionError;
use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

const FORMAT: &str = "undertone-acoustic/1";

/// Exponent bits of an f16: all set in infinities and NaN.
const F16_EXPONENT: u16 = 0x7C00;

/// Config and weights of a file whose every tensor has been checked.
pub(super) struct Checked {
    pub(super) config: Config,
    pub(super) stored: DType,
    bytes: Vec<u8>,
}

impl Checked {
    /// Validates `bytes`, read from `file`.
    pub(super) fn new(file: &str, bytes: Vec<u8>) -> Result<Self, EmotionError> {
        let format = |cause: String| EmotionError::Format { file: file.to_owned(), cause };
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| format(format!("not a safetensors file: {error}")))?;
        let config = parse_metadata(header.metadata().as_ref()).map_err(format)?;
        let tensors = SafeTensors::deserialize(&bytes)
            .map_err(|error| format(format!("not a safetensors file: {error}")))?;
        let mut stored = DType::F16;
        for (name, shape) in config.tensors() {
            // The prosody layer is always f32, and judged on the CPU.
            let in_network = !name.starts_with("prosody.");
            let kind = check_tensor(&tensors, &name, &shape).map_err(|cause| {
                EmotionError::Tensor { file: file.to_owned(), tensor: name, cause }
            })?;
            if kind == Dtype::F32 && in_network {
                stored = DType::F32;
            }
        }
        Ok(Self { config, stored, bytes })
    }

    /// The prosody layer, if the file has one.
    pub(super) fn prosody(&self) -> Result<Option<ProsodyLayer>, String> {
        if !self.config.prosody {
            return Ok(None);
        }
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(|error| error.to_string())?;
        let numbers = |name: &str| -> Result<Vec<f32>, String> {
            let tensor = tensors.tensor(name).map_err(|error| error.to_string())?;
            if tensor.dtype() != Dtype::F32 {
                return Err(format!("type is {:?}, not F32", tensor.dtype()));
            }
            let (numbers, _) = tensor.data().as_chunks::<4>();
            Ok(numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
        };
        let bias = <[f32; OUTPUTS]>::try_from(numbers("prosody.bias")?)
            .map_err(|bias| format!("bias has {} numbers, not {OUTPUTS}", bias.len()))?;
        let weight = numbers("prosody.weight")?;
        let contrast = if self.config.contrast { Some(numbers("prosody.contrast")?) } else { None };
        Ok(Some(ProsodyLayer::new(self.config.front_end(), weight, bias, contrast)))
    }

    /// The weights as `dtype` on `device`.
    pub(super) fn var_builder(
        self,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<VarBuilder<'static>> {
        VarBuilder::from_buffered_safetensors(self.bytes, dtype, device)
    }
}

fn parse_metadata(
    metadata: Option<&std::collections::HashMap<String, String>>,
) -> Result<Config, String> {
    let metadata = metadata.ok_or("no metadata, so not an acoustic model")?;
    match metadata.get("format").map(String::as_str) {
        Some(FORMAT) => {}
        Some(other) => return Err(format!("format is {other:?}, not {FORMAT:?}")),
        None => return Err(format!("metadata names no format, {FORMAT:?} expected")),
    }
    Config::parse(metadata.get("config").ok_or("metadata has no config")?)
}

fn check_tensor(tensors: &SafeTensors, name: &str, shape: &[usize]) -> Result<Dtype, String> {
    let tensor = tensors.tensor(name).map_err(|_| "missing".to_owned())?;
    if tensor.shape() != shape {
        return Err(format!("shape is {:?}, not {shape:?}", tensor.shape()));
    }
    let finite = match tensor.dtype() {
        Dtype::F32 => all_finite_f32(&tensor),
        Dtype::F16 => all_finite_f16(&tensor),
        other => return Err(format!("type is {other:?}, not F16 or F32")),
    };
    if finite { Ok(tensor.dtype()) } else { Err("holds values that are not finite".into()) }
}

fn all_finite_f32(tensor: &TensorView) -> bool {
    let (numbers, _) = tensor.data().as_chunks::<4>();
    numbers.iter().all(|&bytes| f32::from_le_bytes(bytes).is_finite())
}

fn all_finite_f16(tensor: &TensorView) -> bool {
    let (numbers, _) = tensor.data().as_chunks::<2>();
    numbers.iter().all(|&bytes| u16::from_le_bytes(bytes) & F16_EXPONENT != F16_EXPONENT)
}
