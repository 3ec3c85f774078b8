//! Two lanes of one call held against each other: the same sound on both, one voice
//! leaking into the other's lane, an echo, a lane without sound.
//!
//! What is only the other side's voice is masked: it is neither speech of this lane nor
//! anything to be judged. The delay and the gain of each way are estimated from windows
//! of a second; a moment is masked while its level is no more than the other side's at
//! that delay and gain explains. Somebody who really speaks is louder than that.

mod correlate;
mod coupling;

use crate::segment::TICK;
use correlate::{Agreement, Correlator, RATE, WINDOW};
use coupling::{Coupling, Envelope};
use undertone_signal::SAMPLE_RATE;

/// What is wrong between two lanes. Lanes are 0 and 1, as they were handed over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CrossFinding {
    /// Both carry the same sound.
    Copy,
    /// The voice of the other lane leaks into `lane`, at `gain_db`.
    Leak {
        /// The lane it is found on.
        lane: usize,
        /// How loud it is there, in dB against where it belongs.
        gain_db: f32,
    },
    /// The voice of the other lane comes back on `lane`, `delay_ms` later, at `gain_db`.
    Echo {
        /// The lane it is found on.
        lane: usize,
        /// How much later.
        delay_ms: f32,
        /// How loud it is there, in dB against where it belongs.
        gain_db: f32,
    },
    /// `lane` has had no sound at all while the other spoke for `seconds`.
    Empty {
        /// The lane without sound.
        lane: usize,
        /// Sound on the other, in seconds.
        seconds: f32,
    },
}

/// Samples averaged to one of those compared.
const DECIMATE: usize = SAMPLE_RATE as usize / RATE;
/// Ticks between two comparisons: 250 ms, and from the minute on a second.
const EVERY: u64 = 25;
const LATER_EVERY: u64 = 100;
const LATER: u64 = 6_000;
/// A copy: this alike, and this close in level.
const COPY: f32 = 0.97;
const COPY_GAIN: f32 = 0.84;
/// Comparisons that must find a copy before it is one, and the most that are counted.
const COPIES: i32 = 2;
const MOST_COPIES: i32 = 8;
/// A delay longer than this is an echo, not leakage: 8 ms.
const ECHO_LAG: i32 = 32;
/// Mean power of a tick that is sound, -60 dB, and of one that is none at all, -80 dB.
const SOUND: f32 = 1e-6;
const NOTHING: f32 = 1e-8;
/// Sound of one side without any of the other after which a lane is empty: ten seconds.
const EMPTY: u64 = 1_000;

/// Compares the lanes of one call, 10 ms at a time.
pub struct CrossCheck {
    correlator: Correlator,
    /// The last [`WINDOW`] samples of each, decimated.
    past: [Vec<f32>; 2],
    /// The newer half of what the newest of them averages.
    halves: [f32; 2],
    envelopes: [Envelope; 2],
    /// Into lane 0, and into lane 1.
    into: [Coupling; 2],
    copies: i32,
    ticks: u64,
    /// Ticks with sound on each lane, and whether it ever had any.
    sound: [u64; 2],
    any: [bool; 2],
    told_copy: bool,
    told_empty: bool,
}

impl Default for CrossCheck {
    fn default() -> Self {
        Self::new()
    }
}

impl CrossCheck {
    /// A check that has compared nothing.
    pub fn new() -> Self {
        Self {
            correlator: Correlator::new(),
            past: [vec![0.0; WINDOW], vec![0.0; WINDOW]],
            halves: [0.0; 2],
            envelopes: [Envelope::new(), Envelope::new()],
            into: [Coupling::default(), Coupling::default()],
            copies: 0,
            ticks: 0,
            sound: [0; 2],
            any: [false; 2],
            told_copy: false,
            told_empty: false,
        }
    }

    /// Takes in the next 10 ms of both lanes; for each, whether it is only the other's
    /// voice. What is found goes to `found`, each thing once.
    pub fn push(&mut self, lanes: [&[f32]; 2], found: &mut dyn FnMut(CrossFinding)) -> [bool; 2] {
        self.ticks += 1;
        for (place, samples) in lanes.iter().enumerate() {
            let power = samples.iter().map(|x| x * x).sum::<f32>() / TICK as f32;
            self.envelopes[place].push(power);
            self.sound[place] += u64::from(power > SOUND);
            self.any[place] |= power > NOTHING;
            self.remember(place, samples);
        }
        let every = if self.ticks > LATER { LATER_EVERY } else { EVERY };
        if self.ticks.is_multiple_of(every) {
            self.compare(found);
            self.empty(found);
        }
        if self.copies >= COPIES {
            // Whose voice it is cannot be known: it is judged once, as the first lane's.
            return [false, true];
        }
        let [first, second] = &self.envelopes;
        [self.into[0].masks(first, second), self.into[1].masks(second, first)]
    }

    fn remember(&mut self, place: usize, samples: &[f32]) {
        let past = &mut self.past[place];
        past.copy_within(TICK / DECIMATE.., 0);
        let new = &mut past[WINDOW - TICK / DECIMATE..];
        // Twice the step: what lies above 2 kHz must not come back below it.
        for (out, part) in new.iter_mut().zip(samples.chunks(DECIMATE)) {
            let sum = part.iter().sum::<f32>() / (2 * DECIMATE) as f32;
            *out = sum + std::mem::replace(&mut self.halves[place], sum);
        }
    }

    fn compare(&mut self, found: &mut dyn FnMut(CrossFinding)) {
        let ticks = WINDOW * DECIMATE / TICK;
        if !self.envelopes.iter().all(|envelope| envelope.has_sound(ticks.min(100))) {
            return;
        }
        let agreement = self.correlator.compare(&self.past[0], &self.past[1]);
        let Some(agreement) = agreement else { return };
        self.copy(&agreement, found);
        if self.copies > 0 {
            return;
        }
        let lane = usize::from(agreement.first_louder);
        if self.into[lane].learn(&agreement, self.ticks, lane == 1) {
            found(self.into[lane].finding(lane));
        }
    }

    fn copy(&mut self, agreement: &Agreement, found: &mut dyn FnMut(CrossFinding)) {
        let same = agreement.correlation > COPY && agreement.gain > COPY_GAIN;
        let step = if same { 1 } else { -1 };
        self.copies = (self.copies + step).clamp(0, MOST_COPIES);
        if self.copies >= COPIES && !std::mem::replace(&mut self.told_copy, true) {
            found(CrossFinding::Copy);
        }
    }

    fn empty(&mut self, found: &mut dyn FnMut(CrossFinding)) {
        for lane in 0..2 {
            let other = self.sound[1 - lane];
            if other >= EMPTY && !self.any[lane] && !self.told_empty {
                self.told_empty = true;
                found(CrossFinding::Empty { lane, seconds: other as f32 / 100.0 });
            }
        }
    }
}

#[cfg(test)]
mod tests;
