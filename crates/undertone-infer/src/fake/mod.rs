//! Models without weights, for tests and examples of whatever runs models.
//!
//! There is a fake of every model trait. What it answers is a closure, and how it behaves
//! (slowly, not at all, with errors) is its [`Conduct`].
//!
//! ```
//! use undertone_infer::Transcriber;
//! use undertone_infer::fake::{Conduct, FakeTranscriber, segment};
//!
//! let mut recogniser = FakeTranscriber::saying("good morning");
//! assert_eq!(recogniser.transcribe(&segment(2.0))?.map(|words| words.text).as_deref(),
//!            Some("good morning"));
//!
//! let mut broken = FakeTranscriber::saying("").with(Conduct::Fail);
//! assert!(broken.transcribe(&segment(2.0)).is_err());
//! # Ok::<(), undertone_infer::ModelError>(())
//! ```

mod acoustic;
mod conduct;
mod text;
mod transcriber;

pub use acoustic::FakeAcoustic;
pub use conduct::Conduct;
pub use text::{FakeText, neutral_words};
pub use transcriber::{FakeTranscriber, segment};
