//! The traits of models.

use crate::show_both;
use undertone_signal::{CalmScores, FrontEnd, Judgement, Scores, Segment, Transcript};

/// Why an inference failed.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The computation failed; the next call may succeed.
    #[error("{model} failed: {cause}")]
    Compute {
        /// Name of the model.
        model: String,
        /// The backend's error.
        cause: String,
    },
    /// The input does not fit the model.
    #[error("{model} takes {expected} numbers a window, got {got}")]
    Shape {
        /// Name of the model.
        model: String,
        /// Length it expects.
        expected: usize,
        /// Length of the input.
        got: usize,
    },
}

/// Scores windows of log-mel features.
pub trait AcousticModel: Send {
    /// Name of the model, from its weights file.
    fn name(&self) -> &str;

    /// The features it was trained on.
    fn front_end(&self) -> FrontEnd;

    /// Its scores of calm speech, if its weights file has them.
    fn calm(&self) -> Option<CalmScores> {
        None
    }

    /// Scores a batch. Each element of `windows` is row-major `[frames, columns]` of
    /// [`front_end`](Self::front_end); `out` is cleared and filled with one [`Scores`] a
    /// window, in order. Results do not depend on the rest of the batch.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if a window has another length,
    /// [`ModelError::Compute`] if the backend fails; `out` is then empty.
    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError>;

    /// Scores each window of a batch twice, whole and by its newest half
    /// ([`second_look`](crate::second_look)); otherwise as [`score`](Self::score). A model
    /// that can share work between the two inferences overrides this.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    fn judge(&mut self, windows: &[&[f32]], out: &mut Vec<Judgement>) -> Result<(), ModelError> {
        show_both(self, windows, out)
    }
}

/// Transcribes segments of speech.
pub trait Transcriber: Send {
    /// Name of the model.
    fn name(&self) -> &str;

    /// The words of `segment`, or `None` if there are none or they are rejected (silence,
    /// noise, music).
    ///
    /// # Errors
    /// [`ModelError::Compute`] if the backend fails.
    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError>;

    /// The rejected words of the last segment, if any. They are returned once.
    fn take_dropped(&mut self) -> Option<Dropped> {
        None
    }
}

/// Words that were transcribed and rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The reason, in a few words.
    pub reason: String,
    /// The rejected text.
    pub text: String,
}
