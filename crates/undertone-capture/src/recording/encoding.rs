//! How samples are stored where a file is blocks of equal length in a row: WAV,
//! AU and headerless files.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known as id;

/// A way of storing samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One number a sample, `bytes` long, as symphonia's PCM decoder reads them.
    Pcm {
        /// symphonia's name for it.
        codec: AudioCodecId,
        /// Bytes a sample.
        bytes: u16,
    },
    /// 24-bit integers in the low bytes of four.
    Low24,
    /// IMA ADPCM as WAV files have it, in blocks of so many bytes.
    ImaAdpcm {
        /// Bytes a block.
        block: u16,
    },
    /// Microsoft ADPCM, in blocks of so many bytes.
    MsAdpcm {
        /// Bytes a block.
        block: u16,
    },
    /// GSM 06.10, a frame in 33 bytes.
    Gsm,
    /// GSM 06.10, two frames in 65 bytes: WAV49.
    GsmMicrosoft,
    /// G.722 at 64 kbit/s.
    G722,
    /// G.726.
    G726 {
        /// Bits a code, 2 to 5.
        bits: u8,
        /// Whether the first code is in the highest bits of a byte (AAL2, WAV) or
        /// in the lowest (RTP, Asterisk, AU).
        high_first: bool,
    },
}

const fn pcm(codec: AudioCodecId, bytes: u16) -> Encoding {
    Encoding::Pcm { codec, bytes }
}

impl Encoding {
    pub(super) const U8: Self = pcm(id::CODEC_ID_PCM_U8, 1);
    pub(super) const S8: Self = pcm(id::CODEC_ID_PCM_S8, 1);
    pub(super) const S16LE: Self = pcm(id::CODEC_ID_PCM_S16LE, 2);
    pub(super) const S16BE: Self = pcm(id::CODEC_ID_PCM_S16BE, 2);
    pub(super) const S24LE: Self = pcm(id::CODEC_ID_PCM_S24LE, 3);
    pub(super) const S24BE: Self = pcm(id::CODEC_ID_PCM_S24BE, 3);
    pub(super) const S32LE: Self = pcm(id::CODEC_ID_PCM_S32LE, 4);
    pub(super) const S32BE: Self = pcm(id::CODEC_ID_PCM_S32BE, 4);
    pub(super) const F32LE: Self = pcm(id::CODEC_ID_PCM_F32LE, 4);
    pub(super) const F32BE: Self = pcm(id::CODEC_ID_PCM_F32BE, 4);
    pub(super) const F64LE: Self = pcm(id::CODEC_ID_PCM_F64LE, 8);
    pub(super) const F64BE: Self = pcm(id::CODEC_ID_PCM_F64BE, 8);
    pub(super) const MULAW: Self = pcm(id::CODEC_ID_PCM_MULAW, 1);
    pub(super) const ALAW: Self = pcm(id::CODEC_ID_PCM_ALAW, 1);

    /// The shape of a block of `channels` channels; `None` if such a block holds
    /// no whole frame.
    pub(super) fn shape(self, channels: u16) -> Option<Shape> {
        let shape = |bytes: u32, frames: u32| Shape { encoding: self, channels, bytes, frames };
        let channels = u32::from(channels);
        let found = match self {
            Self::Pcm { bytes, .. } => shape(u32::from(bytes) * channels, 1),
            Self::Low24 => shape(4 * channels, 1),
            Self::ImaAdpcm { block } | Self::MsAdpcm { block } => {
                shape(u32::from(block), self.adpcm_frames(u32::from(block), channels))
            }
            Self::Gsm => shape(33, 160),
            Self::GsmMicrosoft => shape(65, 320),
            Self::G722 => shape(1, 2),
            // Eight codes fill whole bytes, whatever their width.
            Self::G726 { bits, .. } => shape(u32::from(bits), 8),
        };
        (found.bytes > 0 && found.frames > 0).then_some(found)
    }

    /// Frames in the first `bytes` bytes of an ADPCM block.
    fn adpcm_frames(self, bytes: u32, channels: u32) -> u32 {
        let (preamble, first) = if matches!(self, Self::MsAdpcm { .. }) {
            (7 * channels, 2)
        } else {
            (4 * channels, 1)
        };
        if channels == 0 || bytes < preamble {
            return 0;
        }
        let codes = bytes - preamble;
        match self {
            Self::MsAdpcm { .. } => first + codes * 2 / channels,
            // Four bytes of each channel in turn.
            _ => first + codes / (4 * channels) * 8,
        }
    }

    /// Channels it can have, at most.
    pub(super) const fn most_channels(self) -> u16 {
        match self {
            Self::Pcm { .. } | Self::Low24 => u16::MAX,
            Self::ImaAdpcm { .. } | Self::MsAdpcm { .. } => 2,
            Self::Gsm | Self::GsmMicrosoft | Self::G722 | Self::G726 { .. } => 1,
        }
    }

    /// What people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pcm { .. } | Self::Low24 => "PCM",
            Self::ImaAdpcm { .. } => "IMA ADPCM",
            Self::MsAdpcm { .. } => "Microsoft ADPCM",
            Self::Gsm | Self::GsmMicrosoft => "GSM 6.10",
            Self::G722 => "G.722",
            Self::G726 { .. } => "G.726",
        }
    }
}

/// What one block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    encoding: Encoding,
    channels: u16,
    /// Bytes a block.
    pub(super) bytes: u32,
    /// Frames a block.
    pub(super) frames: u32,
}

impl Shape {
    /// Frames in `bytes` bytes: whole blocks, and what the last one holds where it
    /// may be shorter.
    pub(super) fn frames_in(self, bytes: u64) -> u64 {
        let (whole, rest) = (bytes / u64::from(self.bytes), bytes % u64::from(self.bytes));
        let rest = match self.encoding {
            Encoding::ImaAdpcm { .. } | Encoding::MsAdpcm { .. } => {
                self.encoding.adpcm_frames(rest as u32, u32::from(self.channels))
            }
            _ => 0,
        };
        whole.saturating_mul(u64::from(self.frames)).saturating_add(u64::from(rest))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Encoding;

    #[test]
    fn an_adpcm_block_holds_what_its_preamble_and_codes_say() {
        let frames = |encoding: Encoding, channels| encoding.shape(channels).unwrap().frames;
        assert_eq!(frames(Encoding::ImaAdpcm { block: 256 }, 1), 505);
        assert_eq!(frames(Encoding::ImaAdpcm { block: 1024 }, 2), 1017);
        assert_eq!(frames(Encoding::MsAdpcm { block: 256 }, 1), 500);
        assert_eq!(frames(Encoding::MsAdpcm { block: 512 }, 2), 500);
        assert_eq!(Encoding::ImaAdpcm { block: 3 }.shape(1), None);
        assert_eq!(Encoding::S16LE.shape(0), None);
    }

    #[test]
    fn a_last_block_may_be_shorter_where_its_codes_stand_alone() {
        let ima = Encoding::ImaAdpcm { block: 256 }.shape(1).unwrap();
        assert_eq!(ima.frames_in(256 + 3), 505);
        assert_eq!(ima.frames_in(256 + 12), 505 + 17);
        let gsm = Encoding::GsmMicrosoft.shape(1).unwrap();
        assert_eq!(gsm.frames_in(65 + 64), 320);
    }
}
