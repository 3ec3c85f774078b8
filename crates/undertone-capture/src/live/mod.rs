//! Devices: live audio.
//!
//! ```text
//! audio callback ─► Sink ═ring═► Tap ─► Source (reopens what was unplugged)
//!                                          └─► LaneClock (drift, gaps) ─► the call
//! ```
//!
//! One thread reads all devices of a call; callbacks wake it. Only [`CpalDevice`] accesses
//! hardware; everything else is tested with [`FakeDevice`].

mod clock;
mod fake;
mod recorder;
mod ring;
mod source;

#[cfg(feature = "devices")]
mod cpal_device;
#[cfg(feature = "devices")]
mod listing;

pub use clock::LaneClock;
#[cfg(feature = "devices")]
pub use cpal_device::CpalDevice;
pub use fake::FakeDevice;
#[cfg(feature = "devices")]
pub use listing::{DeviceInfo, DeviceKind, devices, find};
pub use recorder::Recorder;
pub use ring::{Alarm, Chunk, Sink, Tap, ring};
pub use source::{Device, Poll, Source, Stream};

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// There is no device of that name.
    #[error("{name}: no such device; `undertone devices` lists those that are here")]
    Missing {
        /// The name.
        name: String,
    },
    /// No device was named, and the system has no default.
    #[error("there is no default {what}; `undertone devices` lists those that are here")]
    NoDefault {
        /// Microphone or loopback.
        what: &'static str,
    },
    /// The device exists, but cannot be opened.
    #[error("{name}: cannot be opened: {cause}")]
    Open {
        /// The device.
        name: String,
        /// What the system said.
        cause: String,
    },
    /// The system's audio devices cannot be listed.
    #[error("sound devices cannot be listed: {cause}")]
    System {
        /// What the system said.
        cause: String,
    },
}
