//! Voice over RTP (RFC 3550): calls of one stream a lane.

mod call;
mod format;
mod packet;
mod sdp;
mod stream;
mod unlisted;

pub use call::{RtpCall, Stranger};
pub use format::{Format, Formats};
pub use packet::Packet;
pub use sdp::{SdpMedia, parse_sdp};
pub use stream::{RtpSettings, RtpStream};
