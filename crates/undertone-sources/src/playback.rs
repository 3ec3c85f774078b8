//! A recording as the source of a call.

use crate::LaneFeed;
use std::time::{Duration, Instant};
use undertone_capture::{Recording, RecordingError, channel};
use undertone_dsp::DspError;
use undertone_engine::{Call, EngineError};
use undertone_signal::Lane;

/// How a recording becomes a call.
#[derive(Debug, Clone, Copy)]
pub struct Playback {
    /// Channel (from 0) of the customer; the agent has the other.
    pub customer_channel: u16,
    /// Play in real time.
    pub realtime: bool,
}

/// Why a playback stopped early. The audio before has been processed.
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    /// The file cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Its sample rate cannot be used.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The lanes of a recording with this many channels: mono is the customer alone; of more
/// than two channels the first two are used.
pub const fn lanes_of(channels: u16) -> &'static [Lane] {
    if channels < 2 { &[Lane::Customer] } else { &[Lane::Customer, Lane::Agent] }
}

/// 20 ms, as in telephony.
const BLOCKS_PER_SECOND: usize = 50;

/// One channel of a recording and its lane.
struct Track {
    lane: Lane,
    channel: u16,
    feed: LaneFeed,
}

/// Plays `recording` into `call` and ends it. `progress` is called with the seconds played so
/// far after every block.
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
    let mut tracks = tracks(channels, playback);
    let block_frames = (rate as usize / BLOCKS_PER_SECOND).max(1);
    let clock = playback.realtime.then(Instant::now);
    let (mut block, mut mono) = (Vec::new(), Vec::new());
    let mut frames = 0_u64;
    loop {
        let more = recording.read(block_frames, &mut block);
        frames += (block.len() / usize::from(channels.max(1))) as u64;
        let played_s = frames as f64 / f64::from(rate);
        let due = clock.map(|start| start + Duration::from_secs_f64(played_s));
        sleep_until(due);
        for track in &mut tracks {
            mono.clear();
            channel(&block, channels, track.channel, &mut mono);
            track.push(rate, &mono, due.unwrap_or_else(Instant::now), call)?;
        }
        progress(played_s);
        if !matches!(more, Ok(true)) {
            tracks.iter_mut().try_for_each(|track| track.finish(call))?;
            return more.map(|_| ()).map_err(Into::into);
        }
    }
}

fn tracks(channels: u16, playback: Playback) -> Vec<Track> {
    let customer = if channels < 2 { 0 } else { playback.customer_channel.min(1) };
    let track = |&lane: &Lane| {
        let channel = if lane == Lane::Customer { customer } else { 1 - customer };
        Track { lane, channel, feed: LaneFeed::new() }
    };
    lanes_of(channels).iter().map(track).collect()
}

impl Track {
    fn push(
        &mut self,
        rate: u32,
        mono: &[f32],
        captured_at: Instant,
        call: &mut Call,
    ) -> Result<(), PlaybackError> {
        match self.feed.push(rate, mono, captured_at)? {
            Some(block) => Ok(call.push(self.lane, block.samples, block.captured_at)?),
            None => Ok(()),
        }
    }

    fn finish(&mut self, call: &mut Call) -> Result<(), EngineError> {
        match self.feed.finish() {
            Some(block) => call.push(self.lane, block.samples, block.captured_at),
            None => Ok(()),
        }
    }
}

fn sleep_until(due: Option<Instant>) {
    let now = Instant::now();
    std::thread::sleep(due.unwrap_or(now).saturating_duration_since(now));
}
