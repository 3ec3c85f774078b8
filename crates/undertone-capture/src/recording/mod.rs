//! Recordings: files as a source of sound.

mod blocks;
mod contained;
mod encoding;
mod error;
mod g726;
mod gsm;
mod headerless;
mod opus;
mod packets;
mod raw_format;
mod riff;
mod sniff;
mod wav;
mod wav_format;
mod wav_header;

pub use error::RecordingError;
pub use raw_format::{RawFormat, RawFormatError};

use contained::Contained;
use error::Stop;
use headerless::Headerless;
use sniff::Content;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wav::Wav;

/// Decodes a recording from its start to its end, a block at a time, in the same
/// memory whatever its length.
///
/// WAV, RF64 and Wave64 (integers, floats, G.711, IMA and Microsoft ADPCM, GSM 6.10,
/// G.726), AU, AIFF, CAF, FLAC, MP3, AAC, OGG, MP4 and Matroska with Vorbis, Opus,
/// AAC, ALAC, FLAC, MP3 or PCM are told apart by content, not by name; headerless
/// files are read where their [`RawFormat`] is given. Recordings put one behind the
/// other in one file are read to the last. Samples come out as the file has them: a
/// float file may hold values beyond −1..1, infinities and NaNs; they are passed on
/// for the front end to repair, and counted here.
pub struct Recording {
    path: PathBuf,
    source: Box<dyn Source>,
    rate: u32,
    channels: u16,
    /// Frames delivered.
    delivered: u64,
    /// Samples delivered that are no finite number; whoever has read or played the
    /// recording may ask.
    not_finite: Arc<AtomicU64>,
    state: State,
}

/// What the user knows better than the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// The file has no header; this is what is in it.
    pub raw: Option<RawFormat>,
    /// Frames a second, whatever the header says.
    pub rate: Option<u32>,
}

/// What a decoder of one kind of file does.
trait Source: Send {
    /// Appends up to `max_frames` whole frames to `block`; none at the end. On
    /// an error the frames appended before it are good.
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop>;

    /// Frames the headers read so far announce, if they do.
    fn announced(&self) -> Option<u64>;
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
    /// As [`open_with`](Self::open_with).
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        Self::open_with(path, ReadOptions::default())
    }

    /// Opens the recording at `path`, as `options` say.
    ///
    /// # Errors
    /// Any [`RecordingError`] but `Truncated`, `Damaged` and `Changed`, which only
    /// reading can find.
    pub fn open_with(path: &Path, options: ReadOptions) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::from_io(path, error);
        // Asked before opening: opening a pipe would wait for its writer.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        check_kind(&metadata, path)?;
        let file = File::open(path).map_err(failed)?;
        if metadata.len() == 0 {
            return Err(RecordingError::Empty { path: path.to_owned() });
        }
        let opened = contain(|| Self::open_file(file, metadata.len(), path, options.raw));
        let mut recording = opened
            .unwrap_or_else(|cause| Err(RecordingError::Header { path: path.to_owned(), cause }))?;
        recording.rate = options.rate.unwrap_or(recording.rate);
        recording.checked()
    }

    fn open_file(
        mut file: File,
        len: u64,
        path: &Path,
        raw: Option<RawFormat>,
    ) -> Result<Self, RecordingError> {
        if let Some(format) = raw {
            let source = Headerless::raw(file, len, format, path)?;
            return Ok(Self::new(path, source.rate, source.channels, Box::new(source)));
        }
        let failed = |error| RecordingError::from_io(path, error);
        let mut head = Vec::with_capacity(sniff::HEAD_LEN);
        (&mut file).take(sniff::HEAD_LEN as u64).read_to_end(&mut head).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        match sniff::sniff(&head) {
            Content::Wav(layout) => {
                let source = Wav::open(file, len, layout, path)?;
                let (rate, channels) = (source.header().rate, source.header().channels);
                Ok(Self::new(path, rate, channels, Box::new(source)))
            }
            Content::Au => {
                let source = Headerless::au(file, len, path)?;
                Ok(Self::new(path, source.rate, source.channels, Box::new(source)))
            }
            Content::Contained(container) => {
                let open_ended = sniff::is_open_matroska(&head);
                let source = Contained::open(file, container, open_ended, path)?;
                Ok(Self::new(path, source.rate(), source.channels(), Box::new(source)))
            }
            Content::OtherAudio(what) => {
                let what = what.to_owned();
                Err(RecordingError::Unsupported { path: path.to_owned(), what })
            }
            Content::Other(looks_like) => {
                Err(RecordingError::NotAudio { path: path.to_owned(), looks_like })
            }
        }
    }

    fn new(path: &Path, rate: u32, channels: u16, source: Box<dyn Source>) -> Self {
        let path = path.to_owned();
        let not_finite = Arc::default();
        Self { path, source, rate, channels, delivered: 0, not_finite, state: State::Reading }
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
    /// it does not (an MP3 without its encoder's tag). Grows where another recording
    /// follows in the same file.
    pub fn frames(&self) -> Option<u64> {
        self.source.announced()
    }

    /// The counter of samples, over all channels, that were no finite number. It goes
    /// on counting, and can be read, wherever the recording is handed to.
    pub fn not_finite(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.not_finite)
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
        let result = contain(|| self.source.read(max_frames.max(1), block))
            .unwrap_or_else(|cause| Err(Stop::Damaged(cause)));
        let frames = block.len() / usize::from(self.channels);
        block.truncate(frames * usize::from(self.channels));
        self.delivered += frames as u64;
        let broken = block.iter().filter(|sample| !sample.is_finite()).count() as u64;
        self.not_finite.fetch_add(broken, Ordering::Relaxed);
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
        match self.source.announced() {
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
            Stop::Changed(what) => RecordingError::Changed { path, read_frames, what },
            Stop::Cut => match self.source.announced() {
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

/// Runs `decode`, which is others' code fed with bytes from anywhere: should it
/// panic, that is the file's fault and not the end of the program.
fn contain<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("its decoder gave up: {}", message.unwrap_or("no reason given"))
    })
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
