//! Opus packets as samples, through libopus: symphonia reads the container alone.

use super::error::Stop;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;

/// Frames a second of every decoder, whatever was recorded.
const RATE: u32 = 48_000;

/// Frames of the longest packet there may be: 120 ms.
const LONGEST: usize = 5760;

/// Where the identification header (RFC 7845, section 5.1) holds the frames to drop at
/// the start, and the gain.
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
    /// A decoder for `params`, or what cannot be read about it.
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self, String> {
        let channels = match params.channels.as_ref().map_or(0, Channels::count) {
            1 => opus::Channels::Mono,
            2 => opus::Channels::Stereo,
            many => return Err(format!("OGG Opus of {many} channels")),
        };
        let header = params.extra_data.as_deref().unwrap_or_default();
        let field = |place: std::ops::Range<usize>| -> Option<[u8; 2]> {
            header.get(place)?.try_into().ok()
        };
        let mut decoder = opus::Decoder::new(RATE, channels).map_err(|error| error.to_string())?;
        let gain = field(GAIN).map_or(0, i16::from_le_bytes);
        decoder.set_gain(i32::from(gain)).map_err(|error| error.to_string())?;
        let channels = channels as usize;
        Ok(Self {
            decoder,
            channels,
            skip: usize::from(field(PRE_SKIP).map_or(0, u16::from_le_bytes)),
            scratch: vec![0.0; LONGEST * channels],
        })
    }

    /// Frames dropped at the start, of those the container counts.
    pub(super) const fn skipped(&self) -> u64 {
        self.skip as u64
    }

    /// Appends the interleaved samples of `packet` to `out`.
    pub(super) fn decode(&mut self, packet: &Packet, out: &mut Vec<f32>) -> Result<(), Stop> {
        let frames = self
            .decoder
            .decode_float(&packet.data, &mut self.scratch, false)
            .map_err(|error| Stop::Damaged(error.to_string()))?;
        let padding = usize::try_from(packet.trim_end.get()).unwrap_or(frames);
        let end = frames.saturating_sub(padding);
        let start = self.skip.min(end);
        self.skip -= start;
        out.extend_from_slice(&self.scratch[start * self.channels..end * self.channels]);
        Ok(())
    }
}
