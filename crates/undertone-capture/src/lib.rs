//! Where sound comes from.
//!
//! [`Recording`] reads a file, piece by piece, whatever its length; [`live`] listens to
//! devices. Sources hand out what they find, at whatever rate; making 16 kHz lanes of
//! it is the business of the crates above.

pub mod live;
pub mod recording;

pub use recording::{RawFormat, RawFormatError, ReadOptions, Recording, RecordingError, channel};
