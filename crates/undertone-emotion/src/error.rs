//! Errors of loading a model.

/// Why a model could not be loaded. Every message is one line and names the
/// file, and the tensor or field where one is at fault.
#[derive(Debug, thiserror::Error)]
pub enum EmotionError {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// The weights file.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is not a weights file of this kind.
    #[error("{file}: {cause}")]
    Format {
        /// The weights file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A tensor is missing, has another shape, or contains NaN or infinity.
    #[error("{file}: tensor {tensor}: {cause}")]
    Tensor {
        /// The weights file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The device refused the weights.
    #[error("{file}: cannot be placed on the device: {cause}")]
    Device {
        /// The weights file.
        file: String,
        /// candle's error.
        cause: String,
    },
}

/// The first line of candle's error: the rest is a backtrace.
pub(crate) fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or("unknown error").to_owned()
}
