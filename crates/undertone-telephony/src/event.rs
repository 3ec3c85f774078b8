//! What every gateway's messages come down to.

use std::time::Instant;
use undertone_signal::Lane;

/// Something a gateway said.
#[derive(Debug, Clone, PartialEq)]
pub enum WireEvent {
    /// A call begins, or a known one goes on over a new connection.
    Started(CallStart),
    /// Sound on one lane.
    Audio(LaneAudio),
    /// A key was pressed.
    Dtmf {
        /// By whom, where the gateway tells.
        lane: Option<Lane>,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The gateway has ended the call; a cause if that was not as it should be.
    Ended {
        /// What went wrong.
        cause: Option<String>,
    },
    /// Something could not be used; the call goes on.
    Problem(String),
}

/// A call begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallStart {
    /// The gateway's name for the call, where it has one.
    pub call: Option<String>,
    /// Its lanes.
    pub lanes: Vec<Lane>,
    /// The token the gateway shows inside the stream, where the protocol has a
    /// place for one.
    pub token: Option<String>,
}

/// Sound on one lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneAudio {
    /// Whose voice.
    pub lane: Lane,
    /// Samples a second.
    pub rate: u32,
    /// Mono samples in −1..1.
    pub samples: Vec<f32>,
    /// When the last of them arrived.
    pub received_at: Instant,
}

/// What happened to the packets or messages of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Packets or media messages taken in.
    pub packets: u64,
    /// Came out of order and were put right.
    pub reordered: u64,
    /// Came twice.
    pub duplicates: u64,
    /// Never came, or not in time.
    pub lost: u64,
    /// Came after they had been given up for lost.
    pub late: u64,
    /// Samples made up for lost packets.
    pub concealed_samples: u64,
    /// Samples of silence where the sender sent nothing.
    pub silence_samples: u64,
    /// Comfort-noise packets.
    pub comfort_noise: u64,
    /// Times the sender began afresh: a new SSRC, or a jump in its numbers.
    pub restarts: u64,
    /// Could not be used: not this protocol, an unknown format, damaged.
    pub unusable: u64,
}

impl Counters {
    /// Each count with its name, as metrics show it.
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

    /// What was counted after `earlier`.
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

    /// Both together.
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
