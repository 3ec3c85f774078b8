//! Where sound comes from.
//!
//! [`Recording`] reads a file, piece by piece, whatever its length. Sources hand
//! out what they find (any rate, any number of channels, interleaved); making
//! 16 kHz lanes of it is the business of the crates above.

pub mod recording;

pub use recording::{Recording, RecordingError, channel};
