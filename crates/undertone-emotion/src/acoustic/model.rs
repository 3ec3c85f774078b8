//! The network as the engine sees it.

use super::file::Checked;
use super::prosody::ProsodyLayer;
use super::{AcousticNet, Config, OUTPUTS};
use crate::error::first_line;
use crate::{EmotionError, models};
use candle_core::{DType, Device, Tensor};
use std::path::Path;
use undertone_infer::{AcousticModel, ModelError};
use undertone_signal::{CalmScores, FrontEnd, Probability, Scores, Tone};

/// An acoustic model on one device.
#[derive(Debug)]
pub struct CandleAcoustic {
    config: Config,
    net: AcousticNet,
    prosody: Option<ProsodyLayer>,
    device: Device,
    /// Bands of all windows and what their prosody says; reused between batches.
    input: Vec<f32>,
    told: Vec<f32>,
}

impl CandleAcoustic {
    /// Opens a model by name or path: a file as [`models::find`] finds it, or else
    /// what the binary carries under that name.
    ///
    /// # Errors
    /// As [`models::find`] and [`load`](Self::load).
    pub fn open(name_or_path: &str, device: &Device) -> Result<Self, EmotionError> {
        match (models::find(name_or_path), models::built_in(name_or_path)) {
            (Ok(path), _) => Self::load(&path, device),
            (Err(_), Some(bytes)) => {
                Self::from_bytes(&format!("built-in {name_or_path}"), bytes.to_vec(), device)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Loads the weights file at `path` onto `device`. On the CPU weights become
    /// f32; on other devices they stay as the file has them.
    ///
    /// # Errors
    /// One line naming the file, and the tensor or field at fault; a damaged file
    /// never panics.
    pub fn load(path: &Path, device: &Device) -> Result<Self, EmotionError> {
        let file = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::from_bytes(&file, bytes, device),
            Err(source) => Err(EmotionError::Read { file, source }),
        }
    }

    /// Loads the content of a weights file, called `file` in errors.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_bytes(file: &str, bytes: Vec<u8>, device: &Device) -> Result<Self, EmotionError> {
        let checked = Checked::new(file, bytes)?;
        let config = checked.config.clone();
        let prosody = checked.prosody().map_err(|cause| EmotionError::Tensor {
            file: file.to_owned(),
            tensor: "prosody".to_owned(),
            cause,
        })?;
        let dtype = if device.is_cpu() { DType::F32 } else { checked.stored };
        let net = checked
            .var_builder(dtype, device)
            .and_then(|vb| AcousticNet::load(&config, &vb))
            .map_err(|error| EmotionError::Device {
                file: file.to_owned(),
                cause: first_line(&error),
            })?;
        let device = device.clone();
        Ok(Self { config, net, prosody, device, input: Vec::new(), told: Vec::new() })
    }

    /// Shape and front end of the network.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn judge(&self, count: usize) -> candle_core::Result<Vec<[f32; OUTPUTS]>> {
        let front_end = self.config.front_end();
        let shape = (count, front_end.frames(), front_end.mels);
        let windows = Tensor::from_slice(&self.input, shape, &self.device)?;
        let mut raw = self.net.forward(&windows)?;
        if self.prosody.is_some() {
            raw = (raw + Tensor::from_slice(&self.told, (count, OUTPUTS), &self.device)?)?;
        }
        let judged = AcousticNet::activate(&raw)?;
        let numbers = judged.flatten_all()?.to_vec1::<f32>()?;
        Ok(numbers.as_chunks().0.to_vec())
    }
}

impl AcousticModel for CandleAcoustic {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn front_end(&self) -> FrontEnd {
        self.config.front_end()
    }

    fn calm(&self) -> Option<CalmScores> {
        self.config.calm
    }

    /// Every number is rounded to four decimals: what devices and vector widths
    /// differ in lies below that, so that events replay exactly.
    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError> {
        out.clear();
        if windows.is_empty() {
            return Ok(());
        }
        let expected = self.config.front_end().len();
        self.input.clear();
        self.told.clear();
        for window in windows {
            if window.len() != expected {
                let model = self.config.name.clone();
                return Err(ModelError::Shape { model, expected, got: window.len() });
            }
            match &mut self.prosody {
                None => self.input.extend_from_slice(window),
                Some(layer) => layer.read(window, &mut self.input, &mut self.told),
            }
        }
        let failed = |cause: String| ModelError::Compute { model: self.config.name.clone(), cause };
        let judged = self.judge(windows.len()).map_err(|error| failed(first_line(&error)))?;
        if judged.iter().flatten().any(|number| !number.is_finite()) {
            return Err(failed("scores are not finite".into()));
        }
        out.extend(judged.iter().map(scores));
        Ok(())
    }
}

fn scores(numbers: &[f32; OUTPUTS]) -> Scores {
    let rounded = numbers.map(|number| (number * 1e4).round() / 1e4);
    let mut probabilities = [Probability::default(); Tone::ALL.len()];
    for (probability, number) in probabilities.iter_mut().zip(rounded) {
        *probability = Probability::new(number);
    }
    Scores { probabilities, arousal: rounded[7], valence: rounded[8] }
}
