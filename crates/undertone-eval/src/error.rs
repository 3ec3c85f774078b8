//! Errors of a measurement.

use std::path::PathBuf;
use undertone_capture::RecordingError;
use undertone_dsp::DspError;
use undertone_engine::EngineError;
use undertone_fusion::FusionError;
use undertone_infer::ModelError;

/// Why nothing could be measured. Messages are one line and name the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The manifest cannot be read or lacks a column.
    #[error("{}: {cause}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The manifest is sound, but no clip of it can be used.
    #[error("{}: no clip can be measured: {cause}", path.display())]
    NoClips {
        /// The manifest.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
    /// A condition is not one of those that exist.
    #[error("condition {given:?}: {problem}; there are clean, phone, far, noise:DB and loss:PCT")]
    Condition {
        /// The condition as given.
        given: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The engine refuses its settings or a call.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine failed under load, or there is nothing to feed it.
    #[error("{cause}")]
    Load {
        /// What happened.
        cause: String,
    },
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The front end refuses its settings.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The detector refuses its settings.
    #[error(transparent)]
    Fusion(#[from] FusionError),
    /// What was measured cannot be written.
    #[error("cannot write: {source}")]
    Write {
        /// The system's error.
        source: std::io::Error,
    },
}
