//! Devices as the source of a call.

use crate::LaneFeed;
use crate::feed::{Block, earlier};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use undertone_capture::RecordingError;
use undertone_capture::live::{Chunk, LaneClock, Poll, Recorder, Source};
use undertone_dsp::DspError;
use undertone_engine::{Call, EngineError};
use undertone_signal::{Lane, SAMPLE_RATE};

/// Interval at which a lane without audio is advanced.
const TICK: Duration = Duration::from_millis(100);

/// A device, its lane and its rate.
pub struct LaneSource {
    /// Its lane.
    pub lane: Lane,
    /// The device, open.
    pub source: Source,
    /// Its sample rate.
    pub rate: u32,
}

/// A change of a device.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// It has failed; reopening is tried until it is back.
    Lost {
        /// Its lane.
        lane: Lane,
        /// Its name.
        device: String,
        /// Why.
        cause: String,
    },
    /// It is back.
    Back {
        /// Its lane.
        lane: Lane,
        /// Its name.
        device: String,
        /// How long it was away.
        after: Duration,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { lane, device, cause } => {
                write!(f, "{lane}: {device} is lost ({cause}); waiting for it to come back")
            }
            Self::Back { lane, device, after } => {
                write!(f, "{lane}: {device} is back after {:.1} s", after.as_secs_f64())
            }
        }
    }
}

/// Why listening ended early.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// A device has a rate that cannot be used.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The recording cannot be written.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Feeds `call` from devices until `stop` is set (and this thread woken), then ends it.
/// `tell` is called when a device fails or is back. The sources must have been opened by
/// the calling thread.
///
/// # Errors
/// [`ListenError`] after the call has been ended with the same fault.
pub fn listen(
    sources: Vec<LaneSource>,
    mut call: Call,
    mut recorder: Option<Recorder>,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Notice),
) -> Result<(), ListenError> {
    let mut out = Out { call: &mut call, recorder: &mut recorder };
    let mut listened = run(sources, &mut out, stop, tell);
    if let Some(recorder) = recorder {
        listened = listened.and(recorder.finish().map_err(Into::into));
    }
    call.finish(listened.as_ref().err().map(ToString::to_string));
    listened
}

fn run(
    sources: Vec<LaneSource>,
    out: &mut Out<'_>,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Notice),
) -> Result<(), ListenError> {
    let began = Instant::now();
    let lanes = sources.into_iter().enumerate();
    let mut lanes: Vec<LiveLane> =
        lanes.map(|(index, source)| LiveLane::new(index, source, began)).collect();
    let mut block = Vec::new();
    while !stop.load(Ordering::Acquire) {
        let mut wake = Instant::now() + TICK;
        for lane in &mut lanes {
            wake = wake.min(lane.catch_up(&mut block, out, tell)?);
        }
        // A callback in between has left its mark, and this returns at once.
        std::thread::park_timeout(wake.saturating_duration_since(Instant::now()));
    }
    lanes.iter_mut().try_for_each(|lane| lane.finish(out))
}

/// The destinations of every lane's audio.
struct Out<'a> {
    call: &'a mut Call,
    recorder: &'a mut Option<Recorder>,
}

/// One device and the state of its lane.
struct LiveLane {
    index: usize,
    lane: Lane,
    source: Source,
    rate: u32,
    feed: LaneFeed,
    clock: LaneClock,
}

impl LiveLane {
    fn new(index: usize, source: LaneSource, began: Instant) -> Self {
        let LaneSource { lane, source, rate } = source;
        Self { index, lane, source, rate, feed: LaneFeed::new(), clock: LaneClock::new(began) }
    }

    /// Passes on all available audio. Returns the latest instant for the next call.
    fn catch_up(
        &mut self,
        block: &mut Vec<f32>,
        out: &mut Out<'_>,
        tell: &mut dyn FnMut(Notice),
    ) -> Result<Instant, ListenError> {
        loop {
            let now = Instant::now();
            match self.source.poll(now, block) {
                Poll::Sound(chunk) => self.sound(&chunk, block, out)?,
                Poll::Lost(cause) => {
                    tell(Notice::Lost {
                        lane: self.lane,
                        device: self.source.name().to_owned(),
                        cause,
                    });
                    self.clock.interrupt();
                    self.finish(out)?;
                }
                Poll::Back(rate, after) => {
                    tell(Notice::Back {
                        lane: self.lane,
                        device: self.source.name().to_owned(),
                        after,
                    });
                    self.clock.interrupt();
                    self.rate = rate;
                }
                Poll::Idle(until) => {
                    let silence = self.clock.idle(now);
                    self.silence(silence, now, out)?;
                    return Ok(until);
                }
            }
        }
    }

    fn sound(
        &mut self,
        chunk: &Chunk,
        block: &mut Vec<f32>,
        out: &mut Out<'_>,
    ) -> Result<(), ListenError> {
        let length = Duration::from_secs_f64(chunk.frames as f64 / f64::from(self.rate));
        let missing = self.clock.take(chunk, self.rate, block);
        self.silence(missing, earlier(chunk.at, length), out)?;
        match self.feed.push(self.rate, block, chunk.at)? {
            Some(block) => self.push(block, out),
            None => Ok(()),
        }
    }

    fn push(&self, block: Block, out: &mut Out<'_>) -> Result<(), ListenError> {
        if let Some(recorder) = out.recorder {
            recorder.push(self.index, block.samples.iter().copied())?;
        }
        Ok(out.call.push(self.lane, block.samples, block.captured_at)?)
    }

    /// Audio that was lost.
    fn silence(
        &self,
        length: Duration,
        until: Instant,
        out: &mut Out<'_>,
    ) -> Result<(), ListenError> {
        let samples = (length.as_secs_f64() * f64::from(SAMPLE_RATE)) as u64;
        if samples == 0 {
            return Ok(());
        }
        if let Some(recorder) = out.recorder {
            let silence = std::iter::repeat_n(0.0, usize::try_from(samples).unwrap_or(0));
            recorder.push(self.index, silence)?;
        }
        Ok(out.call.skip(self.lane, samples, until)?)
    }

    /// The rest of the resampler's output.
    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), ListenError> {
        match self.feed.finish() {
            Some(block) => self.push(block, out),
            None => Ok(()),
        }
    }
}
