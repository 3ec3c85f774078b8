//! What the engine's threads say to each other.

use crate::Heard;
use std::time::{Duration, Instant};
use undertone_infer::Judged;
use undertone_signal::{CallId, Frame, Lane, LaneKey, RunId, Span};

/// Blocks of audio a lane thread with `calls` calls may be behind: at 20 ms a
/// block and two lanes 160 ms of every call, and for a few calls a second or more.
/// When full, a recording waits and live sound loses the block, which is counted
/// and heard as silence.
pub(crate) fn lane_queue(calls: usize) -> usize {
    calls.saturating_mul(16).max(128)
}

/// Windows waiting for the acoustic worker: one of each lane of `calls` calls,
/// which is a hop of time, and four batches of sixteen at least, so that the next
/// batch is ready while one is judged. When full, see `WhenFull`.
pub(crate) fn window_queue(calls: usize) -> usize {
    calls.saturating_mul(2).max(64)
}

/// Judgements waiting for the state thread, which needs microseconds for one:
/// room for a burst while a subscriber writes. When full, workers wait.
pub(crate) const STATE_QUEUE: usize = 256;

/// Segments waiting for the recognisers; at 15 s of audio at most each, about
/// 15 MB. When full, partials go first, and are counted; then a recording waits
/// and live sound loses the segment's words, which is said.
pub(crate) const SEGMENT_QUEUE: usize = 16;

/// A look at unfinished speech that has waited longer is not taken any more: the
/// next one is already there.
pub(crate) const PARTIAL_PATIENCE: Duration = Duration::from_secs(1);

/// Transcripts waiting for the text model, which needs milliseconds for one: a call
/// or two ended at once. When full, recognisers wait.
pub(crate) const TEXT_QUEUE: usize = 16;

/// Events waiting for the subscriber: about a minute of one two-lane call.
/// When full, the engine waits; a slow reader of many calls needs a queue of
/// its own that knows what it may drop.
pub(crate) const EVENT_QUEUE: usize = 512;

/// To a lane thread.
#[derive(Debug)]
pub(crate) enum LaneInput {
    Open {
        run: RunId,
        call: CallId,
        lanes: Vec<Lane>,
    },
    Audio(Frame),
    End {
        run: RunId,
        fault: Option<String>,
    },
    /// The engine is being dropped.
    Stop,
}

/// Through the acoustic path, in order with the windows of its call.
#[derive(Debug)]
pub(crate) enum Note {
    SegmentEnded { key: LaneKey, index: u64, span: Span, to_be_heard: bool },
    Ended { run: RunId, fault: Option<String>, lengths: Vec<(Lane, LaneCount)> },
}

/// What a lane thread counted on one lane.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LaneCount {
    pub(crate) samples: u64,
    /// Of these, samples that never came and were heard as silence.
    pub(crate) lost: u64,
    pub(crate) dropped_windows: u64,
    /// Looks at unfinished speech sent to the recogniser.
    pub(crate) partials: u64,
}

/// To the state thread.
#[derive(Debug)]
pub(crate) enum StateInput {
    /// Straight from the lane thread: words may overtake what waits for the model.
    Opened {
        run: RunId,
        call: CallId,
        lanes: Vec<Lane>,
        at: Instant,
    },
    Judged(Judged<Note>),
    Heard(Heard),
    WorkerDied(String),
}
