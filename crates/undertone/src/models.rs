//! Loading the models a command needs.

use crate::exit::BadInput;
use crate::models_cmd;
use anyhow::{Context, Result};
use clap::Args;
use std::path::Path;
use undertone_emotion::text::DEFAULT_SIGNALS;
use undertone_emotion::{CandleAcoustic, CandleText, Device, DeviceChoice, EmotionError, models};
use undertone_engine::Models;
use undertone_infer::{TextModel, Transcriber};
use undertone_transcribe::{WhisperSettings, WhisperTranscriber};

/// Where models run, as every command that runs one asks for it.
#[derive(Debug, Args)]
pub(crate) struct DeviceArg {
    /// Where the emotion models run: auto, cpu, cuda, cuda:N or metal
    #[arg(long, value_name = "DEVICE", default_value_t)]
    device: DeviceChoice,
}

impl DeviceArg {
    /// Opens the device; says on stderr if `auto` did not find the card it could use.
    pub(crate) fn open(&self) -> Result<Device> {
        let open = self.device.open().map_err(|error| BadInput(error.to_string()))?;
        if let Some(note) = open.note {
            eprintln!("undertone: {note}");
        }
        Ok(open.device)
    }
}

/// The device as `--device` and reports call it.
pub(crate) const fn device_name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}

/// The acoustic model called or stored at `acoustic`, and the Whisper model
/// called or stored at `whisper` if one is given. The emotion models go to `device`.
pub(crate) fn load(acoustic: &str, whisper: Option<&Path>, device: &Device) -> Result<Models> {
    let acoustic =
        CandleAcoustic::open(acoustic, device).map_err(|error| BadInput(error.to_string()))?;
    let mut transcribers: Vec<Box<dyn Transcriber>> = Vec::new();
    if let Some(name_or_path) = whisper {
        let path = models_cmd::resolve(name_or_path)?;
        let transcriber = WhisperTranscriber::load(&path, &WhisperSettings::default())
            .map_err(|error| BadInput(error.to_string()))?;
        transcribers.push(Box::new(transcriber));
    }
    Ok(Models { acoustic: Box::new(acoustic), transcribers, text: None })
}

/// As [`text`]; `None` if neither a model nor signals are named and the default model
/// is not installed.
pub(crate) fn text_if_there(
    name_or_path: Option<&str>,
    signals: Option<&Path>,
    device: &Device,
) -> Result<Option<Box<dyn TextModel>>> {
    let name = name_or_path.unwrap_or(models::DEFAULT_TEXT);
    match (models::find(name), name_or_path, signals) {
        (Err(EmotionError::NotFound { .. }), None, None) => Ok(None),
        _ => Ok(Some(Box::new(text(name, signals, device)?))),
    }
}

/// The text model called or stored at `name_or_path`, listening for the signals of
/// the file `signals`, or for the built-in ones.
pub(crate) fn text(
    name_or_path: &str,
    signals: Option<&Path>,
    device: &Device,
) -> Result<CandleText> {
    let bad = |error: EmotionError| BadInput(error.to_string());
    let mut model = CandleText::open(name_or_path, device).map_err(bad)?;
    match signals {
        Some(path) => {
            let file = path.display().to_string();
            let toml = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {file}"))
                .map_err(|error| BadInput(format!("{error:#}")))?;
            model.listen_for(&file, &toml).map_err(bad)?;
        }
        None => model.listen_for("built-in signals", DEFAULT_SIGNALS).map_err(bad)?,
    }
    Ok(model)
}
