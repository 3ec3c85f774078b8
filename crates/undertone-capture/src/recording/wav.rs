//! Samples out of WAV files, one after another where several were put into one file.

use super::Source;
use super::blocks::Blocks;
use super::error::{RecordingError, Stop};
use super::riff::Layout;
use super::wav_header::WavHeader;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Chunks behind the sound that are passed over in search of another recording: a
/// file that has more has no other.
const MOST_CHUNKS: usize = 64;

/// A WAV file, or several in a row.
pub(super) struct Wav {
    file: BufReader<File>,
    file_len: u64,
    path: PathBuf,
    layout: Layout,
    header: WavHeader,
    blocks: Blocks,
    announced: u64,
}

impl Wav {
    /// Opens `file`, which is `file_len` bytes long and laid out as `layout`.
    ///
    /// # Errors
    /// What its header lacks or what cannot be read about it.
    pub(super) fn open(
        file: File,
        file_len: u64,
        layout: Layout,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let mut file = BufReader::with_capacity(1 << 16, file);
        let header = WavHeader::read(&mut file, 0, layout, file_len, path)?;
        let blocks = blocks(&header, path)?;
        file.seek(SeekFrom::Start(header.data_start))
            .map_err(|error| RecordingError::from_io(path, error))?;
        let (path, announced) = (path.to_owned(), header.announced_frames);
        Ok(Self { file, file_len, path, layout, header, blocks, announced })
    }

    /// What the header of the recording in hand says.
    pub(super) const fn header(&self) -> &WavHeader {
        &self.header
    }

    /// Goes on to the recording behind this one; false if there is none.
    fn advance(&mut self) -> Result<bool, Stop> {
        let Some((base, layout)) = self.find_next().map_err(unreadable)? else {
            return Ok(false);
        };
        let header = WavHeader::read(&mut self.file, base, layout, self.file_len, &self.path)
            .map_err(unreadable)?;
        let (rate, channels) = (self.header.rate, self.header.channels);
        if (header.rate, header.channels) != (rate, channels) {
            let what = format!("with {} Hz and {} channels", header.rate, header.channels);
            return Err(Stop::Changed(what));
        }
        self.blocks = blocks(&header, &self.path).map_err(unreadable)?;
        self.file.seek(SeekFrom::Start(header.data_start)).map_err(Stop::Io)?;
        self.announced = self.announced.saturating_add(header.announced_frames);
        (self.layout, self.header) = (layout, header);
        Ok(true)
    }

    /// Where another recording begins behind the chunks that follow the sound.
    fn find_next(&mut self) -> Result<Option<(u64, Layout)>, RecordingError> {
        let (start, len) = (self.header.data_start, self.header.data_len);
        let mut at = self.layout.behind(start, len);
        // A chunk without its padding is common, so both places are tried.
        for place in [at, start.saturating_add(len)] {
            if let Some(layout) = self.layout_at(place)? {
                return Ok(Some((place, layout)));
            }
        }
        for _ in 0..MOST_CHUNKS {
            let Some(chunk) = self.layout.chunk(&mut self.file, at, &self.path)? else { break };
            at = self.layout.behind(chunk.start, chunk.len);
            if at >= self.file_len {
                break;
            }
            if let Some(layout) = self.layout_at(at)? {
                return Ok(Some((at, layout)));
            }
        }
        Ok(None)
    }

    fn layout_at(&mut self, at: u64) -> Result<Option<Layout>, RecordingError> {
        if at >= self.file_len {
            return Ok(None);
        }
        let mut head = Vec::with_capacity(40);
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| (&mut self.file).take(40).read_to_end(&mut head))
            .map_err(|error| RecordingError::from_io(&self.path, error))?;
        Ok(Layout::of(&head))
    }
}

fn blocks(header: &WavHeader, path: &Path) -> Result<Blocks, RecordingError> {
    let WavHeader { encoding, rate, channels, present_bytes, present_frames, .. } = *header;
    Blocks::new(encoding, rate, channels, present_bytes, present_frames)
        .map_err(|what| RecordingError::Unsupported { path: path.to_owned(), what })
}

/// A second recording whose header is at fault damages the file: what came before
/// it was good.
fn unreadable(error: RecordingError) -> Stop {
    match error {
        RecordingError::Io { source, .. } => Stop::Io(source),
        other => Stop::Damaged(format!("another recording begins here: {}", other.cause())),
    }
}

impl Source for Wav {
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop> {
        loop {
            self.blocks.read(&mut self.file, max_frames, block)?;
            let complete = self.header.present_frames == self.header.announced_frames;
            if !block.is_empty() || !complete || !self.advance()? {
                return Ok(());
            }
        }
    }

    fn announced(&self) -> Option<u64> {
        Some(self.announced)
    }
}
