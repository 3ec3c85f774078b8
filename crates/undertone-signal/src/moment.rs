//! Moments of a call that are reported once.

use crate::{Lane, StreamTime};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MomentKind {
    /// A voice is on its way to an alert.
    Rising,
    /// An unpleasant tone has lasted.
    Negative,
    /// Both sides have been speaking at once.
    Overlap,
    /// This side took the word while the other was speaking.
    Interruption,
    /// Nobody has spoken.
    Silence,
    /// This side speaks faster or slower than before.
    Pace,
    /// Relief or thanks: a good moment.
    Positive,
    /// Far louder and higher than this side usually speaks.
    Shout,
    /// A breath let out audibly, without a voice.
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

/// Something worth reporting once, beside alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// What kind of moment.
    pub kind: MomentKind,
    /// Whose; of a silence, the side that spoke last.
    pub lane: Lane,
    /// Where it began.
    #[serde(rename = "onset_s", with = "crate::time::seconds")]
    pub onset: StreamTime,
    /// The last sample it rests on.
    #[serde(rename = "at_s", with = "crate::time::seconds")]
    pub at: StreamTime,
    /// How much of it, in [`MomentKind::unit`]; null for kinds without one.
    pub amount: Option<f32>,
    /// The words it rests on, if it rests on words.
    pub words: Option<String>,
}
