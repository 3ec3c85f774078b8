//! The acoustic model behind the engine's trait.

use super::file::Checked;
use super::prosody::{ProsodyLayer, Told};
use super::{AcousticNet, Config, CpuNet, OUTPUTS, activate};
use crate::EmotionError;
use crate::error::first_line;
use candle_core::{DType, Device, Tensor};
use std::path::Path;
use undertone_infer::{AcousticModel, ModelError, new_frames, show_both};
use undertone_signal::{CalmScores, FrontEnd, Judgement, Probability, Scores, Tone};

/// An acoustic model on one device.
#[derive(Debug)]
pub struct CandleAcoustic {
    config: Config,
    net: Net,
    prosody: Option<ProsodyLayer>,
    /// Bands of all windows and the outputs for their prosody; reused between batches.
    bands: Vec<f32>,
    told: Vec<Told>,
}

#[derive(Debug)]
enum Net {
    Cpu(Box<CpuNet>),
    Card(AcousticNet, Device),
}

impl CandleAcoustic {
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
        let net = Net::load(checked, device).map_err(|error| EmotionError::Device {
            file: file.to_owned(),
            cause: first_line(&error),
        })?;
        Ok(Self { config, net, prosody, bands: Vec::new(), told: Vec::new() })
    }

    /// Shape and front end of the network.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn check(&self, windows: &[&[f32]]) -> Result<(), ModelError> {
        let expected = self.config.front_end().len();
        match windows.iter().find(|window| window.len() != expected) {
            None => Ok(()),
            Some(window) => {
                let model = self.config.name.clone();
                Err(ModelError::Shape { model, expected, got: window.len() })
            }
        }
    }

    /// Turns raw outputs into scores, if they are finite.
    fn scores(&self, mut raw: [f32; OUTPUTS], told: Option<Told>) -> Result<Scores, ModelError> {
        let told = told.unwrap_or_default();
        for (raw, told) in raw.iter_mut().zip(told.raw) {
            *raw += told;
        }
        let numbers = activate(raw);
        if numbers.iter().chain(&told.contrast).all(|number| number.is_finite()) {
            return Ok(scores(&numbers, told.contrast));
        }
        Err(self.failed("scores are not finite".into()))
    }

    fn failed(&self, cause: String) -> ModelError {
        ModelError::Compute { model: self.config.name.clone(), cause }
    }

    /// Both inferences on one window on the CPU. The second computes only what its new frames
    /// change.
    fn look_twice(&mut self, window: &[f32]) -> Result<Judgement, ModelError> {
        let Self { config, net: Net::Cpu(net), prosody, bands, .. } = self else {
            return Err(self.failed("it is not on the CPU".into()));
        };
        bands.clear();
        let first = take(prosody, window, bands);
        let whole = net.forward(bands);
        let new = new_frames(window, config.front_end().columns());
        let recent = net.forward(&bands[bands.len() - new * config.mels..]);
        let second = prosody.as_mut().map(|layer| layer.read_newest(window, new));
        Ok(Judgement { whole: self.scores(whole, first)?, recent: self.scores(recent, second)? })
    }
}

/// Appends the bands of `window` to `bands`; returns the outputs for its prosody, if the
/// model has them.
fn take(prosody: &mut Option<ProsodyLayer>, window: &[f32], bands: &mut Vec<f32>) -> Option<Told> {
    if let Some(layer) = prosody {
        return Some(layer.read(window, bands));
    }
    bands.extend_from_slice(window);
    None
}

impl Net {
    fn load(checked: Checked, device: &Device) -> candle_core::Result<Self> {
        let config = checked.config.clone();
        if device.is_cpu() {
            let vb = checked.var_builder(DType::F32, device)?;
            return Ok(Self::Cpu(Box::new(CpuNet::load(&config, &vb)?)));
        }
        let stored = checked.stored;
        let net = AcousticNet::load(&config, &checked.var_builder(stored, device)?)?;
        // A card loads its kernels when they are first used: before the first call.
        let (frames, mels) = (config.front_end().frames(), config.mels);
        net.forward(&Tensor::zeros((1, frames, mels), DType::F32, device)?)?.to_vec2::<f32>()?;
        Ok(Self::Card(net, device.clone()))
    }

    /// Raw outputs of windows of bands, one after the other; on a GPU one copy in and one
    /// out.
    fn forward(
        &mut self,
        bands: &[f32],
        config: &Config,
    ) -> candle_core::Result<Vec<[f32; OUTPUTS]>> {
        let (frames, mels) = (config.front_end().frames(), config.mels);
        match self {
            Self::Cpu(net) => {
                Ok(bands.chunks_exact(frames * mels).map(|window| net.forward(window)).collect())
            }
            Self::Card(net, device) => {
                let shape = (bands.len() / (frames * mels), frames, mels);
                let raw = net.forward(&Tensor::from_slice(bands, shape, device)?)?;
                Ok(raw.flatten_all()?.to_vec1::<f32>()?.as_chunks().0.to_vec())
            }
        }
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

    /// Every number is rounded to four decimals. Devices and vector widths differ by less, so
    /// events replay exactly.
    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError> {
        out.clear();
        self.check(windows)?;
        self.bands.clear();
        self.told.clear();
        for window in windows {
            self.told.extend(take(&mut self.prosody, window, &mut self.bands));
        }
        let raw = self.net.forward(&self.bands, &self.config);
        let raw = raw.map_err(|error| self.failed(first_line(&error)))?;
        let mut told = self.told.iter().copied();
        let scores: Result<Vec<_>, _> =
            raw.into_iter().map(|raw| self.scores(raw, told.next())).collect();
        out.extend(scores?);
        Ok(())
    }

    fn judge(&mut self, windows: &[&[f32]], out: &mut Vec<Judgement>) -> Result<(), ModelError> {
        if matches!(self.net, Net::Card(..)) {
            return show_both(self, windows, out);
        }
        out.clear();
        self.check(windows)?;
        let judgements: Result<Vec<_>, _> =
            windows.iter().map(|window| self.look_twice(window)).collect();
        out.extend(judgements?);
        Ok(())
    }
}

fn scores(numbers: &[f32; OUTPUTS], contrast: Option<f32>) -> Scores {
    let round = |number: f32| (number * 1e4).round() / 1e4;
    let rounded = numbers.map(round);
    let mut probabilities = [Probability::default(); Tone::ALL.len()];
    for (probability, number) in probabilities.iter_mut().zip(rounded) {
        *probability = Probability::new(number);
    }
    let [.., arousal, valence] = rounded;
    Scores { probabilities, arousal, valence, contrast: contrast.map(round) }
}
