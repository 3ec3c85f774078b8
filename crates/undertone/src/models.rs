//! Loading the models a command needs.

use crate::cli::AnalyzeArgs;
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

/// The models that `args` name: an acoustic one always, Whisper if it is asked for,
/// and a text model where there are words to read. The emotion models go to `device`.
pub(crate) fn load(args: &AnalyzeArgs, device: &Device) -> Result<Models> {
    let acoustic = CandleAcoustic::open(&args.acoustic_model, device)
        .map_err(|error| BadInput(error.to_string()))?;
    let mut transcribers: Vec<Box<dyn Transcriber>> = Vec::new();
    let mut text: Option<Box<dyn TextModel>> = None;
    if let Some(name_or_path) = &args.whisper {
        let path = models_cmd::resolve(name_or_path)?;
        let transcriber = WhisperTranscriber::load(&path, &WhisperSettings::default())
            .map_err(|error| BadInput(error.to_string()))?;
        transcribers.push(Box::new(transcriber));
        text = text_if_there(args, device)?.map(|model| Box::new(model) as _);
    }
    Ok(Models { acoustic: Box::new(acoustic), transcribers, text })
}

/// The text model; `None` if none is named and the default one is not installed.
fn text_if_there(args: &AnalyzeArgs, device: &Device) -> Result<Option<CandleText>> {
    let name = args.text_model.as_deref().unwrap_or(models::DEFAULT_TEXT);
    match (models::find(name), &args.text_model, &args.signals) {
        (Err(EmotionError::NotFound { .. }), None, None) => Ok(None),
        _ => text(name, args.signals.as_deref(), device).map(Some),
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
