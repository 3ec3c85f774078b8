//! Emotion models, by name or path.

use crate::ModelsError;
use crate::weights::{DEFAULT_TEXT, built_in, find};
use std::path::Path;
use undertone_emotion::text::DEFAULT_SIGNALS;
use undertone_emotion::{CandleAcoustic, CandleText, Device};

/// The acoustic model `name_or_path`: a file found by [`find`], or else the one built into
/// the binary under that name.
///
/// # Errors
/// [`ModelsError::NotFound`], or [`ModelsError::Emotion`] if the file is no such model.
pub fn acoustic(name_or_path: &str, device: &Device) -> Result<CandleAcoustic, ModelsError> {
    match (find(name_or_path), built_in(name_or_path)) {
        (Ok(path), _) => Ok(CandleAcoustic::load(&path, device)?),
        (Err(_), Some(bytes)) => {
            let file = format!("built-in {name_or_path}");
            Ok(CandleAcoustic::from_bytes(&file, bytes.to_vec(), device)?)
        }
        (Err(error), None) => Err(error),
    }
}

/// The text model `name_or_path`, with the service signals of the TOML file `signals`, or
/// with the built-in ones.
///
/// # Errors
/// [`ModelsError::NotFound`], [`ModelsError::Signals`], or [`ModelsError::Emotion`] if the
/// model or its signals are invalid.
pub fn text(
    name_or_path: &str,
    signals: Option<&Path>,
    device: &Device,
) -> Result<CandleText, ModelsError> {
    let mut model = CandleText::load(&find(name_or_path)?, device)?;
    match signals {
        Some(path) => {
            let toml = std::fs::read_to_string(path)
                .map_err(|source| ModelsError::Signals { path: path.to_owned(), source })?;
            model.listen_for(&path.display().to_string(), &toml)?;
        }
        None => model.listen_for("built-in signals", DEFAULT_SIGNALS)?,
    }
    Ok(model)
}

/// As [`text`]; if neither a model nor signals are named, the default model if it is
/// installed.
///
/// # Errors
/// As [`text`].
pub fn text_if_installed(
    name_or_path: Option<&str>,
    signals: Option<&Path>,
    device: &Device,
) -> Result<Option<CandleText>, ModelsError> {
    let name = name_or_path.unwrap_or(DEFAULT_TEXT);
    let asked_for = name_or_path.is_some() || signals.is_some();
    if !asked_for && find(name).is_err() {
        return Ok(None);
    }
    text(name, signals, device).map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::DEFAULT_ACOUSTIC;
    use undertone_infer::AcousticModel as _;
    use undertone_signal::Tone;

    #[test]
    fn the_default_model_is_built_in_and_sound() {
        let bytes = built_in(DEFAULT_ACOUSTIC).unwrap();
        assert!(bytes.len() <= 4 << 20, "4 MB of weights are the limit");
        let mut model =
            CandleAcoustic::from_bytes("built in", bytes.to_vec(), &Device::Cpu).unwrap();
        assert_eq!(model.name(), DEFAULT_ACOUSTIC);
        let parameters: usize =
            model.config().tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        assert!(parameters <= 2_000_000, "{parameters}");
        let window = vec![0.0; model.front_end().len()];
        let mut scores = Vec::new();
        model.score(&[&window], &mut scores).unwrap();
        let total: f32 = Tone::ALL.iter().map(|&tone| scores[0].of(tone).get()).sum();
        assert!((total - 1.0).abs() < 1e-3);
        assert!(built_in("tone-research").is_none());
    }

    #[test]
    fn a_model_that_is_nowhere_is_the_users_to_name() {
        let error = acoustic("no-such-model", &Device::Cpu).unwrap_err();
        assert!(error.is_of_input(), "{error}");
        let error = text_if_installed(Some("no-such-model"), None, &Device::Cpu).unwrap_err();
        assert!(matches!(error, ModelsError::NotFound { .. }), "{error}");
    }
}
