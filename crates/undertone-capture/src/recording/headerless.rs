//! Files without a header worth the name: raw samples and AU.

use super::Source;
use super::blocks::Blocks;
use super::encoding::Encoding;
use super::error::{RecordingError, Stop};
use super::raw_format::RawFormat;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Blocks from one place of a file to another.
pub(super) struct Headerless {
    file: BufReader<File>,
    blocks: Blocks,
    announced: u64,
    /// Frames a second.
    pub(super) rate: u32,
    /// Channels.
    pub(super) channels: u16,
}

impl Headerless {
    /// Opens `file`, all `file_len` bytes of which are samples in `format`.
    ///
    /// # Errors
    /// What cannot be read about it.
    pub(super) fn raw(
        file: File,
        file_len: u64,
        format: RawFormat,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let RawFormat { encoding, rate, channels } = format;
        Self::open(file, 0, (file_len, file_len), encoding, rate, channels, path)
    }

    /// Opens the AU `file`, `file_len` bytes long.
    ///
    /// # Errors
    /// What its header lacks or what cannot be read about it.
    pub(super) fn au(mut file: File, file_len: u64, path: &Path) -> Result<Self, RecordingError> {
        let mut head = [0; 24];
        file.read_exact(&mut head).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => RecordingError::Header {
                path: path.to_owned(),
                cause: "the file breaks off in it".to_owned(),
            },
            _ => RecordingError::from_io(path, error),
        })?;
        let field = |at: usize| {
            head[at..at + 4].iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte))
        };
        let (start, len, code, rate, channels) =
            (u64::from(field(4)), field(8), field(12), field(16), field(20));
        let channels = u16::try_from(channels).unwrap_or(u16::MAX);
        if channels == 0 {
            return Err(RecordingError::ZeroChannels { path: path.to_owned() });
        }
        if start < head.len() as u64 {
            let cause = format!("its sound begins at byte {start}, within it");
            return Err(RecordingError::Header { path: path.to_owned(), cause });
        }
        let encoding = au_encoding(code).ok_or_else(|| RecordingError::Unsupported {
            path: path.to_owned(),
            what: format!("AU of encoding {code}"),
        })?;
        let present = file_len.saturating_sub(start);
        let len = if len == u32::MAX { present } else { u64::from(len) };
        Self::open(file, start, (len, present), encoding, rate, channels, path)
    }

    fn open(
        file: File,
        start: u64,
        (announced, present): (u64, u64),
        encoding: Encoding,
        rate: u32,
        channels: u16,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let unsupported = |what| RecordingError::Unsupported { path: path.to_owned(), what };
        let shape = encoding
            .shape(channels)
            .ok_or_else(|| unsupported(format!("{channels} channels of {}", encoding.name())))?;
        let present = present.min(announced);
        let frames = shape.frames_in(present);
        let blocks = Blocks::new(encoding, rate, channels, present, frames).map_err(unsupported)?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        file.seek(SeekFrom::Start(start)).map_err(|error| RecordingError::from_io(path, error))?;
        Ok(Self { file, blocks, announced: shape.frames_in(announced), rate, channels })
    }
}

impl Source for Headerless {
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop> {
        self.blocks.read(&mut self.file, max_frames, block)
    }

    fn announced(&self) -> Option<u64> {
        Some(self.announced)
    }
}

/// The encodings of AU that are in use.
const fn au_encoding(code: u32) -> Option<Encoding> {
    Some(match code {
        1 => Encoding::MULAW,
        2 => Encoding::S8,
        3 => Encoding::S16BE,
        4 => Encoding::S24BE,
        5 => Encoding::S32BE,
        6 => Encoding::F32BE,
        7 => Encoding::F64BE,
        23 => Encoding::G726 { bits: 4, high_first: false },
        24 => Encoding::G722,
        25 => Encoding::G726 { bits: 3, high_first: false },
        26 => Encoding::G726 { bits: 5, high_first: false },
        27 => Encoding::ALAW,
        _ => return None,
    })
}
