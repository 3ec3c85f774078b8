//! Voice over RTP (RFC 3550), one stream a lane.

mod format;
mod packet;
mod sdp;
mod stream;

pub use format::{Format, Formats};
pub use packet::Packet;
pub use sdp::{SdpMedia, parse_sdp};
pub use stream::{RtpSettings, RtpStream};
