//! Audio in a lane: frames, windows, segments.

use crate::{LaneKey, Prosody, Span, StreamTime};
use std::time::{Duration, Instant};

/// A few milliseconds of 16 kHz mono audio from a source.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The lane of the call.
    pub key: LaneKey,
    /// Position of the first sample.
    pub start: StreamTime,
    /// Samples in −1..1, 16 kHz mono.
    pub samples: Vec<f32>,
    /// Wall-clock instant at which the last sample was captured (or, for a
    /// recording played at its own speed, fell due).
    pub captured_at: Instant,
}

/// The input of the acoustic model: the last seconds of one lane.
#[derive(Debug, Clone)]
pub struct Window {
    /// The lane of the call.
    pub key: LaneKey,
    /// The stretch of audio it covers.
    pub span: Span,
    /// Wall-clock instant at which its last sample was captured.
    pub captured_at: Instant,
    /// Normalised log-mel, row-major `[frames, columns]`; empty if the window has too
    /// little speech for inference.
    pub features: Vec<f32>,
    /// Share of the window's frames that are speech, 0..1.
    pub speech: f32,
    /// Share of the newest hop's frames that are speech, 0..1.
    pub speech_now: f32,
    /// Prosody of the last second.
    pub prosody: Prosody,
    /// Computing time spent on this window so far.
    pub compute: Duration,
}

/// A stretch of speech between two silences, for the recogniser.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Who spoke.
    pub key: LaneKey,
    /// Number of the segment on its lane, from 0.
    pub index: u64,
    /// Its place in stream time.
    pub span: Span,
    /// Wall-clock instant at which its last sample was captured.
    pub captured_at: Instant,
    /// Its samples, 16 kHz mono.
    pub samples: Vec<f32>,
    /// True once speech has ended; false if it still continues.
    pub is_final: bool,
}
