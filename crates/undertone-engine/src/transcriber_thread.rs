//! The thread that owns a recogniser.

use crate::messages::StateInput;
use crossbeam::channel::{Receiver, Sender};
use undertone_infer::Transcriber;
use undertone_signal::Segment;

/// Hears segments until every sender has gone or nobody listens any more. A
/// segment that fails costs its words, not the call.
pub(crate) fn run(
    transcriber: &mut dyn Transcriber,
    segments: &Receiver<Segment>,
    state: &Sender<StateInput>,
) {
    for segment in segments {
        let transcript = transcriber
            .transcribe(&segment)
            .map_err(|error| format!("{}: segment {}: {error}", segment.key, segment.index));
        if state.send(StateInput::Heard { key: segment.key, transcript }).is_err() {
            return;
        }
    }
}
