//! Reads the header of a WAV file, or of one of several in a row.
//!
//! Real recorders write headers that strict readers refuse: lengths left open by a
//! recorder that streamed or died, unusual `fmt ` sizes, odd chunks without padding.

use super::encoding::{Encoding, Shape};
use super::error::RecordingError;
use super::riff::{Chunk, Layout};
use super::wav_format::{self, Format};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// What a WAV file says about itself, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WavHeader {
    /// How samples are stored.
    pub(super) encoding: Encoding,
    /// Channels, at least one.
    pub(super) channels: u16,
    /// Frames a second, at least one.
    pub(super) rate: u32,
    /// Position of the first sample in the file.
    pub(super) data_start: u64,
    /// Bytes of sound that are really there.
    pub(super) present_bytes: u64,
    /// Frames the header announces; where it leaves that open, those there are.
    pub(super) announced_frames: u64,
    /// Frames that are really there, at most `announced_frames`.
    pub(super) present_frames: u64,
    /// Bytes of sound the header announces; where it leaves that open, those there
    /// are.
    pub(super) data_len: u64,
}

/// A length that a recorder leaves when it cannot go back and fill it in: zero, or
/// one within 64 KiB of what 31 or 32 bits hold. Nobody's call is cut off that near
/// to four or two gibibytes.
const NEAR: u64 = 1 << 16;

fn is_left_open(len: u64, present: u64) -> bool {
    let near = |most: u64| (most - NEAR..=most).contains(&len);
    len > present && (near(1 << 31) || near(u64::from(u32::MAX)) || len > u64::MAX - NEAR)
        || len == 0 && present > 0
}

/// What is gathered chunk by chunk.
#[derive(Default)]
struct Found {
    format: Option<Format>,
    /// Frames by the `fact` chunk.
    fact: Option<u64>,
    /// Bytes of sound by the `ds64` chunk.
    long_len: Option<u64>,
}

impl WavHeader {
    /// Reads the header at `base` of `file`, which is `file_len` bytes long.
    pub(super) fn read(
        file: &mut (impl Read + Seek),
        base: u64,
        layout: Layout,
        file_len: u64,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let broken =
            |cause: &str| RecordingError::Header { path: path.to_owned(), cause: cause.to_owned() };
        let mut found = Found::default();
        let mut at = base.saturating_add(layout.first());
        while let Some(chunk) = layout.chunk(file, at, path)? {
            match &chunk.id {
                b"fmt " => {
                    let format = Format::read(file, chunk.len, path)?;
                    found.format = Some(format.ok_or_else(|| broken("fmt chunk too short"))?);
                }
                b"fact" => found.fact = number(file, chunk, 0, 4, path)?,
                b"ds64" => found.long_len = number(file, chunk, 8, 8, path)?,
                b"data" => {
                    let format = found.format.ok_or_else(|| broken("data before the fmt chunk"))?;
                    return Self::check(format, &found, layout, chunk, file_len, path);
                }
                _ => {}
            }
            at = layout.behind(chunk.start, chunk.len);
        }
        Err(broken(match found.format {
            None => "no fmt chunk; the file breaks off or is no recording",
            Some(_) => "no data chunk; the file breaks off before its first sample",
        }))
    }

    fn check(
        format: Format,
        found: &Found,
        layout: Layout,
        data: Chunk,
        file_len: u64,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let encoding = wav_format::encoding(format, path)?;
        let shape = encoding.shape(format.channels).ok_or_else(|| RecordingError::Header {
            path: path.to_owned(),
            cause: format!("{} in blocks without a frame", encoding.name()),
        })?;
        let present = file_len.saturating_sub(data.start);
        let long = found.long_len.filter(|_| layout == Layout::Rf64 && data.len >= u32::MAX.into());
        let len = long.unwrap_or(data.len);
        let len = if is_left_open(len, present) { present } else { len };
        let present_bytes = len.min(present);
        let announced = by_fact(shape.frames_in(len), shape, found.fact);
        Ok(Self {
            encoding,
            channels: format.channels,
            rate: format.rate,
            data_start: data.start,
            present_bytes,
            announced_frames: announced,
            present_frames: shape.frames_in(present_bytes).min(announced),
            data_len: len,
        })
    }
}

/// Of `frames` frames, those that the `fact` chunk counts: it says where in the last
/// block the sound ends, and nothing else is believed of it.
fn by_fact(frames: u64, shape: Shape, fact: Option<u64>) -> u64 {
    fact.filter(|&fact| fact < frames && fact + u64::from(shape.frames) > frames).unwrap_or(frames)
}

/// The number of `len` bytes at `offset` of `chunk`; `None` where that is too short.
fn number(
    file: &mut (impl Read + Seek),
    chunk: Chunk,
    offset: u64,
    len: usize,
    path: &Path,
) -> Result<Option<u64>, RecordingError> {
    if chunk.len < offset + len as u64 {
        return Ok(None);
    }
    let mut bytes = [0; 8];
    let place = SeekFrom::Start(chunk.start.saturating_add(offset));
    match file.seek(place).and_then(|_| file.read_exact(&mut bytes[..len])) {
        Ok(()) => Ok(Some(u64::from_le_bytes(bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(RecordingError::from_io(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_left_open;

    #[test]
    fn lengths_of_streaming_writers_are_left_open_and_others_are_not() {
        for len in [0, 0x7fff_f000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_ffdb, u64::MAX] {
            assert!(is_left_open(len, 1000), "{len:#x}");
        }
        for len in [1001, 0x4000_0000, 0x8000_0001, 0x9000_0000] {
            assert!(!is_left_open(len, 1000), "{len:#x}");
        }
        assert!(!is_left_open(0, 0));
        assert!(!is_left_open(0x8000_0000, 0x8000_0000));
    }
}
