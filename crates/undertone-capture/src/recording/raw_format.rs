//! What the user says about a file that says nothing itself.

use super::encoding::Encoding;
use super::{MAX_CHANNELS, RATES};
use std::str::FromStr;

/// How the samples of a headerless file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawFormat {
    pub(super) encoding: Encoding,
    pub(super) rate: u32,
    pub(super) channels: u16,
}

/// A format is not one that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RawFormatError {
    /// Not FORMAT, FORMAT:RATE or FORMAT:RATE:CHANNELS.
    #[error("{0:?} is not FORMAT:RATE:CHANNELS, for example mulaw:8000:1")]
    Shape(String),
    /// The name is not known.
    #[error("no such format {0:?}; known are {KNOWN}")]
    Name(String),
    /// The rate is not a number between 1000 and 768000.
    #[error("the rate {0:?} is not a number of Hz from 1000 to 768000")]
    Rate(String),
    /// The channels are not a number that the format can have.
    #[error("{channels:?} is not a number of channels that {format} can have (1 to {most})")]
    Channels {
        /// The number as written.
        channels: String,
        /// The format.
        format: String,
        /// Channels it can have, at most.
        most: u16,
    },
}

/// Formats by their names, as people who know ffmpeg and sox call them.
const FORMATS: [(&str, Encoding); 24] = [
    ("mulaw", Encoding::MULAW),
    ("alaw", Encoding::ALAW),
    ("s16le", Encoding::S16LE),
    ("s16be", Encoding::S16BE),
    ("s24le", Encoding::S24LE),
    ("s24be", Encoding::S24BE),
    ("s32le", Encoding::S32LE),
    ("s32be", Encoding::S32BE),
    ("f32le", Encoding::F32LE),
    ("f32be", Encoding::F32BE),
    ("f64le", Encoding::F64LE),
    ("f64be", Encoding::F64BE),
    ("u8", Encoding::U8),
    ("s8", Encoding::S8),
    ("gsm", Encoding::Gsm),
    ("g722", Encoding::G722),
    ("g726-16", Encoding::G726 { bits: 2, high_first: false }),
    ("g726-24", Encoding::G726 { bits: 3, high_first: false }),
    ("g726-32", Encoding::G726 { bits: 4, high_first: false }),
    ("g726-40", Encoding::G726 { bits: 5, high_first: false }),
    ("g726-16-aal2", Encoding::G726 { bits: 2, high_first: true }),
    ("g726-24-aal2", Encoding::G726 { bits: 3, high_first: true }),
    ("g726-32-aal2", Encoding::G726 { bits: 4, high_first: true }),
    ("g726-40-aal2", Encoding::G726 { bits: 5, high_first: true }),
];

/// The names for messages.
const KNOWN: &str = "mulaw, alaw, s8, u8, s16le, s16be, s24le, s24be, s32le, s32be, f32le, f32be, \
                     f64le, f64be, gsm, g722, g726-16, g726-24, g726-32 and g726-40, the last four \
                     also with -aal2";

/// Other names in use for the same.
const ALIASES: [(&str, &str); 6] = [
    ("ulaw", "mulaw"),
    ("pcmu", "mulaw"),
    ("pcma", "alaw"),
    ("sln", "s16le"),
    ("l16", "s16be"),
    ("g726", "g726-32"),
];

impl FromStr for RawFormat {
    type Err = RawFormatError;

    /// `FORMAT:RATE:CHANNELS`; without them, one channel at the rate of the telephone
    /// (16 kHz for G.722).
    fn from_str(text: &str) -> Result<Self, RawFormatError> {
        let lower = text.to_ascii_lowercase();
        let mut fields = lower.split(':');
        let (name, rate, channels) =
            (fields.next().unwrap_or_default(), fields.next(), fields.next());
        if fields.next().is_some() || name.is_empty() {
            return Err(RawFormatError::Shape(text.to_owned()));
        }
        let plain = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, to)| to);
        let (_, encoding) = *FORMATS
            .iter()
            .find(|(known, _)| *known == plain)
            .ok_or_else(|| RawFormatError::Name(name.to_owned()))?;
        let usual = if encoding == Encoding::G722 { 16_000 } else { 8_000 };
        let rate = match rate {
            None => usual,
            Some(rate) => rate
                .parse()
                .ok()
                .filter(|rate| RATES.contains(rate))
                .ok_or_else(|| RawFormatError::Rate(rate.to_owned()))?,
        };
        let most = encoding.most_channels().min(MAX_CHANNELS);
        let channels = match channels {
            None => 1,
            Some(channels) => {
                channels.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
                    let (channels, format) = (channels.to_owned(), name.to_owned());
                    RawFormatError::Channels { channels, format, most }
                })?
            }
        };
        Ok(Self { encoding, rate, channels })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<(Encoding, u32, u16), String> {
        text.parse::<RawFormat>()
            .map(|format| (format.encoding, format.rate, format.channels))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_telephones_rate_and_one_channel_are_understood() {
        assert_eq!(parse("mulaw"), Ok((Encoding::MULAW, 8000, 1)));
        assert_eq!(parse("ULAW:16000"), Ok((Encoding::MULAW, 16_000, 1)));
        assert_eq!(parse("s16le:44100:2"), Ok((Encoding::S16LE, 44_100, 2)));
        assert_eq!(parse("g722"), Ok((Encoding::G722, 16_000, 1)));
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_field_at_fault() {
        let refused = |text: &str| parse(text).unwrap_err();
        assert!(refused("").contains("FORMAT:RATE:CHANNELS"));
        assert!(refused("mulaw:8000:1:2").contains("FORMAT:RATE:CHANNELS"));
        assert!(refused("g729").contains("no such format \"g729\""));
        assert!(refused("mulaw:8k").contains("rate \"8k\""));
        assert!(refused("mulaw:7").contains("rate \"7\""));
        assert!(refused("gsm:8000:2").contains("gsm can have (1 to 1)"));
        assert!(refused("s16le:8000:0").contains("(1 to 64)"));
    }

    #[test]
    fn every_known_name_is_named() {
        for (name, _) in FORMATS {
            assert!(KNOWN.contains(name.trim_end_matches("-aal2")), "{name}");
        }
    }
}
