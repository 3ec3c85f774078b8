//! Errors of this crate's settings. Audio causes none.

use thiserror::Error;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DspError {
    /// The input rate is outside the range of telephones, microphones and files.
    #[error("sample rate {0} Hz is not between 1000 and 768000 Hz")]
    SampleRate(u32),
    /// The resampler could not be built for a rate inside the allowed range.
    #[error("sample rate {rate} Hz: {cause}")]
    Resampler {
        /// The rate, in hertz.
        rate: u32,
        /// The resampling library's error.
        cause: String,
    },
    /// An invalid front end in a weights file.
    #[error("front end: {field} {problem}")]
    FrontEnd {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// An invalid lane, VAD or segment setting.
    #[error("lane setting {field} {problem}")]
    Setting {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}
