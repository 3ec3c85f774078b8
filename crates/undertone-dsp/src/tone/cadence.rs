//! What an exchange says by the rhythm of a tone (ITU-T E.180 and its list of countries).

use super::bursts::Burst;
use super::{ToneFinding, ToneKind};
use undertone_signal::Span;

/// Where call-progress tones lie, in hertz: from 350 + 440 to 600 or 620.
const BAND: std::ops::RangeInclusive<f32> = 335.0..=640.0;
/// Longest silence within a cadence: rings come every 6 s at most.
const LONGEST_GAP: u64 = 96_000;
/// A tone this long by itself is a dial tone: nobody rings so long.
const DIAL: u64 = 56_000;
/// A ring by itself lasts at least this long; what is shorter says nothing.
const RING: u64 = 9_600;
/// Busy and congestion: bursts and gaps no longer than this.
const BUSY: u64 = 13_600;
/// Gaps shorter than this are within a burst whose level swells: 80 ms.
const JOINED: u64 = 1_280;

/// A cadence so far.
#[derive(Debug, Clone, Copy)]
struct Open {
    first: Burst,
    span: Span,
    bursts: u32,
    longest_burst: u64,
    longest_gap: u64,
    /// Start of the newest burst.
    started: u64,
}

/// Puts bursts of one tone together.
#[derive(Debug, Default)]
pub(super) struct Cadence {
    open: Option<Open>,
}

impl Cadence {
    /// Whether `burst` may be an exchange's.
    pub(super) fn may_be(burst: Burst, high_hz: Option<f32>) -> bool {
        BAND.contains(&burst.hz) && high_hz.is_none_or(|hz| hz < 700.0)
    }

    pub(super) fn burst(&mut self, burst: Burst, found: &mut impl FnMut(ToneFinding)) {
        if let Some(open) = &mut self.open {
            let gap = burst.span.start.samples().saturating_sub(open.span.end.samples());
            if (burst.hz / open.first.hz - 1.0).abs() < 0.03 && gap <= LONGEST_GAP {
                open.add(burst.span, gap);
                return;
            }
        }
        self.finish(found);
        self.open = Some(Open {
            first: burst,
            span: burst.span,
            bursts: 1,
            longest_burst: burst.span.samples(),
            longest_gap: 0,
            started: burst.span.start.samples(),
        });
    }

    pub(super) fn tick(&mut self, now: u64, found: &mut impl FnMut(ToneFinding)) {
        // A burst is known when it has ended: leave time for a ring of two seconds.
        let over = |open: &Open| now.saturating_sub(open.span.end.samples()) > LONGEST_GAP + 32_000;
        if self.open.as_ref().is_some_and(over) {
            self.finish(found);
        }
    }

    pub(super) fn finish(&mut self, found: &mut impl FnMut(ToneFinding)) {
        if let Some(open) = self.open.take() {
            found(ToneFinding { kind: open.kind(), span: open.span, hz: open.first.hz });
        }
    }
}

impl Open {
    fn add(&mut self, span: Span, gap: u64) {
        self.span = Span::new(self.span.start, span.end);
        if gap >= JOINED {
            self.bursts += 1;
            self.started = span.start.samples();
            self.longest_gap = self.longest_gap.max(gap);
        }
        self.longest_burst = self.longest_burst.max(span.end.samples() - self.started);
    }

    fn kind(&self) -> ToneKind {
        match self.bursts {
            1 if self.longest_burst >= DIAL => ToneKind::Dial,
            1 if self.longest_burst >= RING => ToneKind::Ringback,
            1 => ToneKind::Beep,
            _ if self.longest_burst <= BUSY && self.longest_gap <= BUSY => ToneKind::Busy,
            _ => ToneKind::Ringback,
        }
    }
}
