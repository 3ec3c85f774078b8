//! The `fmt ` chunk of a WAV file.

use super::encoding::Encoding;
use super::error::RecordingError;
use std::io::Read;
use std::path::Path;

/// The `fmt ` chunk as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    tag: u16,
    extensible: bool,
    pub(super) channels: u16,
    pub(super) rate: u32,
    frame_bytes: u16,
    bits: u16,
}

impl Format {
    /// The chunk of `len` bytes that `file` is at; `None` if it is too short.
    pub(super) fn read(
        file: &mut impl Read,
        len: u64,
        path: &Path,
    ) -> Result<Option<Self>, RecordingError> {
        const EXTENSIBLE: u16 = 0xfffe;
        let mut bytes = Vec::with_capacity(40);
        file.take(len.min(40))
            .read_to_end(&mut bytes)
            .map_err(|error| RecordingError::from_io(path, error))?;
        let u16_at = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let parse = || {
            let tag = u16_at(0)?;
            let extensible = tag == EXTENSIBLE;
            Some(Self {
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
}

/// The encoding, once channels, rate and frame size make sense together.
pub(super) fn encoding(format: Format, path: &Path) -> Result<Encoding, RecordingError> {
    let Format { tag, channels, frame_bytes, bits, .. } = format;
    if channels == 0 {
        return Err(RecordingError::ZeroChannels { path: path.to_owned() });
    }
    if format.rate == 0 {
        return Err(RecordingError::ZeroRate { path: path.to_owned() });
    }
    let contradiction = || {
        let cause = format!("{channels} channels of {bits} bits in {frame_bytes} bytes");
        RecordingError::Header { path: path.to_owned(), cause }
    };
    match tag {
        0x02 => Ok(Encoding::MsAdpcm { block: frame_bytes }),
        0x11 => Ok(Encoding::ImaAdpcm { block: frame_bytes }),
        0x31 if frame_bytes == 65 => Ok(Encoding::GsmMicrosoft),
        0x31 => Err(contradiction()),
        0x45 | 0x64 if matches!(bits, 2..=5) => {
            Ok(Encoding::G726 { bits: bits as u8, high_first: true })
        }
        1 | 3 | 6 | 7 => samples(format).ok_or_else(contradiction),
        _ => {
            let what = format!("WAV with {}", codec_name(tag));
            Err(RecordingError::Unsupported { path: path.to_owned(), what })
        }
    }
}

/// The encoding of a file that stores sample by sample; `None` where its numbers
/// contradict each other.
fn samples(format: Format) -> Option<Encoding> {
    let Format { tag, channels, frame_bytes, bits, .. } = format;
    let bytes = frame_bytes / channels;
    if bytes.checked_mul(channels)? != frame_bytes || bits > bytes * 8 {
        return None;
    }
    match (tag, bytes) {
        // Outside the extensible form, 24 bits in four bytes are the low ones.
        (1, 4) if bits == 24 && !format.extensible => Some(Encoding::Low24),
        (1, 1) => Some(Encoding::U8),
        (1, 2) => Some(Encoding::S16LE),
        (1, 3) => Some(Encoding::S24LE),
        (1, 4) => Some(Encoding::S32LE),
        (3, 4) => Some(Encoding::F32LE),
        (3, 8) => Some(Encoding::F64LE),
        (6, 1) => Some(Encoding::ALAW),
        (7, 1) => Some(Encoding::MULAW),
        _ => None,
    }
}

/// What people call the codec of a WAV format tag that is not read.
fn codec_name(tag: u16) -> String {
    match tag {
        0x22 => "TrueSpeech".into(),
        0x55 => "MP3 inside".into(),
        0x83 | 0x133 => "G.729".into(),
        0x42 => "G.723.1".into(),
        0xff | 0x1600..=0x1602 => "AAC".into(),
        other => format!("format tag {other:#06x}"),
    }
}
