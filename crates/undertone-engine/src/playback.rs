//! A recording as the source of a call.

use crate::{Call, EngineError};
use std::time::{Duration, Instant};
use undertone_capture::{Recording, RecordingError, channel};
use undertone_dsp::{DspError, Resampler};
use undertone_signal::{Lane, SAMPLE_RATE};

/// How a recording becomes a call.
#[derive(Debug, Clone, Copy)]
pub struct Playback {
    /// Channel (from 0) the customer speaks on; the agent has the other.
    pub customer_channel: u16,
    /// Play at the recording's own speed.
    pub realtime: bool,
}

/// Why a playback stopped early. What was played before has been judged.
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    /// The file is at fault.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Its sample rate cannot be used.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The engine is at fault.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The lanes of a recording with this many channels: mono is a lone customer,
/// of more channels the first two count.
pub const fn lanes_of(channels: u16) -> &'static [Lane] {
    if channels < 2 { &[Lane::Customer] } else { &[Lane::Customer, Lane::Agent] }
}

/// 20 ms, as telephony hands audio over.
const BLOCKS_PER_SECOND: usize = 50;

struct Source {
    lane: Lane,
    channel: u16,
    resampler: Resampler,
    position: u64,
}

/// Plays `recording` into `call` and ends it. `progress` is told the seconds
/// played so far after every block.
///
/// # Errors
/// [`PlaybackError`] after the call has been ended with the same fault.
pub fn play(
    mut recording: Recording,
    mut call: Call,
    playback: Playback,
    mut progress: impl FnMut(f64),
) -> Result<(), PlaybackError> {
    let played = pump(&mut recording, &mut call, playback, &mut progress);
    call.finish(played.as_ref().err().map(ToString::to_string));
    played
}

fn pump(
    recording: &mut Recording,
    call: &mut Call,
    playback: Playback,
    progress: &mut dyn FnMut(f64),
) -> Result<(), PlaybackError> {
    let (rate, channels) = (recording.sample_rate(), recording.channels());
    let mut sources = sources(rate, channels, playback)?;
    let block_frames = (rate as usize / BLOCKS_PER_SECOND).max(1);
    let clock = playback.realtime.then(Instant::now);
    let (mut block, mut mono) = (Vec::new(), Vec::new());
    let mut frames = 0_u64;
    loop {
        let more = recording.read(block_frames, &mut block);
        frames += (block.len() / usize::from(channels.max(1))) as u64;
        let played_s = frames as f64 / f64::from(rate);
        if let Some(start) = clock {
            sleep_until(start + Duration::from_secs_f64(played_s));
        }
        let last = !matches!(more, Ok(true));
        for source in &mut sources {
            mono.clear();
            channel(&block, channels, source.channel, &mut mono);
            source.push(&mono, last, clock, call)?;
        }
        progress(played_s);
        if last {
            return more.map(|_| ()).map_err(Into::into);
        }
    }
}

fn sources(rate: u32, channels: u16, playback: Playback) -> Result<Vec<Source>, DspError> {
    lanes_of(channels)
        .iter()
        .map(|&lane| {
            let customer = if channels < 2 { 0 } else { playback.customer_channel.min(1) };
            let channel = if lane == Lane::Customer { customer } else { 1 - customer };
            Ok(Source { lane, channel, resampler: Resampler::new(rate)?, position: 0 })
        })
        .collect()
}

impl Source {
    fn push(
        &mut self,
        mono: &[f32],
        last: bool,
        clock: Option<Instant>,
        call: &mut Call,
    ) -> Result<(), EngineError> {
        let mut samples = Vec::with_capacity(mono.len() + 64);
        self.resampler.push(mono, &mut samples);
        if last {
            self.resampler.finish(&mut samples);
        }
        if samples.is_empty() {
            return Ok(());
        }
        self.position += samples.len() as u64;
        let due = Duration::from_secs_f64(self.position as f64 / f64::from(SAMPLE_RATE));
        // Resampling holds some audio back; the delay is counted from when the
        // sample was spoken, not from when it left the resampler.
        let captured_at = clock.map_or_else(Instant::now, |start| start + due);
        call.push(self.lane, samples, captured_at)
    }
}

fn sleep_until(due: Instant) {
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
}
