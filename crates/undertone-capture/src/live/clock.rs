//! Aligns a device's samples with the wall clock: drift, gaps and bursts.
//!
//! A sound card's clock is off by up to a few hundred parts in a million, and two cards by
//! different amounts: after an hour the two sides of a call would be a second apart. So each
//! lane slowly follows the wall clock, by resampling slightly faster or slower.

use super::ring::Chunk;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Time constant of the correction, in seconds: at 100 parts in a million the lane is then at
/// most 2 ms off.
const CORRECTED_OVER: f64 = 20.0;
/// Largest change of speed: a fiftieth of a semitone.
const LARGEST_CORRECTION: f64 = 1e-3;
/// Callbacks may be late but never early: the smallest lateness of this many seconds is the
/// difference of the clocks.
const WATCHED_S: usize = 8;
/// A lane that is further off for two seconds has lost samples, or has too many.
const JUMP_S: f64 = 0.1;
/// A lane without audio for this long continues with silence.
const STANDSTILL_S: f64 = 0.5;
/// This much of the gap is left open for audio that is only late.
const STANDSTILL_REST_S: f64 = 0.25;

/// The position of a lane, and its position by the wall clock.
#[derive(Debug)]
pub struct LaneClock {
    began: Instant,
    /// Seconds passed on, including silence.
    position_s: f64,
    /// The next chunk sets the position.
    lost_touch: bool,
    /// Seconds of surplus audio to drop.
    surplus_s: f64,
    lateness: Least,
    stretch: Stretch,
    input: Vec<f32>,
}

impl LaneClock {
    /// A lane whose time is counted from `began`.
    pub fn new(began: Instant) -> Self {
        Self {
            began,
            position_s: 0.0,
            lost_touch: true,
            surplus_s: 0.0,
            lateness: Least::default(),
            stretch: Stretch::default(),
            input: Vec::new(),
        }
    }

    /// Processes a chunk whose samples are in `block` at `rate`: resamples them, and returns
    /// the silence to insert before them.
    pub fn take(&mut self, chunk: &Chunk, rate: u32, block: &mut Vec<f32>) -> Duration {
        let rate_hz = f64::from(rate.max(1));
        let due_s = chunk.at.saturating_duration_since(self.began).as_secs_f64();
        let lost_s = chunk.lost as f64 / rate_hz;
        let late_s = due_s - self.position_s - lost_s - block.len() as f64 / rate_hz;
        let jump_s = self.jump(due_s, late_s);
        self.surplus_s += (-jump_s).max(0.0);
        if self.surplus_s > 0.0 {
            let excess = ((self.surplus_s * rate_hz) as usize).min(block.len());
            block.drain(..excess);
            self.surplus_s -= excess as f64 / rate_hz;
            // Less than a sample is nothing.
            if self.surplus_s * rate_hz < 1.0 {
                self.surplus_s = 0.0;
            }
        }
        self.correct(block);
        let missing_s = lost_s + jump_s.max(0.0);
        self.position_s += missing_s + block.len() as f64 / rate_hz;
        Duration::from_secs_f64(missing_s)
    }

    /// The jump of the lane for a chunk this late; 0 if there is none.
    fn jump(&mut self, due_s: f64, late_s: f64) -> f64 {
        if self.lost_touch {
            self.lost_touch = false;
            self.surplus_s = 0.0;
            self.lateness = Least::default();
            return late_s;
        }
        if self.surplus_s > 0.0 {
            return 0.0;
        }
        self.lateness.add(due_s as u64, late_s);
        let lately = self.lateness.of_last(2);
        if lately.abs() <= JUMP_S || !self.lateness.is_two_seconds_old() {
            return 0.0;
        }
        self.lateness = Least::default();
        lately
    }

    fn correct(&mut self, block: &mut Vec<f32>) {
        let error_s = self.lateness.of_last(WATCHED_S);
        let correction = (error_s / CORRECTED_OVER).clamp(-LARGEST_CORRECTION, LARGEST_CORRECTION);
        std::mem::swap(&mut self.input, block);
        block.clear();
        self.stretch.run(&self.input, 1.0 - correction, block);
    }

    /// The device has gone or come back: its next chunk sets the position.
    pub fn interrupt(&mut self) {
        self.lost_touch = true;
    }

    /// The silence to insert at `now`, so that a lane without audio advances.
    pub fn idle(&mut self, now: Instant) -> Duration {
        let due_s = now.saturating_duration_since(self.began).as_secs_f64();
        if due_s - self.position_s < STANDSTILL_S {
            return Duration::ZERO;
        }
        self.lost_touch = true;
        let missing_s = due_s - self.position_s - STANDSTILL_REST_S;
        self.position_s += missing_s;
        Duration::from_secs_f64(missing_s)
    }

    /// Length of the lane so far.
    pub fn position(&self) -> Duration {
        Duration::from_secs_f64(self.position_s)
    }
}

/// The minimum of the values of the last seconds.
#[derive(Debug, Default)]
struct Least {
    /// The newest last: (second, least value).
    seconds: VecDeque<(u64, f64)>,
}

impl Least {
    fn add(&mut self, second: u64, value: f64) {
        match self.seconds.back_mut() {
            Some((newest, least)) if *newest >= second => *least = least.min(value),
            _ => self.seconds.push_back((second, value)),
        }
        if self.seconds.len() > WATCHED_S {
            self.seconds.pop_front();
        }
    }

    fn of_last(&self, count: usize) -> f64 {
        let least = self.seconds.iter().rev().take(count).map(|(_, value)| *value);
        let least = least.fold(f64::INFINITY, f64::min);
        if least.is_finite() { least } else { 0.0 }
    }

    /// True once two whole seconds lie behind the one that runs.
    fn is_two_seconds_old(&self) -> bool {
        self.seconds.len() > 2
    }
}

/// Reads samples at a step near 1, by cubic interpolation, two samples late.
#[derive(Debug, Default)]
struct Stretch {
    last: [f32; 4],
    /// From the second of `last` to the next sample read.
    phase: f64,
}

impl Stretch {
    fn run(&mut self, input: &[f32], step: f64, out: &mut Vec<f32>) {
        for &sample in input {
            self.last.rotate_left(1);
            self.last[3] = sample;
            while self.phase < 1.0 {
                out.push(between(self.last, self.phase as f32));
                self.phase += step;
            }
            self.phase -= 1.0;
        }
    }
}

/// Catmull and Rom's cubic through four samples, `t` from the second to the third.
fn between([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let slope = 0.5 * (c - a);
    let quadratic = a - 2.5 * b + 2.0 * c - 0.5 * d;
    let cubic = 1.5 * (b - c) + 0.5 * (d - a);
    b + t * (slope + t * (quadratic + t * cubic))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;

    /// Runs a device that is `ppm` fast for so many seconds of 10 ms callbacks, each up
    /// to `jitter_ms` late; its position then, less the time passed.
    fn run(clock: &mut LaneClock, began: Instant, ppm: f64, seconds: u64, jitter_ms: f64) -> f64 {
        let (mut random, mut device_s, mut block) = (fastrand_like(7), 0.0, Vec::new());
        for _ in 0..seconds * 100 {
            device_s += 0.01 / (1.0 + ppm * 1e-6);
            let late_s = random() * jitter_ms / 1e3;
            let at = began + Duration::from_secs_f64(device_s + late_s);
            block.clear();
            block.resize(80, 0.1);
            let missing = clock.take(&Chunk { frames: 80, lost: 0, at }, RATE, &mut block);
            assert!(missing.as_secs_f64() < 0.05, "{missing:?} of silence in steady sound");
        }
        clock.position().as_secs_f64() - device_s
    }

    /// A small generator of numbers in 0..1, the same every time.
    fn fastrand_like(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        }
    }

    #[test]
    fn two_clocks_that_drift_apart_are_held_together() {
        for ppm in [0.0, 150.0, -250.0] {
            let began = Instant::now();
            let mut clock = LaneClock::new(began);
            // Left alone, ten minutes at 250 parts in a million would be 150 ms.
            let off_s = run(&mut clock, began, ppm, 600, 20.0);
            assert!(off_s.abs() < 0.02, "{ppm} ppm: {off_s} s off");
        }
    }

    #[test]
    fn a_gap_becomes_silence_and_a_lane_that_stands_still_goes_on() {
        let began = Instant::now();
        let (mut clock, s) = (LaneClock::new(began), Duration::from_secs_f64);
        run(&mut clock, began, 0.0, 2, 0.0);
        assert_eq!(clock.idle(began + s(2.4)), Duration::ZERO);
        let filled = clock.idle(began + s(3.0)).as_secs_f64();
        assert!((filled - 0.75).abs() < 1e-3, "{filled}");
        clock.interrupt();
        let (mut block, chunk) = (vec![0.1; 80], Chunk { frames: 80, lost: 0, at: began + s(5.0) });
        let missing = clock.take(&chunk, RATE, &mut block).as_secs_f64();
        assert!((missing - (5.0 - 2.75 - 0.01)).abs() < 1e-3, "{missing}");
        assert!((clock.position().as_secs_f64() - 5.0).abs() < 1e-3);
    }

    #[test]
    fn what_the_ring_lost_is_silence_at_once() {
        let began = Instant::now();
        let mut clock = LaneClock::new(began);
        run(&mut clock, began, 0.0, 3, 0.0);
        let at = began + Duration::from_secs_f64(3.11);
        let chunk = Chunk { frames: 80, lost: 800, at };
        let missing = clock.take(&chunk, RATE, &mut vec![0.1; 80]);
        assert!((missing.as_secs_f64() - 0.1).abs() < 1e-6, "{missing:?}");
    }

    #[test]
    fn a_burst_after_a_standstill_is_not_heard_twice() {
        let began = Instant::now();
        let (mut clock, s) = (LaneClock::new(began), Duration::from_secs_f64);
        run(&mut clock, began, 0.0, 2, 0.0);
        clock.idle(began + s(3.0));
        // The second that was late comes at once after all.
        for part in 1..=100_u32 {
            let at = began + s(3.0 + f64::from(part) * 1e-5);
            clock.take(&Chunk { frames: 80, lost: 0, at }, RATE, &mut vec![0.1; 80]);
        }
        // What is too much goes within a few seconds of ordinary sound.
        let began_again = began + s(3.0);
        for part in 1..=400_u32 {
            let at = began_again + s(f64::from(part) * 0.01);
            clock.take(&Chunk { frames: 80, lost: 0, at }, RATE, &mut vec![0.1; 80]);
        }
        let off_s = clock.position().as_secs_f64() - 7.0;
        assert!(off_s.abs() < 0.05, "{off_s}");
    }

    #[test]
    fn stretching_keeps_a_tone_and_changes_its_length_alone() {
        let tone = |n: f64| (n * 2.0 * std::f64::consts::PI * 1_000.0 / 48_000.0).sin() as f32;
        let input: Vec<f32> = (0..48_000).map(|n| tone(f64::from(n))).collect();
        let (mut stretch, mut out) = (Stretch::default(), Vec::new());
        stretch.run(&input, 0.999, &mut out);
        assert!((out.len() as f64 - 48_048.0).abs() <= 1.0, "{}", out.len());
        for (n, sample) in out.iter().enumerate().skip(10).step_by(97) {
            let wanted = tone(n as f64 * 0.999 - 2.0);
            assert!((sample - wanted).abs() < 2e-3, "{n}: {sample}, not {wanted}");
        }
        let mut same = Vec::new();
        Stretch::default().run(&input, 1.0, &mut same);
        assert_eq!(same[2..], input[..47_998]);
    }
}
