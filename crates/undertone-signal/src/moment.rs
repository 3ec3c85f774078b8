//! Moments: notable events besides alerts.

use crate::{Lane, StreamTime};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MomentKind {
    /// Early warning: evidence for an alert is growing.
    Rising,
    /// An unpleasant tone has lasted for a while.
    Negative,
    /// Both sides speak at once.
    Overlap,
    /// This side interrupted the other.
    Interruption,
    /// Nobody has spoken for a while.
    Silence,
    /// This side speaks faster or slower than before.
    Pace,
    /// Words of relief or thanks.
    Positive,
    /// Much louder and higher than the speaker's baseline.
    Shout,
    /// An audible breath without voice.
    Sigh,
}

impl MomentKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Rising,
        Self::Negative,
        Self::Overlap,
        Self::Interruption,
        Self::Silence,
        Self::Pace,
        Self::Positive,
        Self::Shout,
        Self::Sigh,
    ];

    /// Its name in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Negative => "negative",
            Self::Overlap => "overlap",
            Self::Interruption => "interruption",
            Self::Silence => "silence",
            Self::Pace => "pace",
            Self::Positive => "positive",
            Self::Shout => "shout",
            Self::Sigh => "sigh",
        }
    }
}

impl MomentKind {
    /// The unit of [`Moment::amount`].
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::Negative | Self::Overlap | Self::Silence | Self::Sigh => Some("s"),
            Self::Pace => Some("syllables/s"),
            Self::Shout => Some("dB"),
            Self::Positive => Some("probability"),
            Self::Rising | Self::Interruption => None,
        }
    }
}

impl fmt::Display for MomentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A notable event besides alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The kind of moment.
    pub kind: MomentKind,
    /// The lane; of a silence, the lane that spoke last.
    pub lane: Lane,
    /// Where it began.
    #[serde(rename = "onset_s", with = "crate::time::seconds")]
    pub onset: StreamTime,
    /// The last sample it rests on.
    #[serde(rename = "at_s", with = "crate::time::seconds")]
    pub at: StreamTime,
    /// Its size in [`MomentKind::unit`]; null for kinds without one.
    pub amount: Option<f32>,
    /// The words it rests on, if any.
    pub words: Option<String>,
}
