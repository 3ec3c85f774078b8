//! Names for bursts of tone.

use super::cadence::Cadence;
use super::run::Run;
use super::{ToneFinding, ToneKind, dtmf};
use undertone_signal::Span;

/// The three steps of a special information tone (ITU-T E.180), in hertz, low and high
/// of what is sent for each.
const SIT: [(f32, f32); 3] = [(880.0, 1_020.0), (1_330.0, 1_470.0), (1_740.0, 1_830.0)];
/// Samples that may lie between two steps: 100 ms.
const SIT_GAP: u64 = 1_600;
/// Fax and modem (ITU-T T.30, V.25): calling, calling by data, answering; in hertz.
const FAX: [(f32, f32); 3] = [(1_060.0, 1_140.0), (1_280.0, 1_320.0), (2_080.0, 2_120.0)];
/// Shortest of them: 350 ms of the half second that a fax calls.
const FAX_SAMPLES: u64 = 5_600;

/// Shortest key: Q.24 has 40 ms be recognised and what is shorter than 23 ms refused.
const KEY_SAMPLES: u64 = 480;

/// A single line or a pair, from when to when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Burst {
    pub(super) hz: f32,
    pub(super) span: Span,
}

/// Gives names to bursts, some only once the next have come.
#[derive(Debug, Default)]
pub(super) struct Namer {
    cadence: Cadence,
    /// Steps of what may become a special information tone.
    steps: [Option<Burst>; 2],
}

impl Namer {
    /// A burst has ended.
    pub(super) fn burst(&mut self, run: &Run, span: Span, found: &mut impl FnMut(ToneFinding)) {
        let burst = Burst { hz: run.low.hz, span };
        let key = run.high.and_then(|h| dtmf::key(run.low.hz, h.hz, h.share / run.low.share));
        if key.is_none() && run.high.is_none() && self.step(burst, found) {
            return;
        }
        self.give_up(found);
        if let Some(key) = key {
            if span.samples() >= KEY_SAMPLES {
                found(ToneFinding { kind: ToneKind::Dtmf(key), span, hz: burst.hz });
            }
        } else if Cadence::may_be(burst, run.high.map(|line| line.hz)) {
            self.cadence.burst(burst, found);
        } else {
            found(alone(burst));
        }
    }

    /// Time has passed up to sample `now`.
    pub(super) fn tick(&mut self, now: u64, found: &mut impl FnMut(ToneFinding)) {
        let waits = self.steps.iter().flatten().last();
        // A step is shorter than half a second: the next has begun or never will.
        if waits.is_some_and(|step| now - step.span.end.samples() > 8_000 + SIT_GAP) {
            self.give_up(found);
        }
        self.cadence.tick(now, found);
    }

    /// No more will come.
    pub(super) fn finish(&mut self, found: &mut impl FnMut(ToneFinding)) {
        self.give_up(found);
        self.cadence.finish(found);
    }

    /// Whether `burst` is the next step of a special information tone.
    fn step(&mut self, burst: Burst, found: &mut impl FnMut(ToneFinding)) -> bool {
        let place = self.steps.iter().flatten().count();
        let last = self.steps.iter().flatten().last();
        let follows = last.is_none_or(|last| {
            burst.span.start.samples().saturating_sub(last.span.end.samples()) <= SIT_GAP
        });
        let fits = |place: usize| (SIT[place].0..=SIT[place].1).contains(&burst.hz);
        if follows && fits(place) {
            if place < 2 {
                self.steps[place] = Some(burst);
            } else {
                let first = self.steps[0].take().map_or(burst.span.start, |step| step.span.start);
                self.steps[1] = None;
                let span = Span::new(first, burst.span.end);
                found(ToneFinding { kind: ToneKind::Sit, span, hz: burst.hz });
            }
            return true;
        }
        if place > 0 {
            self.give_up(found);
            if fits(0) {
                self.steps[0] = Some(burst);
                return true;
            }
        }
        false
    }

    /// What waits to become a special information tone does not.
    fn give_up(&mut self, found: &mut impl FnMut(ToneFinding)) {
        for step in &mut self.steps {
            step.take().into_iter().for_each(|step| found(alone(step)));
        }
    }
}

/// A burst by itself.
fn alone(burst: Burst) -> ToneFinding {
    let fax = FAX.iter().any(|(low, high)| (*low..=*high).contains(&burst.hz));
    let kind =
        if fax && burst.span.samples() >= FAX_SAMPLES { ToneKind::Fax } else { ToneKind::Beep };
    ToneFinding { kind, span: burst.span, hz: burst.hz }
}
