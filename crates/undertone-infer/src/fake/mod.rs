//! Models without weights, for tests and examples.
//!
//! There is a fake of every model trait. Its output comes from a closure, and its behaviour
//! (slow, hanging, failing) from its [`Conduct`].
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
