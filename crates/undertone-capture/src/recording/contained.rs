//! Samples out of FLAC, MP3, AAC, OGG, MP4, Matroska, AIFF and CAF, through symphonia.

use super::Source;
use super::error::{RecordingError, Stop};
use super::packets::Decoder;
use super::sniff::Container;
use std::fs::File;
use std::io;
use std::path::Path;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_ALAC};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

/// A recording in a container: the container, the decoder and what the last packet
/// left over.
pub(super) struct Contained {
    format: Box<dyn FormatReader>,
    container: Container,
    /// Whether it ends wherever its bytes end.
    open_ended: bool,
    stream: Stream,
    /// Interleaved samples of the last packet, of which `taken` are handed out.
    packet: Vec<f32>,
    taken: usize,
    /// Frames announced by this stream and those before it.
    announced: Option<u64>,
}

/// One stream of sound: a file holds one, or a chain of them.
struct Stream {
    track: u32,
    decoder: Decoder,
    channels: u16,
    rate: u32,
    /// Seconds a time stamp counts.
    time_base: Option<TimeBase>,
    /// Time stamp at which the next packet is due, where stamps count frames.
    due: Option<i64>,
    /// Whether stamps that go back mean that a second file begins. Those of the last page
    /// of an OGG may, where its encoder cut the sound short.
    is_flac: bool,
    /// Time stamp behind the last packet the encoder's tag counts, in an MP3.
    tag_end: Option<i64>,
    frames: Option<u64>,
}

impl Contained {
    /// Opens `file`, whose content looks like `container`. One that is `open_ended`
    /// is complete wherever its bytes end.
    ///
    /// # Errors
    /// What its header lacks or what cannot be read about it.
    pub(super) fn open(
        file: File,
        container: Container,
        open_ended: bool,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let refuse = |error: Error| refusal(&error, container, path);
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(refuse)?;
        let stream = Stream::open(&*format, container).map_err(|fault| match fault {
            Fault::Unsupported(what) => RecordingError::Unsupported { path: path.to_owned(), what },
            Fault::Symphonia(error) => refusal(&error, container, path),
        })?;
        let announced = stream.frames;
        let packet = Vec::new();
        Ok(Self { format, container, open_ended, stream, packet, taken: 0, announced })
    }

    /// Frames a second.
    pub(super) const fn rate(&self) -> u32 {
        self.stream.rate
    }

    /// Channels.
    pub(super) const fn channels(&self) -> u16 {
        self.stream.channels
    }

    /// Decodes one packet into `packet`; false at the end.
    fn decode_next(&mut self) -> Result<bool, Stop> {
        self.packet.clear();
        self.taken = 0;
        let packet = match self.format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return Ok(false),
            Err(Error::ResetRequired) => return self.restart().map(|()| true),
            Err(error) => {
                return match stop(error) {
                    Stop::Cut if self.open_ended => Ok(false),
                    stop => Err(stop),
                };
            }
        };
        if packet.track_id == self.stream.track {
            self.stream.decode(packet, &mut self.packet)?;
        }
        Ok(true)
    }

    /// Goes on to the next stream of a chain.
    fn restart(&mut self) -> Result<(), Stop> {
        let next = Stream::open(&*self.format, self.container).map_err(|fault| match fault {
            Fault::Unsupported(what) => Stop::Damaged(format!("{what} follows")),
            Fault::Symphonia(error) => stop(error),
        })?;
        if (next.rate, next.channels) != (self.stream.rate, self.stream.channels) {
            return Err(Stop::Changed(format!(
                "with {} Hz and {} channels",
                next.rate, next.channels
            )));
        }
        let both = self.announced.zip(next.frames);
        self.announced = both.map(|(before, frames)| before.saturating_add(frames));
        self.stream = next;
        Ok(())
    }
}

impl Source for Contained {
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop> {
        while self.taken == self.packet.len() {
            if !self.decode_next()? {
                return Ok(());
            }
        }
        let left = &self.packet[self.taken..];
        let most = max_frames.saturating_mul(usize::from(self.stream.channels.max(1)));
        let take = left.len().min(most);
        block.extend_from_slice(&left[..take]);
        self.taken += take;
        Ok(())
    }

    fn announced(&self) -> Option<u64> {
        self.announced
    }
}

enum Fault {
    Unsupported(String),
    Symphonia(Error),
}

impl Stream {
    /// The first stream of sound that `format` has at hand.
    fn open(format: &dyn FormatReader, container: Container) -> Result<Self, Fault> {
        let silent = || {
            let name = container.name();
            Fault::Unsupported(format!("{name} without AAC, ALAC, FLAC, MP3, Opus, PCM or Vorbis"))
        };
        let track = format.default_track(TrackType::Audio).ok_or_else(silent)?;
        let params =
            track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(silent)?;
        let channels = params.channels.as_ref().map_or(0, Channels::count);
        let decoder = Self::decoder(params, container)?;
        let frames = exact_frames(track, container).map(|frames| decoder.without_skipped(frames));
        let tagged = track.num_frames.zip(track.padding).filter(|_| track.delay.is_some());
        Ok(Self {
            track: track.id,
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            rate: decoder.rate().or(params.sample_rate).unwrap_or(0),
            decoder,
            time_base: track.time_base,
            is_flac: container == Container::Flac,
            due: counts_frames(container).then(|| track.start_ts.get()),
            tag_end: (container == Container::Mp3).then(|| {
                // Without a tag the length is a guess of symphonia's, and no packet
                // may be cut short by it.
                tagged.map_or(i64::MIN, |(frames, padding)| {
                    i64::try_from(frames.saturating_add(padding.into())).unwrap_or(i64::MAX)
                })
            }),
            frames,
        })
    }

    fn decoder(params: &AudioCodecParameters, container: Container) -> Result<Decoder, Fault> {
        Decoder::new(params).map_err(|fault| match fault {
            Error::Unsupported(what) => {
                Fault::Unsupported(format!("{} with {what}", container.name()))
            }
            other => Fault::Symphonia(other),
        })
    }

    /// Fills `out`, which is empty, with the samples of `packet`.
    fn decode(&mut self, mut packet: Packet, out: &mut Vec<f32>) -> Result<(), Stop> {
        let start = packet.pts.get();
        if let Some(due) = self.due.as_mut() {
            // symphonia skips what fails its checksum; the time stamps give it away.
            if *due < start {
                return Err(Stop::Damaged(format!("the next {} frames are lost", start - *due)));
            }
            if start < *due && self.is_flac {
                // symphonia reads on behind a FLAC file's end, without its last frames.
                let what = "which would not be read whole".to_owned();
                return Err(Stop::Changed(what));
            }
            *due = start.saturating_add_unsigned(packet.block_dur().get());
        }
        // What the tag of the first recording does not count belongs to one behind it.
        if self.tag_end.is_some_and(|end| start >= end) {
            packet.dur = packet.block_dur();
            (packet.trim_start, packet.trim_end) = (Duration::ZERO, Duration::ZERO);
        }
        let padding = self.in_frames(packet.trim_end);
        self.decoder.decode(&packet, padding, (self.rate, self.channels), out)
    }

    /// A duration in the container's units as frames.
    fn in_frames(&self, duration: Duration) -> usize {
        let frames = self.time_base.map_or(u128::from(duration.get()), |base| {
            u128::from(duration.get()) * u128::from(base.numer.get()) * u128::from(self.rate)
                / u128::from(base.denom.get())
        });
        usize::try_from(frames).unwrap_or(usize::MAX)
    }
}

/// Whether every packet of a sound file of this kind begins where the one before
/// ends, counted in frames.
const fn counts_frames(container: Container) -> bool {
    matches!(container, Container::Flac | Container::Mp3 | Container::Ogg)
}

/// Frames the header announces, where it is no guess. Without the encoder's own
/// tag symphonia estimates the length of an MP3 from its bit rate; MP4 counts what
/// its edit list leaves out, Matroska counts milliseconds, and CAF whole packets.
fn exact_frames(track: &Track, container: Container) -> Option<u64> {
    let codec = track.codec_params.as_ref().and_then(|params| params.audio())?.codec;
    track.num_frames.filter(|_| match container {
        Container::Mp3 => track.delay.is_some(),
        Container::Flac | Container::Ogg | Container::Aiff => true,
        Container::Caf => codec != CODEC_ID_ALAC && codec != CODEC_ID_AAC,
        Container::Mp4 | Container::Matroska | Container::Adts => false,
    })
}

fn refusal(error: &Error, container: Container, path: &Path) -> RecordingError {
    let path = path.to_owned();
    match error {
        Error::Unsupported(what) if !what.contains("missing") => {
            RecordingError::Unsupported { path, what: format!("{} with {what}", container.name()) }
        }
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            RecordingError::Header { path, cause: "the file breaks off in it".to_owned() }
        }
        other => RecordingError::Header { path, cause: other.to_string() },
    }
}

/// What stops the reading of a stream.
pub(super) fn stop(error: Error) -> Stop {
    match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => Stop::Cut,
        // What symphonia says where the sound of an MP4 does not end within the file.
        Error::DecodeError(what) if what.contains("no atom pending") => Stop::Cut,
        Error::IoError(error) => Stop::Io(error),
        other => Stop::Damaged(other.to_string()),
    }
}
