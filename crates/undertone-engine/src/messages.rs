//! Messages between the engine's threads, and the capacities of their queues.

use crate::Heard;
use std::time::{Duration, Instant};
use undertone_infer::Judged;
use undertone_signal::{CallId, EventBody, Frame, Lane, LaneKey, RunId, Span};

/// Blocks by which a lane thread with `calls` calls may be behind: at 20 ms a block and two
/// lanes 160 ms of every call, and for a few calls a second or more. When full, a recording
/// waits, and a live block is dropped, counted and replaced by silence.
pub(crate) fn lane_queue(calls: usize) -> usize {
    calls.saturating_mul(16).max(128)
}

/// Windows queued for the acoustic worker: one of each lane of `calls` calls, which is one
/// hop, and at least four batches of sixteen, so that the next batch is ready while one is
/// scored. When full, see `WhenFull`.
pub(crate) fn window_queue(calls: usize) -> usize {
    calls.saturating_mul(2).max(64)
}

/// Results queued for the state thread, which needs microseconds for one: enough for a burst
/// while a subscriber writes. When full, workers wait.
pub(crate) const STATE_QUEUE: usize = 256;

/// Segments queued for the recognisers; at most 15 s of audio each, about 15 MB. When full,
/// partials are dropped first and counted; then a recording waits, and a live segment is not
/// transcribed, which an error event reports.
pub(crate) const SEGMENT_QUEUE: usize = 16;

/// A partial that has waited longer is dropped, because the next one is already queued.
pub(crate) const PARTIAL_PATIENCE: Duration = Duration::from_secs(1);

/// Transcripts queued for the text model, which needs milliseconds for one: enough for a call
/// or two that end at once. When full, recognisers wait.
pub(crate) const TEXT_QUEUE: usize = 16;

/// Events queued for the subscriber: about a minute of one two-lane call. When full, the
/// engine waits; a slow reader of many calls needs a queue of its own with a policy.
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

/// A note on the acoustic path, in order with the windows of its call.
#[derive(Debug)]
pub(crate) enum Note {
    SegmentEnded {
        key: LaneKey,
        index: u64,
        span: Span,
        to_be_heard: bool,
    },
    /// What is on a line, or wrong with it.
    Line {
        run: RunId,
        body: Box<EventBody>,
    },
    Ended {
        run: RunId,
        fault: Option<String>,
        lengths: Vec<(Lane, LaneCount)>,
    },
}

/// Counts of one lane.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LaneCount {
    pub(crate) samples: u64,
    /// Of these, lost samples that were replaced by silence.
    pub(crate) lost: u64,
    pub(crate) dropped_windows: u64,
    /// Partials sent to the recogniser.
    pub(crate) partials: u64,
}

/// To the state thread.
#[derive(Debug)]
pub(crate) enum StateInput {
    /// Directly from the lane thread: words may overtake windows that wait for the model.
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
