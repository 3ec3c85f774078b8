//! What is on a line that is no voice, and what is wrong with the line.

use crate::{Lane, Span, StreamTime};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A sound that is no voice has ended. It was silence to baseline, evidence and
/// recogniser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToneDetected {
    /// The lane it was on.
    pub lane: Lane,
    /// What it was.
    pub kind: SoundKind,
    /// The key, of `dtmf`; null otherwise.
    pub digit: Option<char>,
    /// Where it lies; of a cadence, from the first burst to the last.
    #[serde(flatten)]
    pub span: Span,
}

/// A sound that is no voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SoundKind {
    /// A key of a telephone.
    Dtmf,
    /// An exchange waits for a number.
    Dial,
    /// A telephone rings at the other end.
    Ringback,
    /// The line is busy, or the other side has gone.
    Busy,
    /// Special information tone, which precedes an announcement.
    Sit,
    /// A fax or a modem.
    Fax,
    /// Any other tone: of a recorder, a mailbox, a test.
    Beep,
}

impl SoundKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Dtmf, Self::Dial, Self::Ringback, Self::Busy, Self::Sit, Self::Fax, Self::Beep];

    /// Its name in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dtmf => "dtmf",
            Self::Dial => "dial",
            Self::Ringback => "ringback",
            Self::Busy => "busy",
            Self::Sit => "sit",
            Self::Fax => "fax",
            Self::Beep => "beep",
        }
    }
}

impl fmt::Display for SoundKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something is wrong with a line, or between the two. Each is reported once a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// What is wrong.
    pub kind: WarningKind,
    /// Where; null where it concerns both lanes.
    pub lane: Option<Lane>,
    /// The last sample it rests on.
    #[serde(rename = "at_s", with = "crate::time::seconds")]
    pub at: StreamTime,
    /// How much of it, in [`WarningKind::unit`]; null for kinds without one.
    pub amount: Option<f32>,
    /// How late an echo is, in milliseconds; null of other kinds.
    pub echo_ms: Option<f32>,
}

/// What may be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// The wave does not swing around zero. It was taken off.
    Offset,
    /// Mains hum. It was taken off.
    Hum,
    /// Too loud: peaks are cut off.
    Clipping,
    /// Samples that are no numbers; they count as silence.
    NotFinite,
    /// Both lanes carry the same sound: it is judged once, as the customer's.
    Copy,
    /// The other side's voice leaks into the lane; it is not judged there.
    Leak,
    /// The other side's voice comes back on the lane; it is not judged there.
    Echo,
    /// No sound at all, while the other side speaks.
    EmptyLane,
}

impl WarningKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Offset,
        Self::Hum,
        Self::Clipping,
        Self::NotFinite,
        Self::Copy,
        Self::Leak,
        Self::Echo,
        Self::EmptyLane,
    ];

    /// Its name in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offset => "offset",
            Self::Hum => "hum",
            Self::Clipping => "clipping",
            Self::NotFinite => "not_finite",
            Self::Copy => "copy",
            Self::Leak => "leak",
            Self::Echo => "echo",
            Self::EmptyLane => "empty_lane",
        }
    }

    /// The unit of [`Warning::amount`].
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::Offset | Self::Clipping => Some("%"),
            Self::Hum => Some("dBFS"),
            Self::NotFinite => Some("samples"),
            Self::Leak | Self::Echo => Some("dB"),
            Self::EmptyLane => Some("s"),
            Self::Copy => None,
        }
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_json_says() {
        let json = |text: &str| format!("\"{text}\"");
        for kind in SoundKind::ALL {
            assert_eq!(serde_json::to_string(&kind).ok(), Some(json(kind.name())));
        }
        for kind in WarningKind::ALL {
            assert_eq!(serde_json::to_string(&kind).ok(), Some(json(kind.name())));
        }
    }
}
