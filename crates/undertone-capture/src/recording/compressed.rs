//! Samples out of FLAC, MP3, OGG Vorbis and OGG Opus, through symphonia.

use super::Source;
use super::error::{RecordingError, Stop};
use super::opus::Opus;
use super::sniff::Codec;
use std::fs::File;
use std::io;
use std::path::Path;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

/// A compressed recording: its container, its decoder and what the last packet
/// left over.
pub(super) struct Compressed {
    format: Box<dyn FormatReader>,
    decoder: Decoder,
    track: u32,
    channels: usize,
    /// Interleaved samples of the last packet, of which `taken` are handed out.
    packet: Vec<f32>,
    taken: usize,
    /// Time stamp at which the next packet is due, in frames.
    due: Option<i64>,
}

/// What turns packets into samples; symphonia has no Opus.
enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Opus),
}

/// A compressed recording together with what its header says.
pub(super) struct Opened {
    pub(super) source: Compressed,
    pub(super) channels: u16,
    pub(super) rate: u32,
    pub(super) frames: Option<u64>,
}

/// Opens `file`, whose content looks like `codec`.
pub(super) fn open(file: File, codec: Codec, path: &Path) -> Result<Opened, RecordingError> {
    let refuse = |error: Error| refusal(&error, codec, path);
    let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(refuse)?;
    let unsupported = || RecordingError::Unsupported {
        path: path.to_owned(),
        what: format!("this kind of {}", codec.name()),
    };
    let track = format.default_track(TrackType::Audio).ok_or_else(unsupported)?;
    let params =
        track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(unsupported)?;
    let channels = params.channels.as_ref().map_or(0, Channels::count);
    let rate = params.sample_rate.unwrap_or(0);
    let decoder = Decoder::new(params, codec, path)?;
    let frames = exact_frames(track, codec).map(|frames| decoder.without_skipped(frames));
    let (track, start) = (track.id, track.start_ts.get());
    let source = Compressed {
        format,
        decoder,
        track,
        channels: channels.max(1),
        packet: Vec::new(),
        taken: 0,
        due: Some(start),
    };
    let channels = u16::try_from(channels).unwrap_or(u16::MAX);
    Ok(Opened { source, channels, rate, frames })
}

impl Decoder {
    fn new(
        params: &AudioCodecParameters,
        codec: Codec,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        if params.codec == CODEC_ID_OPUS {
            let unsupported = |what| RecordingError::Unsupported { path: path.to_owned(), what };
            return Opus::new(params).map(Self::Opus).map_err(unsupported);
        }
        symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map(Self::Symphonia)
            .map_err(|error| refusal(&error, codec, path))
    }

    /// Of `frames` in the container, those that are heard.
    const fn without_skipped(&self, frames: u64) -> u64 {
        match self {
            Self::Symphonia(_) => frames,
            Self::Opus(opus) => frames.saturating_sub(opus.skipped()),
        }
    }

    /// Fills `out`, which is empty, with the samples of `packet`.
    fn decode(&mut self, packet: &Packet, channels: usize, out: &mut Vec<f32>) -> Result<(), Stop> {
        match self {
            Self::Opus(opus) => opus.decode(packet, out),
            Self::Symphonia(decoder) => {
                let audio = decoder.decode(packet).map_err(stop)?;
                if audio.spec().channels().count() != channels {
                    return Err(Stop::Damaged("the number of channels changes".to_owned()));
                }
                audio.copy_to_vec_interleaved(out);
                Ok(())
            }
        }
    }
}

/// Frames the header announces, where it is no guess. Without the encoder's own
/// tag symphonia estimates the length of an MP3 from its bit rate.
fn exact_frames(track: &Track, codec: Codec) -> Option<u64> {
    track.num_frames.filter(|_| codec != Codec::Mp3 || track.delay.is_some())
}

fn refusal(error: &Error, codec: Codec, path: &Path) -> RecordingError {
    let path = path.to_owned();
    match error {
        Error::Unsupported(what) => {
            RecordingError::Unsupported { path, what: format!("{} with {what}", codec.name()) }
        }
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            RecordingError::Header { path, cause: "the file breaks off in it".to_owned() }
        }
        other => RecordingError::Header { path, cause: other.to_string() },
    }
}

impl Source for Compressed {
    fn read(&mut self, max_frames: usize, block: &mut Vec<f32>) -> Result<(), Stop> {
        while self.taken == self.packet.len() {
            if !self.decode_next()? {
                return Ok(());
            }
        }
        let left = &self.packet[self.taken..];
        let take = left.len().min(max_frames.saturating_mul(self.channels));
        block.extend_from_slice(&left[..take]);
        self.taken += take;
        Ok(())
    }
}

impl Compressed {
    /// Decodes one packet into `packet`; false at the end.
    fn decode_next(&mut self) -> Result<bool, Stop> {
        self.packet.clear();
        self.taken = 0;
        let packet = match self.format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return Ok(false),
            Err(error) => return Err(stop(error)),
        };
        if packet.track_id != self.track {
            return Ok(true);
        }
        // symphonia skips what fails its checksum; the time stamps give it away.
        let start = packet.pts.get();
        if let Some(due) = self.due.filter(|&due| due < start) {
            return Err(Stop::Damaged(format!("the next {} frames are lost", start - due)));
        }
        self.due = Some(start.saturating_add_unsigned(packet.block_dur().get()));
        self.decoder.decode(&packet, self.channels, &mut self.packet)?;
        Ok(true)
    }
}

fn stop(error: Error) -> Stop {
    match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => Stop::Cut,
        Error::IoError(error) => Stop::Io(error),
        other => Stop::Damaged(other.to_string()),
    }
}
