//! One way from a lane into the other.

use super::correlate::{Agreement, RATE};
use super::{CrossFinding, ECHO_LAG};
use crate::ring::Ring;

/// Windows that agree this well cannot be two people: two are enough.
const SURE: f32 = 0.8;
/// Two people may agree this well by chance for a second: four windows apart are needed.
const LIKELY: f32 = 0.5;
const ENOUGH: u32 = 4;
/// Ticks between two windows that count as apart: one second.
const APART: u64 = 100;
/// How far the lag may wander, in samples at the rate of the comparison.
const SAME_LAG: i32 = 3;
/// A moment is the other's voice while its power is below this many times what the
/// coupling explains: 7 dB, for what a room and a codec add.
const MARGIN: f32 = 5.0;
/// Ticks a mask stays: the end of a syllable rings.
const HOLD: u32 = 6;
/// Power that ends a mask at once, over what the coupling explains: 14 dB.
const BREAKS: f32 = 25.0;
/// Weight of a new estimate of the gain.
const LEARN: f32 = 0.3;
/// What is left of an envelope after a tick: a room's echo falls by 60 dB in .6 s.
const DECAY: f32 = 0.8;
/// Ticks kept of an envelope: the longest delay and a little more.
const KEPT: usize = 112;

/// Mean power of a lane, tick by tick.
#[derive(Debug)]
pub(super) struct Envelope {
    powers: Ring<f32>,
    /// The same as it would be behind a room.
    tails: Ring<f32>,
    tail: f32,
}

impl Envelope {
    pub(super) fn new() -> Self {
        Self { powers: Ring::new(KEPT), tails: Ring::new(KEPT), tail: 0.0 }
    }

    pub(super) fn push(&mut self, power: f32) {
        self.tail = power.max(DECAY * self.tail);
        self.powers.push(power);
        self.tails.push(self.tail);
    }

    /// Whether there has been any sound within `ticks`.
    pub(super) fn has_sound(&self, ticks: usize) -> bool {
        self.powers.last(ticks).any(|power| *power > super::NOTHING)
    }

    fn now(&self) -> f32 {
        self.powers.iter().next_back().copied().unwrap_or(0.0)
    }

    /// The most there was about `ticks` ago.
    fn around(&self, ticks: usize) -> f32 {
        let back = self.tails.iter().rev().skip(ticks.saturating_sub(2)).take(4);
        back.copied().fold(0.0, f32::max)
    }
}

/// What is known of one way.
#[derive(Debug, Default)]
pub(super) struct Coupling {
    /// How late the other's voice arrives, at [`RATE`].
    lag: i32,
    gain: f32,
    points: u32,
    learnt_at: u64,
    known: bool,
    told: bool,
    hold: u32,
}

impl Coupling {
    /// Takes in a comparison in which the other lane was the louder. `forward` if a
    /// positive lag is a delay this way. True once, when the coupling is first known.
    pub(super) fn learn(&mut self, agreement: &Agreement, tick: u64, forward: bool) -> bool {
        let lag = if forward { agreement.lag } else { -agreement.lag };
        if agreement.correlation < LIKELY || lag < -SAME_LAG {
            return false;
        }
        if (lag - self.lag).abs() > SAME_LAG {
            if self.known && agreement.correlation < SURE {
                return false;
            }
            (self.lag, self.points) = (lag, 0);
        }
        if self.points == 0 {
            self.gain = agreement.gain;
        }
        self.gain += LEARN * (agreement.gain - self.gain);
        if agreement.correlation >= SURE {
            self.points += 2;
            self.learnt_at = tick;
        } else if self.points == 0 || tick - self.learnt_at >= APART {
            self.points += 1;
            self.learnt_at = tick;
        }
        self.known |= self.points >= ENOUGH;
        self.known && !std::mem::replace(&mut self.told, true)
    }

    /// What there is to say of it.
    pub(super) fn finding(&self, lane: usize) -> CrossFinding {
        let gain_db = 20.0 * self.gain.max(1e-6).log10();
        if self.lag > ECHO_LAG {
            let delay_ms = self.lag as f32 * 1e3 / RATE as f32;
            CrossFinding::Echo { lane, delay_ms, gain_db }
        } else {
            CrossFinding::Leak { lane, gain_db }
        }
    }

    /// Whether the newest tick of `mine` is only what comes from `theirs`.
    pub(super) fn masks(&mut self, mine: &Envelope, theirs: &Envelope) -> bool {
        if !self.known {
            return false;
        }
        let ticks = (self.lag.max(0) as usize * 100).div_ceil(RATE);
        let explained = self.gain * self.gain * theirs.around(ticks);
        let power = mine.now();
        if power < MARGIN * explained {
            self.hold = HOLD;
            return true;
        }
        let held = self.hold;
        self.hold = held.saturating_sub(1);
        held > 0 && power < BREAKS * explained
    }
}
