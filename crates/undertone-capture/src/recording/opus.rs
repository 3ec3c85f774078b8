//! Opus packets as samples, through libopus: symphonia reads the container alone.

use super::error::Stop;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

/// Frames a second of every decoder, whatever was recorded.
pub(super) const RATE: u32 = 48_000;

/// Frames of the longest packet there may be: 120 ms.
const LONGEST: usize = 5760;

/// Where the identification header (RFC 7845, section 5.1) holds its version, the
/// frames to drop at the start, and the gain.
const VERSION: usize = 8;
const PRE_SKIP: std::ops::Range<usize> = 10..12;
const GAIN: std::ops::Range<usize> = 16..18;

/// The decoder of one Opus stream.
pub(super) struct Opus {
    decoder: opus::Decoder,
    channels: usize,
    /// Frames still to be dropped: those in which the codec settles.
    skip: usize,
    scratch: Vec<f32>,
}

impl Opus {
    /// A decoder for `params`.
    ///
    /// # Errors
    /// `Unsupported` for more than two channels, `DecodeError` where libopus refuses.
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self, Error> {
        let channels = match params.channels.as_ref().map_or(0, Channels::count) {
            1 => opus::Channels::Mono,
            2 => opus::Channels::Stereo,
            _ => return Err(Error::Unsupported("Opus of more than two channels")),
        };
        let header = params.extra_data.as_deref().unwrap_or_default();
        // MP4 has the same fields with the high byte first; its version is 0, Ogg's 1.
        let low_first = header.get(VERSION) != Some(&0);
        let field = |place: std::ops::Range<usize>| -> u16 {
            match header.get(place) {
                Some(&[a, b]) if low_first => u16::from_le_bytes([a, b]),
                Some(&[a, b]) => u16::from_be_bytes([a, b]),
                _ => 0,
            }
        };
        let refused = |_| Error::DecodeError("libopus refuses the header");
        let mut decoder = opus::Decoder::new(RATE, channels).map_err(refused)?;
        decoder.set_gain(i32::from(field(GAIN).cast_signed())).map_err(refused)?;
        let channels = channels as usize;
        Ok(Self {
            decoder,
            channels,
            skip: usize::from(field(PRE_SKIP)),
            scratch: vec![0.0; LONGEST * channels],
        })
    }

    /// Frames dropped at the start, of those the container counts.
    pub(super) const fn skipped(&self) -> u64 {
        self.skip as u64
    }

    /// Appends the interleaved samples of `packet` to `out`, without the last
    /// `padding` frames.
    pub(super) fn decode(
        &mut self,
        packet: &Packet,
        padding: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), Stop> {
        let frames = self
            .decoder
            .decode_float(&packet.data, &mut self.scratch, false)
            .map_err(|error| Stop::Damaged(error.to_string()))?;
        let end = frames.saturating_sub(padding);
        let start = self.skip.min(end);
        self.skip -= start;
        out.extend_from_slice(&self.scratch[start * self.channels..end * self.channels]);
        Ok(())
    }
}
