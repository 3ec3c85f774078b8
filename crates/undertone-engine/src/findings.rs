//! What the lanes find, as events.

use undertone_dsp::{CrossFinding, LineFault, LineFinding, ToneFinding, ToneKind};
use undertone_signal::{Lane, SoundKind, StreamTime, ToneDetected, Warning, WarningKind};

/// A tone on `lane`.
pub(crate) fn tone(lane: Lane, tone: ToneFinding) -> ToneDetected {
    let (kind, digit) = match tone.kind {
        ToneKind::Dtmf(digit) => (SoundKind::Dtmf, Some(digit)),
        ToneKind::Dial => (SoundKind::Dial, None),
        ToneKind::Ringback => (SoundKind::Ringback, None),
        ToneKind::Busy => (SoundKind::Busy, None),
        ToneKind::Sit => (SoundKind::Sit, None),
        ToneKind::Fax => (SoundKind::Fax, None),
        ToneKind::Beep => (SoundKind::Beep, None),
    };
    ToneDetected { lane, kind, digit, span: tone.span }
}

/// What is wrong with `lane`.
pub(crate) fn line(lane: Lane, finding: LineFinding, at: StreamTime) -> Warning {
    let kind = match finding.fault {
        LineFault::Offset => WarningKind::Offset,
        LineFault::Hum => WarningKind::Hum,
        LineFault::Clipping => WarningKind::Clipping,
        LineFault::NotFinite => WarningKind::NotFinite,
    };
    Warning { kind, lane: Some(lane), at, amount: Some(rounded(finding.value)), echo_ms: None }
}

/// What is wrong between two lanes, whose names `lane` knows by place.
pub(crate) fn between(
    finding: CrossFinding,
    at: StreamTime,
    lane: impl Fn(usize) -> Option<Lane>,
) -> Warning {
    let (kind, place, amount, echo_ms) = match finding {
        CrossFinding::Copy => (WarningKind::Copy, None, None, None),
        CrossFinding::Leak { lane, gain_db } => {
            (WarningKind::Leak, Some(lane), Some(gain_db), None)
        }
        CrossFinding::Echo { lane, delay_ms, gain_db } => {
            (WarningKind::Echo, Some(lane), Some(gain_db), Some(rounded(delay_ms)))
        }
        CrossFinding::Empty { lane, seconds } => {
            (WarningKind::EmptyLane, Some(lane), Some(seconds), None)
        }
    };
    Warning { kind, lane: place.and_then(lane), at, amount: amount.map(rounded), echo_ms }
}

/// One decimal: these are estimates.
fn rounded(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}
