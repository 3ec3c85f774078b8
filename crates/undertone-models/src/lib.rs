//! Finds, pulls, verifies and loads models.
//!
//! | model | found by | comes from |
//! |---|---|---|
//! | acoustic | [`acoustic`] | built in, or a weights file ([`find`]) |
//! | text | [`text`], [`text_if_installed`] | a weights file ([`find`]) |
//! | Whisper | [`whisper`], [`best_whisper`] | pulled into the [`Cache`] ([`Manifest`], [`Download`]) or any ggml file |
//!
//! Pulled files get their names only once size and SHA-256 are right. Nothing here starts a
//! thread or prints.

mod cache;
mod download;
mod error;
mod load;
mod manifest;
mod weights;
mod whisper;

pub use cache::{Cache, Condition, sha256};
pub use download::{Download, Limits, Source};
pub use error::ModelsError;
pub use load::{acoustic, text, text_if_installed};
pub use manifest::{Entry, Manifest};
pub use undertone_emotion::{CandleAcoustic, CandleText, Device, DeviceChoice, OpenDevice};
pub use weights::{DEFAULT_ACOUSTIC, DEFAULT_TEXT, built_in, find};
pub use whisper::{best_whisper, is_whisper_fixture, resolve_whisper, whisper};
