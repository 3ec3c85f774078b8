//! Devices: sound as it happens.
//!
//! ```text
//! audio callback ─► Sink ═ring═► Tap ─► Source (reopens what was unplugged)
//!                                          └─► LaneClock (drift, gaps) ─► the call
//! ```
//!
//! One thread listens to all devices of a call; callbacks wake it. Only
//! [`CpalDevice`] knows hardware, and everything else is tested with [`FakeDevice`].

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

/// A device that cannot be used; names it, and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No device of that name is here.
    #[error("{name}: no such device; `undertone devices` lists those that are here")]
    Missing {
        /// The name asked for.
        name: String,
    },
    /// Nothing was asked for, and the system names no default.
    #[error("there is no default {what}; `undertone devices` lists those that are here")]
    NoDefault {
        /// Microphone or loopback.
        what: &'static str,
    },
    /// The device is there, but cannot be opened.
    #[error("{name}: cannot be opened: {cause}")]
    Open {
        /// The device.
        name: String,
        /// What the system said.
        cause: String,
    },
    /// The system's sound cannot be reached at all.
    #[error("sound devices cannot be listed: {cause}")]
    System {
        /// What the system said.
        cause: String,
    },
}
