//! Protocols of telephone gateways as state machines: bytes and the time in,
//! [`WireEvent`]s out. No sockets, no threads, no clock.
//!
//! | gateway | state machine |
//! |---|---|
//! | any SIP or media server | [`rtp::RtpCall`], of one [`rtp::RtpStream`] a lane |
//! | Twilio Media Streams, Telnyx media streaming | [`MediaStreams`] |
//! | Asterisk `AudioSocket` | [`AudioSocket`] |
//! | Asterisk `chan_websocket` | [`ChanWebSocket`] |
//! | FreeSWITCH `mod_audio_fork`, `mod_audio_stream`; Vonage | [`AudioFork`] |
//! | any other WebSocket client | [`RawStream`] |
//!
//! No input makes them panic. Input that cannot be used is either a counted
//! [`WireEvent::Problem`], after which the call continues, or an error, after which the
//! connection must be closed.

mod align;
mod audiosocket;
mod chan_websocket;
mod codec;
mod decoder;
mod error;
mod event;
mod fork;
mod gateway;
mod media_streams;
mod pcm;
mod raw;
mod reorder;
pub mod rtp;

pub use audiosocket::AudioSocket;
pub use chan_websocket::ChanWebSocket;
pub use codec::Codec;
pub use decoder::Decoder;
pub use error::TelephonyError;
pub use event::{CallStart, Counters, LaneAudio, WireEvent};
pub use fork::{AudioFork, ForkSettings};
pub use gateway::{Message, Sides, WebSocketGateway};
pub use media_streams::{Dialect, MediaStreams};
pub use raw::RawStream;
