//! Tones: keys, what an exchange says, beeps. No voice, whatever a model makes of them.
//!
//! A tone is a frame whose power is all in one line or two, and that stays so while a
//! voice would move. [`ToneTrack`] says of each 10 ms whether they are tone, and, once
//! it is sure, how many before them were; [`Namer`] gives them names.

mod bursts;
mod cadence;
mod dtmf;
mod lines;
mod run;

use crate::segment::TICK;
use bursts::Namer;
use lines::Lines;
use run::Run;
use undertone_signal::{Span, StreamTime};

/// Frames that still hold the end of a tone after it has ended, and its beginning before
/// it was seen: the length of a frame of the pitch.
const FRAME_TICKS: u32 = 5;
/// Ticks by which a tone is seen to end too late.
const LATE_TICKS: u32 = 2;
/// A tone that has been known for this long is the same when it comes again.
const REMEMBERED: u64 = 80_000;

/// What kind of tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToneKind {
    /// A key.
    Dtmf(char),
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
    /// Any other: of a recorder, a mailbox, a test.
    Beep,
}

/// A tone that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ToneFinding {
    /// What kind.
    pub kind: ToneKind,
    /// From its start to its end; of a cadence, from the first burst to the last.
    pub span: Span,
    /// Its frequency, of two the lower, in hertz.
    pub hz: f32,
}

/// What [`ToneTrack::push`] says of the newest 10 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Masked {
    /// They are tone.
    pub(crate) now: bool,
    /// So were this many before them, which has only now become clear.
    pub(crate) back: usize,
}

/// Follows one lane.
#[derive(Debug, Default)]
pub(crate) struct ToneTrack {
    run: Option<Run>,
    /// The run is known to be a tone.
    known: bool,
    /// Ticks after a tone that its frames still reach into.
    tail: u32,
    /// Ticks that were masked up to now, without a gap.
    masked: u32,
    /// The last tone, and when it ended.
    last: Option<(Run, u64)>,
    namer: Namer,
}

impl ToneTrack {
    /// Takes in the spectrum of the frame that ends at sample `now`, the last 10 ms of
    /// which are new. Tones that have ended go to `found`.
    pub(crate) fn push(
        &mut self,
        power: &[f32],
        now: u64,
        found: &mut impl FnMut(ToneFinding),
    ) -> Masked {
        let lines = Lines::of(power);
        let goes_on = self.run.as_mut().is_some_and(|run| run.takes(&lines));
        if !goes_on {
            self.end(now, found);
            self.run = Run::start(&lines);
        }
        let mut back = 0;
        if let Some(run) = self.run
            && !self.known
            && (run.is_tone() || self.is_remembered(&run, now))
        {
            self.known = true;
            back = (run.frames - 1 + FRAME_TICKS - 1).saturating_sub(self.masked);
        }
        let masked = if self.known {
            self.tail = FRAME_TICKS - 1;
            true
        } else {
            let still = self.tail > 0;
            self.tail = self.tail.saturating_sub(1);
            still
        };
        self.masked = if masked { self.masked + back + 1 } else { 0 };
        self.namer.tick(now, found);
        Masked { now: masked, back: back as usize }
    }

    /// The lane has ended at `now`.
    pub(crate) fn finish(&mut self, now: u64, found: &mut impl FnMut(ToneFinding)) {
        self.end(now, found);
        self.namer.finish(found);
    }

    fn end(&mut self, now: u64, found: &mut impl FnMut(ToneFinding)) {
        let Some(run) = self.run.take() else { return };
        if std::mem::replace(&mut self.known, false) {
            let ticks = |count: u32| u64::from(count) * TICK as u64;
            let start = now.saturating_sub(ticks(run.frames + 1));
            // The newest frame is not of it, and the last that were are half empty.
            let end = now.saturating_sub(ticks(1 + LATE_TICKS)).max(start + ticks(1));
            let at = StreamTime::from_samples;
            self.last = Some((run, now));
            if run.is_seam() {
                return;
            }
            self.namer.burst(&run, Span::new(at(start), at(end)), found);
        }
    }

    /// The same tone as a moment ago: a cadence, or one whose level swells.
    fn is_remembered(&self, run: &Run, now: u64) -> bool {
        self.last.is_some_and(|(last, at)| {
            let alike = |a: f32, b: f32| (a / b - 1.0).abs() < 0.008;
            let both = match (last.high, run.high) {
                (Some(a), Some(b)) => alike(a.hz, b.hz),
                (None, None) => true,
                _ => false,
            };
            run.frames >= 4 && now - at < REMEMBERED && both && alike(last.low.hz, run.low.hz)
        })
    }
}

#[cfg(test)]
mod tests;
