//! What to do about it: events of a call in, advice out.

mod redact;
mod settings;
mod text;

pub use redact::{Found, Kind, Redactor};
pub use settings::{CoachError, Place};
