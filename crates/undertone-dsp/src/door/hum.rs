//! Mains hum: lines that stand at multiples of 50 or 60 Hz for seconds.

use super::biquad::Biquad;
use std::f64::consts::TAU;

/// Hum is sought at a sixteenth of the rate: 1 kHz.
const DECIMATE: usize = 16;
/// Samples of that rate a measurement takes: half a second, in which every line has a
/// whole number of turns.
const BLOCK: usize = 500;
/// Measurements that must agree: two seconds.
const AGREE: usize = 4;
/// A line weaker than this amplitude (-62 dB) does no harm.
const WEAKEST: f64 = 8e-4;
/// The weakest of the measurements over the strongest.
const STEADY: f64 = 0.7;
/// How far the turn from one measurement to the next may itself change, as a cosine:
/// about 35 degrees, which mains and a clock that drift keep well within.
const COHERENT: f64 = 0.82;
/// Lines looked for. The mains come first, then 50's harmonics, then 60's.
const LINES: [f64; 14] = [
    50.0, 60.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 120.0, 180.0, 240.0, 360.0, 400.0, 420.0,
];
/// Which of [`LINES`] belong to which mains, by place; the first two show that there is hum.
const FAMILIES: [&[usize]; 2] = [&[0, 2, 3, 4, 5, 6, 7, 12], &[1, 8, 9, 10, 6, 11, 13]];
/// Between its 3 dB points, in hertz: mains that are 0.2 Hz off their name still lose 20 dB.
const NOTCH_HZ: f64 = 4.0;

/// Lines of hum in a lane, by place in [`LINES`].
pub(super) type Lines = u16;

#[derive(Debug, Clone, Copy, Default)]
struct Line {
    step: (f64, f64),
    turn: (f64, f64),
    sum: (f64, f64),
    last: [(f64, f64); AGREE],
    level: f64,
}

/// Finds hum. Sees the samples before the high-pass.
#[derive(Debug)]
pub(super) struct HumDetector {
    lines: [Line; LINES.len()],
    sum: f64,
    summed: usize,
    taken: usize,
    present: Lines,
}

impl HumDetector {
    pub(super) fn new() -> Self {
        let lines = LINES.map(|hz| {
            let angle = TAU * hz * DECIMATE as f64 / 16_000.0;
            Line { step: (angle.cos(), -angle.sin()), turn: (1.0, 0.0), ..Line::default() }
        });
        Self { lines, sum: 0.0, summed: 0, taken: 0, present: 0 }
    }

    /// Takes in a sample; every half second, the lines that are there.
    pub(super) fn push(&mut self, sample: f64) -> Option<Lines> {
        self.sum += sample;
        self.summed += 1;
        if self.summed < DECIMATE {
            return None;
        }
        let mean = self.sum / DECIMATE as f64;
        (self.sum, self.summed) = (0.0, 0);
        for line in &mut self.lines {
            line.sum.0 += mean * line.turn.0;
            line.sum.1 += mean * line.turn.1;
            line.turn = times(line.turn, line.step);
        }
        self.taken += 1;
        if self.taken < BLOCK {
            return None;
        }
        self.taken = 0;
        let mut found: Lines = 0;
        for (place, line) in self.lines.iter_mut().enumerate() {
            found |= Lines::from(line.close()) << place;
        }
        self.present = family_of(found);
        Some(self.present)
    }

    /// Level of the strongest line of hum, in dB relative to full scale of its sine.
    pub(super) fn level(&self) -> Option<f32> {
        let lines = self.lines.iter().enumerate();
        let there = lines.filter(|(place, _)| self.present >> place & 1 == 1);
        let strongest = there.map(|(_, line)| line.level).fold(0.0, f64::max);
        (strongest > 0.0).then(|| 20.0 * strongest.log10() as f32)
    }
}

impl Line {
    /// Ends a measurement; whether the last ones agree.
    fn close(&mut self) -> bool {
        let scale = 2.0 / BLOCK as f64;
        let value = (self.sum.0 * scale, self.sum.1 * scale);
        self.sum = (0.0, 0.0);
        self.turn = (1.0, 0.0);
        self.last.rotate_left(1);
        self.last[AGREE - 1] = value;
        let sizes = self.last.map(|(re, im)| re.hypot(im));
        let (least, most) =
            sizes.iter().fold((f64::INFINITY, 0.0f64), |(l, m), x| (l.min(*x), m.max(*x)));
        self.level = most;
        least >= WEAKEST && least >= STEADY * most && self.coherent()
    }

    /// Whether it turns by the same angle from each measurement to the next.
    fn coherent(&self) -> bool {
        let mut turns = [(0.0, 0.0); AGREE - 1];
        for (turn, pair) in turns.iter_mut().zip(self.last.windows(2)) {
            let (a, b) = (pair[0], pair[1]);
            *turn = times(b, (a.0, -a.1));
        }
        turns.windows(2).all(|pair| {
            let (a, b) = (pair[0], pair[1]);
            (a.0 * b.0 + a.1 * b.1) >= COHERENT * a.0.hypot(a.1) * b.0.hypot(b.1)
        })
    }
}

fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// Of the lines found, those that belong to mains: 350 or 400 Hz alone is a dial tone.
fn family_of(found: Lines) -> Lines {
    let mask = |places: &[usize]| places.iter().fold(0, |mask, place| mask | 1 << place);
    let hum = FAMILIES.iter().filter(|family| found & mask(&family[..2]) != 0);
    found & hum.fold(0, |lines, family| lines | mask(family))
}

/// Takes out the lines that are there.
#[derive(Debug, Default)]
pub(super) struct HumFilter {
    notches: [Option<Biquad>; LINES.len()],
    /// Half seconds since each line was last there.
    gone: [u8; LINES.len()],
    any: bool,
}

/// Half seconds after which a line that has gone is no longer taken out.
const PATIENCE: u8 = 20;

impl HumFilter {
    pub(super) fn follow(&mut self, lines: Lines) {
        self.any = false;
        for (place, (notch, gone)) in self.notches.iter_mut().zip(&mut self.gone).enumerate() {
            if lines >> place & 1 == 1 {
                *gone = 0;
                notch.get_or_insert_with(|| Biquad::notch(LINES[place], NOTCH_HZ));
            } else {
                *gone = gone.saturating_add(1);
                if *gone > PATIENCE {
                    *notch = None;
                }
            }
            self.any |= notch.is_some();
        }
    }

    pub(super) fn pass(&mut self, sample: f64) -> f64 {
        if !self.any {
            return sample;
        }
        self.notches.iter_mut().flatten().fold(sample, |x, notch| notch.pass(x))
    }
}
