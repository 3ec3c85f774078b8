//! Chunks of RIFF, RF64/BW64 and Wave64 files: names and lengths, one after another.

use super::error::RecordingError;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How a file of chunks is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Names of four bytes, lengths of four.
    Riff,
    /// The same, with the long lengths in a `ds64` chunk.
    Rf64,
    /// GUIDs of sixteen bytes, lengths of eight that count the chunk's own head.
    Wave64,
}

/// The last twelve bytes of the GUIDs of Wave64's `fmt ` and `data`.
const WAVE64_TAIL: [u8; 12] = *b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// One chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Its name; of a GUID the four bytes that spell one.
    pub(super) id: [u8; 4],
    /// Position of its content.
    pub(super) start: u64,
    /// Length of its content as the file says.
    pub(super) len: u64,
}

impl Layout {
    /// The layout of a file or part of one that starts with `head`, of which at
    /// least 40 bytes are wanted; `None` if that is no WAV.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let tag = |at: usize, tag: &[u8]| head.get(at..).is_some_and(|b| b.starts_with(tag));
        if tag(8, b"WAVE") {
            match head.get(..4)? {
                b"RIFF" => return Some(Self::Riff),
                b"RF64" | b"BW64" => return Some(Self::Rf64),
                _ => {}
            }
        }
        (tag(0, b"riff\x2e\x91\xcf\x11") && tag(24, b"wave")).then_some(Self::Wave64)
    }

    /// Where its first chunk begins, counted from its start.
    pub(super) const fn first(self) -> u64 {
        match self {
            Self::Riff | Self::Rf64 => 12,
            Self::Wave64 => 40,
        }
    }

    /// The chunk at `at`; `None` behind the last one.
    ///
    /// # Errors
    /// [`RecordingError::Io`].
    pub(super) fn chunk(
        self,
        file: &mut (impl Read + Seek),
        at: u64,
        path: &Path,
    ) -> Result<Option<Chunk>, RecordingError> {
        // No file is longer, and seeking that far is an error of its own.
        if at > i64::MAX as u64 {
            return Ok(None);
        }
        let mut head = [0; 24];
        let head = &mut head[..if self == Self::Wave64 { 24 } else { 8 }];
        match file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(head)) {
            Ok(()) => Ok(Some(self.parse(head, at))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(RecordingError::from_io(path, error)),
        }
    }

    fn parse(self, head: &[u8], at: u64) -> Chunk {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b));
        let mut id = [0; 4];
        id.copy_from_slice(&head[..4]);
        let start = at.saturating_add(head.len() as u64);
        if self != Self::Wave64 {
            return Chunk { id, start, len: number(&head[4..8]) };
        }
        if head[4..16] != WAVE64_TAIL {
            id = *b"????";
        }
        Chunk { id, start, len: number(&head[16..24]).saturating_sub(24) }
    }

    /// Where the chunk behind one that begins at `start` and is `len` bytes long
    /// begins.
    pub(super) const fn behind(self, start: u64, len: u64) -> u64 {
        let step = if matches!(self, Self::Wave64) { 8 } else { 2 };
        start.saturating_add(len).saturating_add(len.wrapping_neg() % step)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_wave64_chunk_counts_its_own_head() {
        let mut file = b"fmt ".to_vec();
        file.extend(WAVE64_TAIL);
        file.extend(40_u64.to_le_bytes());
        let chunk = Layout::Wave64.chunk(&mut Cursor::new(&file), 0, "x".as_ref()).unwrap();
        assert_eq!(chunk, Some(Chunk { id: *b"fmt ", start: 24, len: 16 }));
        assert_eq!(Layout::Wave64.behind(24, 41), 72);
        // Counted from its own start, wherever in a file that is.
        assert_eq!(Layout::Riff.behind(7, 41), 49);
    }

    #[test]
    fn lengths_at_the_edge_of_what_a_number_holds_do_no_harm() {
        let file = [0xff; 24];
        let chunk = Layout::Wave64.chunk(&mut Cursor::new(&file), 0, "x".as_ref()).unwrap();
        assert_eq!(chunk.unwrap().len, u64::MAX - 24);
        assert_eq!(Layout::Wave64.behind(9, u64::MAX - 1), u64::MAX);
    }
}
