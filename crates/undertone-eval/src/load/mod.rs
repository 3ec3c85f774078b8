//! How many calls an engine processes in real time.
//!
//! [`trial`] runs one number of calls, [`greatest`] searches the greatest number that is held:
//! every window is scored, and in every call 95 of 100 of them within
//! [`Goal::delay_p95_ms`] of their last sample.

mod process;
mod search;
mod timed;

pub use process::Process;
pub use search::greatest;
pub use timed::{Busy, Parrot};

use crate::EvalError;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};
use timed::Clocks;
use undertone_capture::{Recording, channel};
use undertone_dsp::Resampler;
use undertone_engine::{Call, Engine, EngineError, EngineSettings, Models, Pace};
use undertone_signal::{CallId, EventBody, Lane, SAMPLE_RATE, SummaryEvent};
use undertone_sources::lanes_of;

/// Samples of a block: 20 ms, as in telephony.
const BLOCK: usize = SAMPLE_RATE as usize / 50;
const TICK: Duration = Duration::from_millis(20);
/// Blocks from one window to the next: calls start so that theirs are spread.
const TICKS_A_HOP: usize = 13;
/// Frames decoded at a time.
const BLOCK_FRAMES: usize = 16_384;

/// Audio to feed: each lane of a recording at 16 kHz, in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    lanes: Vec<(Lane, Vec<f32>)>,
}

impl Material {
    /// Reads the recording at `path`: the customer on the first channel, the agent
    /// on the second if there is one.
    ///
    /// # Errors
    /// [`EvalError`] if it cannot be read to its end or holds less than a second.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let mut recording = Recording::open(path)?;
        let (rate, channels) = (recording.sample_rate(), recording.channels());
        let mut lanes = Vec::new();
        for &lane in lanes_of(channels) {
            lanes.push((lane, Resampler::new(rate)?, Vec::new()));
        }
        let (mut block, mut mono) = (Vec::new(), Vec::new());
        while recording.read(BLOCK_FRAMES, &mut block)? {
            for (index, (_, resampler, samples)) in lanes.iter_mut().enumerate() {
                mono.clear();
                channel(&block, channels, index as u16, &mut mono);
                resampler.push(&mono, samples);
            }
        }
        let lanes = lanes.into_iter().map(|(lane, mut resampler, mut samples)| {
            resampler.finish(&mut samples);
            (lane, samples)
        });
        Self::new(lanes.collect()).ok_or_else(|| EvalError::Load {
            cause: format!("{}: shorter than a second", path.display()),
        })
    }

    /// Lanes of samples (16 kHz, −1..1); `None` if one is missing or shorter than a
    /// second.
    pub fn new(lanes: Vec<(Lane, Vec<f32>)>) -> Option<Self> {
        let long = lanes.iter().all(|(_, samples)| samples.len() >= SAMPLE_RATE as usize);
        (long && !lanes.is_empty()).then_some(Self { lanes })
    }

    /// The samples of each lane.
    pub fn samples(&self) -> impl Iterator<Item = &[f32]> {
        self.lanes.iter().map(|(_, samples)| samples.as_slice())
    }

    fn kinds(&self) -> Vec<Lane> {
        self.lanes.iter().map(|(lane, _)| *lane).collect()
    }

    /// The block at `tick` of a lane that is played in a loop.
    fn block(&self, lane: usize, tick: usize) -> Vec<f32> {
        let samples = &self.lanes[lane].1;
        let from = tick * BLOCK % samples.len();
        samples[from..].iter().chain(samples).take(BLOCK).copied().collect()
    }
}

/// How calls are fed, and when they count as held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// How long each trial lasts, in seconds.
    pub seconds: f64,
    /// Limit of every call's 95th percentile of delay, in milliseconds.
    pub delay_p95_ms: f64,
}

/// The result of one number of calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Calls at once.
    pub calls: usize,
    /// Lanes of each.
    pub lanes: usize,
    /// Whether they were held.
    pub held: bool,
    /// Windows scored.
    pub windows: u64,
    /// Windows dropped, because the model was behind.
    pub dropped_windows: u64,
    /// Blocks of 20 ms lost, because the lanes were behind.
    pub lost_blocks: u64,
    /// From the capture of a window's last sample to its scores, in milliseconds: the median
    /// call's median.
    pub delay_p50_ms: f64,
    /// The same: the 95th percentile of the worst call.
    pub delay_p95_ms: f64,
    /// The same: the 99th percentile of the worst call.
    pub delay_p99_ms: f64,
    /// Cores that the process kept busy, including feeding; where the system reports it.
    pub cores: Option<f64>,
    /// Memory of the calls, in megabytes a call; where the system reports it.
    pub megabytes_a_call: Option<f64>,
    /// How busy the models were.
    pub busy: Busy,
}

/// Feeds `calls` copies of `material` for `goal.seconds` and measures. Each starts at another
/// place of the recording and at another moment within a hop.
///
/// # Errors
/// [`EvalError::Load`] if the engine fails, which is not the same as being too slow.
pub fn trial(
    material: &Material,
    models: Models,
    settings: &EngineSettings,
    calls: usize,
    goal: Goal,
) -> Result<Trial, EvalError> {
    let settings = EngineSettings { pace: Pace::Live, max_calls: calls, ..settings.clone() };
    let (clocks, models) = Clocks::on(models);
    let (engine, events) = Engine::start(settings, models)?;
    let summaries = std::thread::spawn(move || {
        let summary = |body| match body {
            EventBody::Summary(summary) => Some(summary),
            _ => None,
        };
        events.into_iter().filter_map(|event| summary(event.body)).collect::<Vec<_>>()
    });
    let before = Process::now();
    let (lost_blocks, after) = feed(&engine, material, calls, goal.seconds)?;
    let busy = clocks.busy(goal.seconds);
    if let Some(fault) = engine.fault() {
        return Err(EvalError::Load { cause: fault.to_owned() });
    }
    drop(engine);
    let summaries = summaries
        .join()
        .map_err(|_| EvalError::Load { cause: "the reader of events panicked".into() })?;
    let mut trial = figures(&summaries, calls, material.lanes.len(), lost_blocks);
    trial.busy = busy;
    if let (Some(before), Some(after)) = (before, after) {
        trial.cores = Some(after.cpu_since(&before) / goal.seconds);
        trial.megabytes_a_call = Some(after.megabytes_since(&before) / calls.max(1) as f64);
    }
    trial.held = trial.lost_blocks == 0
        && trial.dropped_windows == 0
        && trial.windows > 0
        && summaries.len() == calls
        && trial.delay_p95_ms <= goal.delay_p95_ms;
    Ok(trial)
}

/// Plays to every call, then ends them. Returns the blocks lost, and what the
/// process had used when the last block was fed.
fn feed(
    engine: &Engine,
    material: &Material,
    calls: usize,
    seconds: f64,
) -> Result<(u64, Option<Process>), EngineError> {
    let kinds = material.kinds();
    let open = |call: usize| engine.open(CallId::new(format!("load-{call}")), &kinds);
    let mut calls: Vec<Call> = (0..calls).map(open).collect::<Result<_, _>>()?;
    let ticks = (seconds / TICK.as_secs_f64()) as usize;
    let start = Instant::now();
    for tick in 0..ticks {
        let due = start + TICK * (tick as u32 + 1);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        for (number, call) in calls.iter_mut().enumerate() {
            // Later starters leave the first ticks out; 97 ticks apart in the recording.
            if tick < number % TICKS_A_HOP {
                continue;
            }
            for (lane, &kind) in kinds.iter().enumerate() {
                call.push(kind, material.block(lane, tick + 97 * number), due)?;
            }
        }
    }
    let used = Process::now();
    let lost = calls.iter().map(Call::lost_blocks).sum();
    for call in calls {
        call.finish(None);
    }
    Ok((lost, used))
}

fn figures(summaries: &[SummaryEvent], calls: usize, lanes: usize, lost_blocks: u64) -> Trial {
    let all_lanes = || summaries.iter().flat_map(|summary| summary.lanes.values());
    let delays: Vec<_> = summaries.iter().filter_map(|summary| summary.delay).collect();
    let worst =
        |of: fn(&undertone_signal::DelayStats) -> f64| delays.iter().map(of).fold(0.0, f64::max);
    let mut medians: Vec<f64> = delays.iter().map(|delay| delay.p50_ms).collect();
    medians.sort_by(f64::total_cmp);
    Trial {
        calls,
        lanes,
        held: false,
        windows: all_lanes().map(|lane| lane.windows).sum(),
        dropped_windows: all_lanes().map(|lane| lane.dropped_windows).sum(),
        lost_blocks,
        delay_p50_ms: medians.get(medians.len() / 2).copied().unwrap_or_default(),
        delay_p95_ms: worst(|delay| delay.p95_ms),
        delay_p99_ms: worst(|delay| delay.p99_ms),
        cores: None,
        megabytes_a_call: None,
        busy: Busy::default(),
    }
}

#[cfg(test)]
mod tests;
