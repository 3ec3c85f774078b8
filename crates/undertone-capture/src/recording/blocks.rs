//! Blocks of equal length turned into samples.

use super::encoding::{Encoding, Shape};
use super::error::Stop;
use super::g726::G726;
use super::gsm::Gsm;
use audio_codec::g722::G722Decoder;
use std::io::{self, Read};
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS, CODEC_ID_PCM_S24LE,
};
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

/// Frames decoded at once, unless one block holds more.
const PACKET_FRAMES: u32 = 4096;

/// The decoder of a run of blocks; the file they are read from is the caller's.
pub(super) struct Blocks {
    decoder: Decoder,
    shape: Shape,
    channels: usize,
    /// Bytes of sound still in the file.
    bytes_left: u64,
    /// Frames still to be handed out.
    frames_left: u64,
    packet: Vec<u8>,
    /// Interleaved samples of the last packet, of which `taken` are handed out.
    decoded: Vec<f32>,
    taken: usize,
}

enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    /// Three bytes of every four go to the decoder of 24-bit integers.
    Low24(Box<dyn AudioDecoder>),
    Gsm(Gsm),
    G722(Box<G722Decoder>, Vec<i16>),
    G726(G726),
}

impl Blocks {
    /// A decoder of `frames` frames in `bytes` bytes of `encoding`.
    ///
    /// # Errors
    /// What cannot be read about it.
    pub(super) fn new(
        encoding: Encoding,
        rate: u32,
        channels: u16,
        bytes: u64,
        frames: u64,
    ) -> Result<Self, String> {
        if channels > encoding.most_channels() {
            return Err(format!("{} with {channels} channels", encoding.name()));
        }
        let shape = encoding
            .shape(channels)
            .ok_or_else(|| format!("{} in blocks without a frame", encoding.name()))?;
        Ok(Self {
            decoder: Decoder::new(encoding, shape, rate, channels)?,
            shape,
            channels: usize::from(channels),
            bytes_left: bytes,
            frames_left: frames,
            packet: Vec::new(),
            decoded: Vec::new(),
            taken: 0,
        })
    }

    /// Appends up to `max_frames` frames out of `file` to `block`; none at the end.
    ///
    /// # Errors
    /// [`Stop`]; the frames appended before it are good.
    pub(super) fn read(
        &mut self,
        file: &mut impl Read,
        max_frames: usize,
        block: &mut Vec<f32>,
    ) -> Result<(), Stop> {
        if self.frames_left == 0 {
            return Ok(());
        }
        if self.taken == self.decoded.len() && !self.decode_next(file, max_frames)? {
            return Ok(());
        }
        let left = &self.decoded[self.taken..];
        let most = usize::try_from(self.frames_left).unwrap_or(usize::MAX).min(max_frames);
        let take = left.len().min(most.saturating_mul(self.channels));
        block.extend_from_slice(&left[..take]);
        self.taken += take;
        self.frames_left -= (take / self.channels) as u64;
        Ok(())
    }

    /// Decodes the next blocks into `decoded`; false where there are none.
    fn decode_next(&mut self, file: &mut impl Read, max_frames: usize) -> Result<bool, Stop> {
        self.decoded.clear();
        self.taken = 0;
        let wanted = max_frames.min(PACKET_FRAMES as usize) as u64;
        let blocks = wanted.div_ceil(u64::from(self.shape.frames)).max(1);
        let whole = blocks * u64::from(self.shape.bytes);
        let bytes = whole.min(self.bytes_left);
        let frames = self.shape.frames_in(bytes);
        if frames == 0 {
            return Ok(false);
        }
        self.packet.clear();
        self.packet.resize(bytes as usize, 0);
        file.read_exact(&mut self.packet).map_err(cut_or_io)?;
        self.bytes_left -= bytes;
        // A last block that is shorter is filled up, and what that adds cut off.
        let full = bytes.next_multiple_of(u64::from(self.shape.bytes));
        self.packet.resize(full as usize, 0);
        let decoded = self.shape.frames_in(full);
        self.decoder.decode(&mut self.packet, decoded, self.shape, &mut self.decoded)?;
        self.decoded.truncate(frames as usize * self.channels);
        Ok(!self.decoded.is_empty())
    }
}

fn cut_or_io(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Stop::Cut,
        _ => Stop::Io(error),
    }
}

impl Decoder {
    fn new(encoding: Encoding, shape: Shape, rate: u32, channels: u16) -> Result<Self, String> {
        let symphonia = |codec| symphonia_decoder(codec, shape, rate, channels);
        Ok(match encoding {
            Encoding::Pcm { codec, .. } => Self::Symphonia(symphonia(codec)?),
            Encoding::Low24 => Self::Low24(symphonia(CODEC_ID_PCM_S24LE)?),
            Encoding::ImaAdpcm { .. } => Self::Symphonia(symphonia(CODEC_ID_ADPCM_IMA_WAV)?),
            Encoding::MsAdpcm { .. } => Self::Symphonia(symphonia(CODEC_ID_ADPCM_MS)?),
            Encoding::Gsm => Self::Gsm(Gsm::plain()),
            Encoding::GsmMicrosoft => Self::Gsm(Gsm::microsoft()),
            Encoding::G722 => Self::G722(Box::new(G722Decoder::new()), Vec::new()),
            Encoding::G726 { bits, high_first } => Self::G726(G726::new(bits, high_first)),
        })
    }

    /// Fills `out`, which is empty, with the `frames` frames of the whole blocks in
    /// `packet`.
    fn decode(
        &mut self,
        packet: &mut Vec<u8>,
        frames: u64,
        shape: Shape,
        out: &mut Vec<f32>,
    ) -> Result<(), Stop> {
        match self {
            Self::Symphonia(decoder) => decode(decoder.as_mut(), packet, frames, out),
            Self::Low24(decoder) => {
                drop_every_fourth(packet);
                decode(decoder.as_mut(), packet, frames, out)
            }
            Self::Gsm(gsm) => packet
                .chunks_exact(shape.bytes as usize)
                .try_for_each(|block| gsm.decode(block, out)),
            Self::G722(decoder, samples) => {
                samples.clear();
                samples.resize(packet.len() * 2, 0);
                let written = decoder.decode_frame_into(packet, samples).map_err(damaged)?;
                out.extend(samples[..written].iter().map(|&sample| from_i16(sample)));
                Ok(())
            }
            Self::G726(g726) => {
                g726.decode(packet, out);
                Ok(())
            }
        }
    }
}

fn symphonia_decoder(
    codec: AudioCodecId,
    shape: Shape,
    rate: u32,
    channels: u16,
) -> Result<Box<dyn AudioDecoder>, String> {
    let mut params = AudioCodecParameters::new();
    params
        .for_codec(codec)
        .with_sample_rate(rate)
        .with_channels(Channels::Discrete(channels))
        .with_max_frames_per_packet(u64::from(shape.frames.max(PACKET_FRAMES) + shape.frames))
        .with_frames_per_block(u64::from(shape.frames));
    symphonia::default::get_codecs()
        .make_audio_decoder(&params, &AudioDecoderOptions::default())
        .map_err(|error| error.to_string())
}

fn decode(
    decoder: &mut dyn AudioDecoder,
    bytes: &[u8],
    frames: u64,
    out: &mut Vec<f32>,
) -> Result<(), Stop> {
    let packet = PacketRef::new(0, Timestamp::new(0), Duration::from(frames), bytes);
    let audio = decoder.decode_ref(&packet).map_err(damaged)?;
    audio.copy_to_vec_interleaved(out);
    Ok(())
}

fn damaged(error: impl std::fmt::Display) -> Stop {
    Stop::Damaged(error.to_string())
}

fn drop_every_fourth(bytes: &mut Vec<u8>) {
    let mut at = 0_usize;
    bytes.retain(|_| {
        at += 1;
        !at.is_multiple_of(4)
    });
}

/// A 16-bit sample on the scale of all others, −1 to 1.
pub(super) fn from_i16(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}
