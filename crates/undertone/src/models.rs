//! Loads the models of a command.

use crate::exit::{BadInput, sorted};
use anyhow::{Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use undertone_engine::{EngineSettings, Models};
use undertone_infer::{TextModel, Transcriber};
use undertone_models::{self as models, CandleText, Device, DeviceChoice};

/// The device of models, for every command that uses one.
#[derive(Debug, Args)]
pub(crate) struct DeviceArg {
    /// Device of the emotion models: auto, cpu, cuda, cuda:N or metal
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

/// The Whisper model, for every command that transcribes.
#[derive(Debug, Args)]
pub(crate) struct WhisperArg {
    /// Whisper model for transcripts: a ggml file, the name of one that has been pulled
    /// (`undertone models list`), or none [default: the best pulled]
    #[arg(long, value_name = "NAME|PATH|none")]
    whisper: Option<PathBuf>,
}

impl WhisperArg {
    /// The model that is meant, or else the best that has been pulled, if any.
    pub(crate) fn open(&self) -> Result<Option<Box<dyn Transcriber>>> {
        match &self.whisper {
            Some(name) if name.as_os_str() == "none" => Ok(None),
            Some(name) => transcriber(name).map(Some),
            None => {
                let best = models::best_whisper().map_err(sorted)?;
                best.as_deref().map(transcriber).transpose()
            }
        }
    }

    /// The same where there must be one.
    pub(crate) fn required(&self) -> Result<Box<dyn Transcriber>> {
        let cause = "no whisper model is here; give one with --whisper MODEL.bin, or fetch one \
                     with: undertone models pull base.en";
        Ok(self.open()?.ok_or_else(|| BadInput(cause.to_owned()))?)
    }
}

/// The Whisper model called or stored at `name_or_path`.
pub(crate) fn transcriber(name_or_path: &Path) -> Result<Box<dyn Transcriber>> {
    Ok(Box::new(models::whisper(name_or_path).map_err(sorted)?))
}

/// The text model and its signals, for commands that score sentences.
#[derive(Debug, Args)]
pub(crate) struct TextArgs {
    /// Text model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = models::DEFAULT_TEXT)]
    pub(crate) text_model: String,

    /// File of service signals, instead of the built-in ones
    #[arg(long, value_name = "FILE.toml")]
    signals: Option<PathBuf>,

    #[command(flatten)]
    device: DeviceArg,
}

impl TextArgs {
    /// The model that is meant, on its device.
    pub(crate) fn open(&self) -> Result<CandleText> {
        let device = self.device.open()?;
        models::text(&self.text_model, self.signals.as_deref(), &device).map_err(sorted)
    }
}

/// The source of the words. The fixture must not be taken for a recogniser of people.
pub(crate) fn words_by(model: &str) -> String {
    let of_synthesisers = if models::is_whisper_fixture(model) {
        ", which knows synthetic voices, not people"
    } else {
        ""
    };
    format!("{model}{of_synthesisers}")
}

/// The acoustic model called or stored at `acoustic`, on `device`, and `transcriber`.
pub(crate) fn load(
    acoustic: &str,
    transcriber: Option<Box<dyn Transcriber>>,
    device: &Device,
) -> Result<Models> {
    let acoustic = models::acoustic(acoustic, device).map_err(sorted)?;
    let transcribers = transcriber.into_iter().collect();
    Ok(Models { acoustic: Box::new(acoustic), transcribers, text: None })
}

/// The text model of transcripts, for commands that analyse calls.
#[derive(Debug, Default, Args)]
pub(crate) struct ReadingArgs {
    /// Text model for transcripts: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH")]
    text_model: Option<String>,

    /// File of service signals, instead of the built-in ones (config/signals.toml is a
    /// template)
    #[arg(long, value_name = "FILE.toml")]
    signals: Option<PathBuf>,
}

impl ReadingArgs {
    /// The default model, asked for by name.
    pub(crate) fn default_model() -> Self {
        Self { text_model: Some(models::DEFAULT_TEXT.to_owned()), signals: None }
    }
}

/// As [`load`], and what is written down is read, by the default text model if no other is
/// named and it is installed.
pub(crate) fn load_reading(
    acoustic: &str,
    transcriber: Option<Box<dyn Transcriber>>,
    reading: &ReadingArgs,
    device: &Device,
) -> Result<Models> {
    let (name, signals) = (reading.text_model.as_deref(), reading.signals.as_deref());
    let mut models = load(acoustic, transcriber, device)?;
    if !models.transcribers.is_empty() {
        models.text = text_if_there(name, signals, device)?;
    } else if name.is_some() || signals.is_some() {
        bail!(BadInput("--text-model and --signals read words: give --whisper too".to_owned()));
    }
    Ok(models)
}

/// Settings of an engine for as many calls as the machine can hold. A card wants batches
/// that a processor has no use for.
pub(crate) fn serving(max_calls: usize, device: &Device) -> EngineSettings {
    let settings = EngineSettings::serving(max_calls);
    if device.is_cpu() { settings } else { EngineSettings { max_batch: 256, ..settings } }
}

/// The text model, as [`models::text_if_installed`] finds it.
pub(crate) fn text_if_there(
    name_or_path: Option<&str>,
    signals: Option<&Path>,
    device: &Device,
) -> Result<Option<Box<dyn TextModel>>> {
    let model = models::text_if_installed(name_or_path, signals, device).map_err(sorted)?;
    Ok(model.map(|model| Box::new(model) as Box<dyn TextModel>))
}
