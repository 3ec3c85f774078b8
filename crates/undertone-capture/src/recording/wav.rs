//! Samples out of WAV files: hound for linear ones, symphonia's PCM decoder for
//! G.711 and doubles, which hound does not know.

use super::Source;
use super::error::Stop;
use super::wav_header::{Encoding, WavHeader};
use hound::WavReader;
use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read, Seek, SeekFrom};
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_MULAW,
};
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::PcmDecoder;

/// Opens the samples behind `header`.
pub(super) fn open(mut file: File, header: &WavHeader) -> Result<Box<dyn Source>, String> {
    file.seek(SeekFrom::Start(header.data_start)).map_err(|error| error.to_string())?;
    let file = BufReader::with_capacity(1 << 16, file);
    Ok(match header.encoding {
        Encoding::Int { bits } => Box::new(Linear::new(file, header, bits, false)?),
        Encoding::Float => Box::new(Linear::new(file, header, 32, true)?),
        Encoding::Double => Box::new(Packed::new(file, header, CODEC_ID_PCM_F64LE)?),
        Encoding::MuLaw => Box::new(Packed::new(file, header, CODEC_ID_PCM_MULAW)?),
        Encoding::ALaw => Box::new(Packed::new(file, header, CODEC_ID_PCM_ALAW)?),
    })
}

/// Integer and 32-bit float samples, through hound.
struct Linear {
    reader: WavReader<Chain<Cursor<Vec<u8>>, BufReader<File>>>,
    channels: usize,
    /// What an integer sample is multiplied by; `None` for floats.
    scale: Option<f32>,
}

impl Linear {
    fn new(
        file: BufReader<File>,
        header: &WavHeader,
        bits: u16,
        float: bool,
    ) -> Result<Self, String> {
        let clean = clean_header(header, bits, float)
            .ok_or_else(|| "more samples than a WAV file can hold".to_owned())?;
        let reader =
            WavReader::new(Cursor::new(clean).chain(file)).map_err(|error| error.to_string())?;
        let scale = (!float).then(|| 1.0 / (1_u64 << (bits - 1)) as f32);
        Ok(Self { reader, channels: usize::from(header.channels), scale })
    }
}

impl Source for Linear {
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop> {
        let samples = max_frames.saturating_mul(self.channels);
        let result = match self.scale {
            Some(scale) => self
                .reader
                .samples::<i32>()
                .take(samples)
                .try_for_each(|sample| sample.map(|value| block.push(value as f32 * scale))),
            None => self
                .reader
                .samples::<f32>()
                .take(samples)
                .try_for_each(|sample| sample.map(|value| block.push(value))),
        };
        result.map_err(|error| {
            block.truncate(block.len() - block.len() % self.channels);
            match error {
                hound::Error::IoError(error) => Stop::Io(error),
                other => Stop::Damaged(other.to_string()),
            }
        })
    }
}

/// A header that hound accepts, for the frames that are really there. `None` if
/// they do not fit a WAV file, whose lengths have 32 bits.
fn clean_header(header: &WavHeader, bits: u16, float: bool) -> Option<Vec<u8>> {
    /// The last 14 bytes of the GUIDs of both PCM and float.
    const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113];
    let frame_bytes = u64::from(header.frame_bytes);
    let data_len = u32::try_from(header.present_frames.checked_mul(frame_bytes)?).ok()?;
    let container_bits = header.frame_bytes / header.channels * 8;
    // hound compares this field with rate times frame size, and both are given.
    let byte_rate = header.rate.checked_mul(u32::from(header.frame_bytes))?;
    let mut out = Vec::with_capacity(68);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&data_len.saturating_add(60).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&40_u32.to_le_bytes());
    out.extend_from_slice(&0xfffe_u16.to_le_bytes());
    out.extend_from_slice(&header.channels.to_le_bytes());
    out.extend_from_slice(&header.rate.to_le_bytes());
    out.extend_from_slice(&byte_rate.to_le_bytes());
    out.extend_from_slice(&header.frame_bytes.to_le_bytes());
    out.extend_from_slice(&container_bits.to_le_bytes());
    out.extend_from_slice(&22_u16.to_le_bytes());
    out.extend_from_slice(&bits.to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    out.extend_from_slice(&(if float { 3_u16 } else { 1 }).to_le_bytes());
    out.extend_from_slice(&GUID_TAIL);
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data_len.to_le_bytes());
    Some(out)
}

/// Frames handed to symphonia at once.
const PACKET_FRAMES: usize = 4096;

/// G.711 and 64-bit float samples, through symphonia's PCM decoder.
struct Packed {
    file: BufReader<File>,
    decoder: PcmDecoder,
    frame_bytes: usize,
    frames_left: u64,
    packet: Vec<u8>,
    decoded: Vec<f32>,
}

impl Packed {
    fn new(file: BufReader<File>, header: &WavHeader, codec: AudioCodecId) -> Result<Self, String> {
        let mut params = AudioCodecParameters::new();
        params
            .for_codec(codec)
            .with_sample_rate(header.rate)
            .with_channels(Channels::Discrete(header.channels))
            .with_max_frames_per_packet(PACKET_FRAMES as u64);
        let decoder = PcmDecoder::try_new(&params, &AudioDecoderOptions::default())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            file,
            decoder,
            frame_bytes: usize::from(header.frame_bytes),
            frames_left: header.present_frames,
            packet: Vec::new(),
            decoded: Vec::new(),
        })
    }
}

impl Source for Packed {
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop> {
        let left = usize::try_from(self.frames_left).unwrap_or(usize::MAX);
        let frames = max_frames.min(PACKET_FRAMES).min(left);
        if frames == 0 {
            return Ok(());
        }
        self.packet.resize(frames * self.frame_bytes, 0);
        self.file.read_exact(&mut self.packet).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Stop::Cut,
            _ => Stop::Io(error),
        })?;
        let packet =
            PacketRef::new(0, Timestamp::new(0), Duration::from(frames as u64), &self.packet);
        let audio =
            self.decoder.decode_ref(&packet).map_err(|error| Stop::Damaged(error.to_string()))?;
        audio.copy_to_vec_interleaved(&mut self.decoded);
        block.extend_from_slice(&self.decoded);
        self.frames_left -= frames as u64;
        Ok(())
    }
}
