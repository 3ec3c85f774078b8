//! The thread that owns a recogniser.

use crate::Heard;
use crate::messages::StateInput;
use crossbeam::channel::Sender;
use undertone_infer::{SegmentLine, Transcriber};

/// Transcribes segments until the queue is closed or the receiver has gone. If a segment
/// fails, the call continues without its words.
pub(crate) fn run(
    transcriber: &mut dyn Transcriber,
    segments: &SegmentLine,
    state: &Sender<StateInput>,
) {
    while let Some(segment) = segments.take() {
        let words = transcriber
            .transcribe(&segment)
            .map_err(|error| format!("{}: segment {}: {error}", segment.key.lane, segment.index));
        let mut heard = Heard::of(&segment, words);
        heard.dropped = transcriber.take_dropped().map(|dropped| dropped.reason);
        if state.send(StateInput::Heard(heard)).is_err() {
            return;
        }
    }
}
