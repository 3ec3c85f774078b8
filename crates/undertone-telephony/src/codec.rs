//! Audio codecs and their names in the protocols.

use crate::TelephonyError;

/// A codec of one channel, or of two interleaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// G.711 µ-law, 8 kHz.
    Pcmu,
    /// G.711 A-law, 8 kHz.
    Pcma,
    /// G.722, 16 kHz; its RTP clock runs at 8 kHz for historical reasons (RFC 3551).
    G722,
    /// Big-endian 16-bit samples, as in RTP.
    L16 {
        /// Samples a second.
        rate: u32,
        /// Interleaved channels, mixed down.
        channels: u8,
    },
    /// Opus, decoded at 16 kHz.
    Opus,
}

impl Codec {
    /// Ticks a second of the RTP timestamp.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::L16 { rate, .. } => rate,
            Self::Opus => 48_000,
        }
    }

    /// Sample rate of the decoder's output.
    pub const fn sample_rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => 8_000,
            Self::G722 | Self::Opus => 16_000,
            Self::L16 { rate, .. } => rate,
        }
    }

    /// The codec called `name` in SDP and in gateways' JSON; `rate` and `channels` are
    /// used for L16 only.
    ///
    /// # Errors
    /// [`TelephonyError::Unsupported`].
    pub fn named(name: &str, rate: u32, channels: u8) -> Result<Self, TelephonyError> {
        let unsupported =
            |what| TelephonyError::Unsupported { what, instead: "PCMU, PCMA, G722, L16 or opus" };
        let l16 = Self::L16 { rate, channels };
        match name.to_ascii_lowercase().as_str() {
            "pcmu" | "ulaw" | "mulaw" | "audio/x-mulaw" => Ok(Self::Pcmu),
            "pcma" | "alaw" | "audio/x-alaw" => Ok(Self::Pcma),
            "g722" => Ok(Self::G722),
            "opus" => Ok(Self::Opus),
            "l16" if !RATES.contains(&rate) || !matches!(channels, 1 | 2) => {
                Err(unsupported(format!("L16 at {rate} Hz with {channels} channels")))
            }
            "l16" => Ok(l16),
            _ => Err(unsupported(format!("encoding {name:?}"))),
        }
    }
}

/// Sample rates that telephones and sound cards use.
pub(crate) const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
