//! The traits behind every model.

use crate::show_both;
use undertone_signal::{CalmScores, FrontEnd, Judgement, Scores, Segment, Transcript};

/// Why a model could not answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model's own computation failed; the next call may work.
    #[error("{model} failed: {cause}")]
    Compute {
        /// Name of the model.
        model: String,
        /// What its backend said.
        cause: String,
    },
    /// The input does not fit the model.
    #[error("{model} takes {expected} numbers a window, got {got}")]
    Shape {
        /// Name of the model.
        model: String,
        /// Length it was loaded for.
        expected: usize,
        /// Length it was given.
        got: usize,
    },
}

/// Judges windows of log-mel features.
pub trait AcousticModel: Send {
    /// Name of the model, as its weights file gives it.
    fn name(&self) -> &str;

    /// The features it was trained on.
    fn front_end(&self) -> FrontEnd;

    /// What it says of calm speech, where its weights file tells.
    fn calm(&self) -> Option<CalmScores> {
        None
    }

    /// Judges a batch. Each element of `windows` is row-major
    /// `[frames, columns]` as [`front_end`](Self::front_end) says; `out` is
    /// cleared and filled with one [`Scores`] a window, in order. Results do
    /// not depend on what else is in the batch.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if a window has another length,
    /// [`ModelError::Compute`] if the backend fails; `out` is then empty.
    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError>;

    /// Judges each window of a batch twice, whole and by its newest half
    /// ([`second_look`](crate::second_look)); otherwise as [`score`](Self::score). A model
    /// that can spare itself work between the two looks does it here.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    fn judge(&mut self, windows: &[&[f32]], out: &mut Vec<Judgement>) -> Result<(), ModelError> {
        show_both(self, windows, out)
    }
}

/// Writes down what was said in a segment of speech.
pub trait Transcriber: Send {
    /// Name of the model.
    fn name(&self) -> &str;

    /// The words of `segment`, or `None` where it holds none that can be
    /// believed (silence, noise, music).
    ///
    /// # Errors
    /// [`ModelError::Compute`] if the backend fails.
    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError>;
}
