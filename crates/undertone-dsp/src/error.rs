//! What can be wrong with the settings of this crate. Audio itself never errs.

use thiserror::Error;

/// A setting that cannot be worked with.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DspError {
    /// The input rate is outside what any telephone, microphone or file uses.
    #[error("sample rate {0} Hz is not between 1000 and 768000 Hz")]
    SampleRate(u32),
    /// The resampler could not be built for a rate inside the allowed range.
    #[error("sample rate {rate} Hz: {cause}")]
    Resampler {
        /// The rate asked for, in hertz.
        rate: u32,
        /// What the resampling library said.
        cause: String,
    },
    /// A front end, as read from a weights file, that makes no sense.
    #[error("front end: {field} {problem}")]
    FrontEnd {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A lane, voice activity or segment setting that makes no sense.
    #[error("lane setting {field} {problem}")]
    Setting {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}
