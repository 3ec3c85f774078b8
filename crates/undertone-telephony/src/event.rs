//! Events that all gateways have in common.

use std::time::{Duration, Instant};
use undertone_signal::Lane;

/// An event from a gateway.
#[derive(Debug, Clone, PartialEq)]
pub enum WireEvent {
    /// A call begins, or a known call continues on a new connection.
    Started(CallStart),
    /// Audio of one lane.
    Audio(LaneAudio),
    /// A pause of one lane's sender that its timestamps do not show. Silence of this length
    /// precedes the next audio.
    Missing {
        /// The lane.
        lane: Lane,
        /// Length of the pause.
        missing: Duration,
        /// When it was detected.
        found_at: Instant,
    },
    /// A key was pressed.
    Dtmf {
        /// The lane, if the gateway gives it.
        lane: Option<Lane>,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The gateway has ended the call; with a cause if it was an error.
    Ended {
        /// The error.
        cause: Option<String>,
    },
    /// Data that could not be used; the call continues.
    Problem(String),
}

/// A call begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallStart {
    /// The gateway's id of the call, if it has one.
    pub call: Option<String>,
    /// Its lanes.
    pub lanes: Vec<Lane>,
    /// The token inside the stream, if the protocol has a field for it.
    pub token: Option<String>,
}

/// Audio of one lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneAudio {
    /// The lane.
    pub lane: Lane,
    /// Samples a second.
    pub rate: u32,
    /// Mono samples in −1..1.
    pub samples: Vec<f32>,
    /// When the last of them arrived.
    pub received_at: Instant,
}

/// Counts of the packets or messages of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Packets or media messages received.
    pub packets: u64,
    /// Arrived out of order and were reordered.
    pub reordered: u64,
    /// Duplicates.
    pub duplicates: u64,
    /// Lost, or too late.
    pub lost: u64,
    /// Arrived after they had been counted as lost.
    pub late: u64,
    /// Samples of concealment for lost packets.
    pub concealed_samples: u64,
    /// Samples of silence inserted where the sender sent nothing.
    pub silence_samples: u64,
    /// Comfort-noise packets.
    pub comfort_noise: u64,
    /// Restarts of the sender: a new SSRC, or a jump in its sequence numbers.
    pub restarts: u64,
    /// Could not be used: another protocol, an unknown format, damaged.
    pub unusable: u64,
}

impl Counters {
    /// Each count with its name in the metrics.
    pub fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("packets", self.packets),
            ("reordered", self.reordered),
            ("duplicates", self.duplicates),
            ("lost", self.lost),
            ("late", self.late),
            ("concealed_samples", self.concealed_samples),
            ("silence_samples", self.silence_samples),
            ("comfort_noise", self.comfort_noise),
            ("restarts", self.restarts),
            ("unusable", self.unusable),
        ]
    }

    /// The difference from `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            packets: self.packets - earlier.packets,
            reordered: self.reordered - earlier.reordered,
            duplicates: self.duplicates - earlier.duplicates,
            lost: self.lost - earlier.lost,
            late: self.late - earlier.late,
            concealed_samples: self.concealed_samples - earlier.concealed_samples,
            silence_samples: self.silence_samples - earlier.silence_samples,
            comfort_noise: self.comfort_noise - earlier.comfort_noise,
            restarts: self.restarts - earlier.restarts,
            unusable: self.unusable - earlier.unusable,
        }
    }

    /// The sum of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            packets: self.packets + other.packets,
            reordered: self.reordered + other.reordered,
            duplicates: self.duplicates + other.duplicates,
            lost: self.lost + other.lost,
            late: self.late + other.late,
            concealed_samples: self.concealed_samples + other.concealed_samples,
            silence_samples: self.silence_samples + other.silence_samples,
            comfort_noise: self.comfort_noise + other.comfort_noise,
            restarts: self.restarts + other.restarts,
            unusable: self.unusable + other.unusable,
        }
    }
}
