//! Loading the models a command needs.

use crate::exit::BadInput;
use crate::models_cmd;
use anyhow::Result;
use std::path::Path;
use undertone_emotion::{CandleAcoustic, Device};
use undertone_engine::Models;
use undertone_infer::Transcriber;
use undertone_transcribe::{WhisperSettings, WhisperTranscriber};

/// The acoustic model called or stored at `acoustic`, and the Whisper model
/// called or stored at `whisper` if one is given.
pub(crate) fn load(acoustic: &str, whisper: Option<&Path>) -> Result<Models> {
    let acoustic = CandleAcoustic::open(acoustic, &Device::Cpu)
        .map_err(|error| BadInput(error.to_string()))?;
    let mut transcribers: Vec<Box<dyn Transcriber>> = Vec::new();
    if let Some(name_or_path) = whisper {
        let path = models_cmd::resolve(name_or_path)?;
        let transcriber = WhisperTranscriber::load(&path, &WhisperSettings::default())
            .map_err(|error| BadInput(error.to_string()))?;
        transcribers.push(Box::new(transcriber));
    }
    Ok(Models { acoustic: Box::new(acoustic), transcribers })
}
