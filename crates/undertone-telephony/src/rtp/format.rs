//! The payload types of a call.

use crate::Codec;
use std::collections::BTreeMap;

/// The content of a payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Voice.
    Voice(Codec),
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// DTMF events (RFC 4733).
    TelephoneEvent,
}

/// The meaning of each payload type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formats(BTreeMap<u8, Format>);

impl Default for Formats {
    /// The static types of RFC 3551 that Undertone can decode.
    fn default() -> Self {
        let voice = [
            (0, Codec::Pcmu),
            (8, Codec::Pcma),
            (9, Codec::G722),
            (10, Codec::L16 { rate: 44_100, channels: 2 }),
            (11, Codec::L16 { rate: 44_100, channels: 1 }),
        ];
        let mut formats: BTreeMap<u8, Format> =
            voice.map(|(payload_type, codec)| (payload_type, Format::Voice(codec))).into();
        formats.insert(13, Format::ComfortNoise);
        Self(formats)
    }
}

impl Formats {
    /// The content of `payload_type`.
    pub fn get(&self, payload_type: u8) -> Option<Format> {
        self.0.get(&payload_type).copied()
    }

    /// Maps `payload_type` (0 to 127) as SDP's `rtpmap` does: `opus/48000/2`. Codecs that
    /// Undertone cannot decode are ignored; their packets are counted as unusable. False if
    /// the map is malformed.
    pub fn map(&mut self, payload_type: u8, rtpmap: &str) -> bool {
        let mut parts = rtpmap.split('/');
        let (Some(name), Some(rate)) = (parts.next(), parts.next()) else { return false };
        let Ok(rate) = rate.parse() else { return false };
        let Ok(channels) = parts.next().unwrap_or("1").parse() else { return false };
        if payload_type > 127 {
            return false;
        }
        let format = match name.to_ascii_lowercase().as_str() {
            "telephone-event" => Some(Format::TelephoneEvent),
            "cn" => Some(Format::ComfortNoise),
            name => Codec::named(name, rate, channels).ok().map(Format::Voice),
        };
        match format {
            Some(format) => self.0.insert(payload_type, format),
            None => self.0.remove(&payload_type),
        };
        true
    }
}
