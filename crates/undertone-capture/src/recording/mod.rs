//! Recordings: files as a source of sound.

mod compressed;
mod error;
mod opus;
mod sniff;
mod wav;
mod wav_header;

pub use error::RecordingError;

use error::Stop;
use sniff::Content;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use wav_header::WavHeader;

/// Decodes a recording from its start to its end, a block at a time, in the same
/// memory whatever its length.
///
/// WAV (integers of 8 to 32 bits, floats, µ-law and A-law), FLAC, MP3, OGG Vorbis
/// and OGG Opus are told apart by content, not by name. Samples come out as the
/// file has them: a float file may hold values beyond −1..1, infinities and
/// NaNs, and they are passed on for the front end to repair and count.
pub struct Recording {
    path: PathBuf,
    source: Box<dyn Source>,
    rate: u32,
    channels: u16,
    /// Frames the header announces.
    announced: Option<u64>,
    /// Frames delivered.
    delivered: u64,
    state: State,
}

/// What a decoder of one kind of file does.
trait Source: Send {
    /// Appends up to `max_frames` whole frames to `block`; none at the end. On
    /// an error the frames appended before it are good.
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop>;
}

enum State {
    Reading,
    /// Everything good has been delivered; the next call reports this.
    Failing(RecordingError),
    Ended,
}

/// More channels than any recorder of calls writes; a header that says more is
/// damaged, and believing it would cost memory.
const MAX_CHANNELS: u16 = 64;

/// Rates between which resampling to 16 kHz makes sense.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

impl Recording {
    /// Opens the recording at `path` and reads its header.
    ///
    /// # Errors
    /// Any [`RecordingError`] but `Truncated` and `Damaged`, which only reading
    /// can find.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::from_io(path, error);
        // Asked before opening: opening a pipe would wait for its writer.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        check_kind(&metadata, path)?;
        let mut file = File::open(path).map_err(failed)?;
        let mut head = Vec::with_capacity(sniff::HEAD_LEN);
        (&mut file).take(sniff::HEAD_LEN as u64).read_to_end(&mut head).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        if head.is_empty() {
            return Err(RecordingError::Empty { path: path.to_owned() });
        }
        let recording = match sniff::sniff(&head) {
            Content::Wav => Self::open_wav(file, metadata.len(), path)?,
            Content::Compressed(codec) => Self::open_compressed(file, codec, path)?,
            Content::OtherAudio(what) => {
                let what = what.to_owned();
                return Err(RecordingError::Unsupported { path: path.to_owned(), what });
            }
            Content::Other(looks_like) => {
                return Err(RecordingError::NotAudio { path: path.to_owned(), looks_like });
            }
        };
        recording.checked()
    }

    fn open_wav(mut file: File, file_len: u64, path: &Path) -> Result<Self, RecordingError> {
        let header = WavHeader::read(&mut file, file_len, path)?;
        let source = wav::open(file, &header)
            .map_err(|cause| RecordingError::Header { path: path.to_owned(), cause })?;
        Ok(Self {
            path: path.to_owned(),
            source,
            rate: header.rate,
            channels: header.channels,
            announced: Some(header.announced_frames),
            delivered: 0,
            state: State::Reading,
        })
    }

    fn open_compressed(
        file: File,
        codec: sniff::Codec,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let opened = compressed::open(file, codec, path)?;
        Ok(Self {
            path: path.to_owned(),
            source: Box::new(opened.source),
            rate: opened.rate,
            channels: opened.channels,
            announced: opened.frames,
            delivered: 0,
            state: State::Reading,
        })
    }

    /// The recording, if its shape is one that can be worked with.
    fn checked(self) -> Result<Self, RecordingError> {
        let path = self.path.clone();
        if self.channels == 0 {
            Err(RecordingError::ZeroChannels { path })
        } else if self.rate == 0 {
            Err(RecordingError::ZeroRate { path })
        } else if self.channels > MAX_CHANNELS {
            let what = format!("{} channels (the most is {MAX_CHANNELS})", self.channels);
            Err(RecordingError::Unsupported { path, what })
        } else if !RATES.contains(&self.rate) {
            let what = format!("a sample rate of {} Hz (1000 to 768000 Hz can)", self.rate);
            Err(RecordingError::Unsupported { path, what })
        } else {
            Ok(self)
        }
    }

    /// Frames a second, 1000 to 768000.
    pub const fn sample_rate(&self) -> u32 {
        self.rate
    }

    /// Channels, 1 to 64.
    pub const fn channels(&self) -> u16 {
        self.channels
    }

    /// Frames in the whole recording as its header announces them; `None` where
    /// it does not (an MP3 without its encoder's tag).
    pub const fn frames(&self) -> Option<u64> {
        self.announced
    }

    /// Clears `block` and fills it with up to `max_frames` frames (at least one
    /// if `max_frames` is zero), channels interleaved. Fewer than asked for does
    /// not mean the end: only `false` does, with an empty `block`.
    ///
    /// # Errors
    /// `Truncated`, `Damaged`, `NoSamples` or `Io`, after everything good before
    /// the fault has been delivered; `block` is then empty and calls after that
    /// return `false`.
    pub fn read(
        &mut self,
        max_frames: usize,
        block: &mut Vec<f32>,
    ) -> Result<bool, RecordingError> {
        block.clear();
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => return Ok(false),
            State::Failing(error) => return Err(error),
            State::Reading => {}
        }
        let result = self.source.read(max_frames.max(1), block);
        let frames = block.len() / usize::from(self.channels);
        self.delivered += frames as u64;
        self.state = match result.err() {
            None if frames == 0 => return self.end(),
            None => State::Reading,
            Some(stop) if frames == 0 => return Err(self.fault(stop)),
            Some(stop) => State::Failing(self.fault(stop)),
        };
        Ok(true)
    }

    /// What to say when the source has nothing more.
    fn end(&self) -> Result<bool, RecordingError> {
        match self.announced {
            Some(announced) if announced > self.delivered => Err(self.fault(Stop::Cut)),
            _ if self.delivered == 0 => Err(RecordingError::NoSamples { path: self.path.clone() }),
            _ => Ok(false),
        }
    }

    fn fault(&self, stop: Stop) -> RecordingError {
        let (path, read_frames) = (self.path.clone(), self.delivered);
        match stop {
            Stop::Io(source) => RecordingError::from_io(&path, source),
            Stop::Damaged(cause) => RecordingError::Damaged { path, read_frames, cause },
            Stop::Cut => match self.announced {
                Some(expected_frames) if expected_frames > read_frames => {
                    RecordingError::Truncated { path, read_frames, expected_frames }
                }
                _ => {
                    let cause = "the file breaks off".to_owned();
                    RecordingError::Damaged { path, read_frames, cause }
                }
            },
        }
    }
}

/// Refuses what is no regular file, with its name.
fn check_kind(metadata: &Metadata, path: &Path) -> Result<(), RecordingError> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a folder" } else { "a device or a pipe" };
    Err(RecordingError::NotAFile { path: path.to_owned(), what })
}

/// Clears `out` and fills it with channel `index` of the interleaved `block` of
/// `channels` channels; `out` stays empty if there is no such channel.
pub fn channel(block: &[f32], channels: u16, index: u16, out: &mut Vec<f32>) {
    out.clear();
    if index < channels {
        let samples = block.iter().skip(usize::from(index)).step_by(usize::from(channels));
        out.extend(samples);
    }
}
