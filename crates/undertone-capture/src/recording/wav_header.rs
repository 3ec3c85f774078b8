//! Reads the header of a WAV file.
//!
//! hound reads samples well but is strict about headers that real recorders
//! write: lengths of 0 or 2^32 - 1 left by a recorder that streamed or died,
//! unusual `fmt ` sizes, odd chunks without padding. So the header is read here
//! and hound gets a clean one (see `wav`).

use super::error::RecordingError;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Integers, `bits` of them in use (unsigned if 8).
    Int {
        /// Bits in use, counted from the lowest.
        bits: u16,
    },
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// G.711 µ-law.
    MuLaw,
    /// G.711 A-law.
    ALaw,
}

/// What a WAV file says about itself, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WavHeader {
    /// How samples are stored.
    pub(super) encoding: Encoding,
    /// Channels, at least one.
    pub(super) channels: u16,
    /// Frames a second, at least one.
    pub(super) rate: u32,
    /// Bytes of one frame.
    pub(super) frame_bytes: u16,
    /// Position of the first sample in the file.
    pub(super) data_start: u64,
    /// Frames the header announces; where it leaves that open, those there are.
    pub(super) announced_frames: u64,
    /// Frames that are really there, at most `announced_frames`.
    pub(super) present_frames: u64,
}

/// The `fmt ` chunk as it stands in the file.
#[derive(Debug, Clone, Copy)]
struct Format {
    tag: u16,
    extensible: bool,
    channels: u16,
    rate: u32,
    frame_bytes: u16,
    bits: u16,
}

/// A length that a recorder leaves when it cannot go back and fill it in:
/// ffmpeg and most streaming writers, then sox.
const OPEN_ENDED: [u32; 2] = [u32::MAX, 0x7fff_f000];

impl WavHeader {
    /// Reads the header of `file`, which is `file_len` bytes long.
    pub(super) fn read(
        file: &mut (impl Read + Seek),
        file_len: u64,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let broken =
            |cause: &str| RecordingError::Header { path: path.to_owned(), cause: cause.to_owned() };
        let mut format = None;
        // Behind "RIFF", its length and "WAVE".
        let mut at = 12;
        loop {
            let Some((id, len)) = chunk(file, at, path)? else {
                return Err(broken(match format {
                    None => "no fmt chunk; the file breaks off or is no recording",
                    Some(_) => "no data chunk; the file breaks off before its first sample",
                }));
            };
            match &id {
                b"fmt " => {
                    let found = read_format(file, len, path)?;
                    format = Some(found.ok_or_else(|| broken("fmt chunk too short"))?);
                }
                b"data" => {
                    let format = format.ok_or_else(|| broken("data before the fmt chunk"))?;
                    return Self::check(format, at + 8, len, file_len, path);
                }
                _ => {}
            }
            at += 8 + u64::from(len) + u64::from(len % 2);
        }
    }

    fn check(
        format: Format,
        data_start: u64,
        data_len: u32,
        file_len: u64,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let encoding = encoding(format, path)?;
        let frame = u64::from(format.frame_bytes);
        let present = file_len.saturating_sub(data_start) / frame;
        let open = OPEN_ENDED.contains(&data_len) || (data_len == 0 && present > 0);
        let announced = if open { present } else { u64::from(data_len) / frame };
        Ok(Self {
            encoding,
            channels: format.channels,
            rate: format.rate,
            frame_bytes: format.frame_bytes,
            data_start,
            announced_frames: announced,
            present_frames: present.min(announced),
        })
    }
}

/// Name and length of the chunk at `at`; `None` behind the last one.
fn chunk(
    file: &mut (impl Read + Seek),
    at: u64,
    path: &Path,
) -> Result<Option<([u8; 4], u32)>, RecordingError> {
    let mut header = [0; 8];
    let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut header));
    match read {
        Ok(()) => {
            let [a, b, c, d, rest @ ..] = header;
            Ok(Some(([a, b, c, d], u32::from_le_bytes(rest))))
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(RecordingError::from_io(path, error)),
    }
}

fn read_format(
    file: &mut impl Read,
    len: u32,
    path: &Path,
) -> Result<Option<Format>, RecordingError> {
    const EXTENSIBLE: u16 = 0xfffe;
    let mut bytes = Vec::with_capacity(40);
    file.take(u64::from(len.min(40)))
        .read_to_end(&mut bytes)
        .map_err(|error| RecordingError::from_io(path, error))?;
    let u16_at = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let parse = || {
        let tag = u16_at(0)?;
        let extensible = tag == EXTENSIBLE;
        Some(Format {
            // The real tag opens the sub-format GUID.
            tag: if extensible { u16_at(24)? } else { tag },
            extensible,
            channels: u16_at(2)?,
            rate: u32::from(u16_at(4)?) | u32::from(u16_at(6)?) << 16,
            frame_bytes: u16_at(12)?,
            bits: u16_at(14)?,
        })
    };
    Ok(parse())
}

/// The encoding, once channels, rate and frame size make sense together.
fn encoding(format: Format, path: &Path) -> Result<Encoding, RecordingError> {
    let Format { tag, channels, frame_bytes, bits, .. } = format;
    let unsupported = |what: String| RecordingError::Unsupported { path: path.to_owned(), what };
    if channels == 0 {
        return Err(RecordingError::ZeroChannels { path: path.to_owned() });
    }
    if format.rate == 0 {
        return Err(RecordingError::ZeroRate { path: path.to_owned() });
    }
    let bytes = frame_bytes / channels;
    let encoding = match (tag, bytes) {
        // Outside the extensible form, 24 bits in four bytes are the low ones.
        (1, 4) if bits == 24 && !format.extensible => Encoding::Int { bits: 24 },
        (1, 1..=4) => Encoding::Int { bits: bytes * 8 },
        (3, 4) => Encoding::Float,
        (3, 8) => Encoding::Double,
        (6, 1) => Encoding::ALaw,
        (7, 1) => Encoding::MuLaw,
        (1 | 3 | 6 | 7, _) => {
            let cause = format!("{channels} channels of {bits} bits in {frame_bytes} bytes");
            return Err(RecordingError::Header { path: path.to_owned(), cause });
        }
        _ => return Err(unsupported(format!("WAV with {}", codec_name(tag)))),
    };
    if bytes * channels != frame_bytes || bits > bytes * 8 {
        let cause = format!("{channels} channels of {bits} bits in {frame_bytes} bytes");
        return Err(RecordingError::Header { path: path.to_owned(), cause });
    }
    Ok(encoding)
}

/// What people call the codec of a WAV format tag.
fn codec_name(tag: u16) -> String {
    match tag {
        0x02 => "Microsoft ADPCM".into(),
        0x11 => "IMA ADPCM".into(),
        0x31 => "GSM 6.10".into(),
        0x45 | 0x64 | 0x65 => "G.726".into(),
        0x55 => "MP3 inside".into(),
        0x83 => "G.729".into(),
        0xff | 0x1600..=0x1602 => "AAC".into(),
        other => format!("format tag {other:#06x}"),
    }
}
