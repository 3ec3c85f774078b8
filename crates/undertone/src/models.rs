//! Loading the models a command needs.

use crate::exit::BadInput;
use crate::models_cmd;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use undertone_emotion::text::DEFAULT_SIGNALS;
use undertone_emotion::{CandleAcoustic, CandleText, Device, DeviceChoice, EmotionError, models};
use undertone_engine::{EngineSettings, Models};
use undertone_infer::{TextModel, Transcriber};
use undertone_transcribe::{Guard, WhisperSettings, WhisperTranscriber};

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

/// Which Whisper model writes down what is said, as every command asks for it.
#[derive(Debug, Args)]
pub(crate) struct WhisperArg {
    /// Whisper model that writes down what is said: a ggml file, the name of one that
    /// has been pulled (`undertone models list`), or none [default: the best pulled]
    #[arg(long, value_name = "NAME|PATH|none")]
    whisper: Option<PathBuf>,
}

impl WhisperArg {
    /// The model that is meant, or else the best that has been pulled, if any.
    pub(crate) fn open(&self) -> Result<Option<Box<dyn Transcriber>>> {
        match &self.whisper {
            Some(name) if name.as_os_str() == "none" => Ok(None),
            Some(name) => transcriber(name).map(Some),
            None => models_cmd::best_installed()?.as_deref().map(transcriber).transpose(),
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
    let path = models_cmd::resolve(name_or_path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let settings = WhisperSettings { guard: guard(&name), ..WhisperSettings::default() };
    let transcriber =
        WhisperTranscriber::load(&path, &settings).map_err(|error| BadInput(error.to_string()))?;
    Ok(Box::new(transcriber))
}

/// What is not believed of `model`. The fixture was taught on sounds without words: where
/// it is not sure of words that are there, it puts no speech at 0.0001 at most, and on the
/// sounds of ESC-10's third fold that it has words for at 0.0008 or more.
fn guard(model: &str) -> Guard {
    let usual = Guard::default();
    if model.starts_with(FIXTURE) {
        return Guard { no_speech: 0.0004, doubtful_log_probability: -0.2, ..usual };
    }
    usual
}

/// Which text model reads which signals, as commands that read sentences ask for it.
#[derive(Debug, Args)]
pub(crate) struct TextArgs {
    /// Text model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = models::DEFAULT_TEXT)]
    pub(crate) text_model: String,

    /// Service signals to listen for, instead of the built-in ones
    #[arg(long, value_name = "FILE.toml")]
    signals: Option<PathBuf>,

    #[command(flatten)]
    device: DeviceArg,
}

impl TextArgs {
    /// The model that is meant, on its device.
    pub(crate) fn open(&self) -> Result<CandleText> {
        text(&self.text_model, self.signals.as_deref(), &self.device.open()?)
    }
}

/// Whose words these are, for people. The fixture must not be taken for a recogniser.
pub(crate) fn words_by(model: &str) -> String {
    let of_synthesisers =
        if model.starts_with(FIXTURE) { ", which knows synthetic voices, not people" } else { "" };
    format!("{model}{of_synthesisers}")
}

/// Name of the Whisper model that is shipped.
const FIXTURE: &str = "whisper-fixture";

/// The acoustic model called or stored at `acoustic`, on `device`, and `transcriber`.
pub(crate) fn load(
    acoustic: &str,
    transcriber: Option<Box<dyn Transcriber>>,
    device: &Device,
) -> Result<Models> {
    let acoustic =
        CandleAcoustic::open(acoustic, device).map_err(|error| BadInput(error.to_string()))?;
    let transcribers = transcriber.into_iter().collect();
    Ok(Models { acoustic: Box::new(acoustic), transcribers, text: None })
}

/// Who reads what is written down, as commands that hear calls ask for it.
#[derive(Debug, Default, Args)]
pub(crate) struct ReadingArgs {
    /// Text model that reads the words: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH")]
    text_model: Option<String>,

    /// Service signals to listen for in the words, instead of the built-in ones
    /// (copy config/signals.toml to begin)
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
fn text(name_or_path: &str, signals: Option<&Path>, device: &Device) -> Result<CandleText> {
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
