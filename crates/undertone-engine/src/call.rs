//! The handle of one call.

use crate::EngineError;
use crate::messages::LaneInput;
use crate::settings::Pace;
use crossbeam::channel::{Sender, TrySendError};
use std::time::Instant;
use undertone_signal::{CallId, Frame, Lane, LaneKey, RunId, StreamTime};

/// One running call. Dropping it without [`finish`](Self::finish) ends the
/// call with an error event.
#[derive(Debug)]
pub struct Call {
    id: CallId,
    run: RunId,
    lanes: Vec<(Lane, StreamTime)>,
    pace: Pace,
    to_lane: Sender<LaneInput>,
    lost_blocks: u64,
    ended: bool,
}

impl Call {
    pub(crate) fn new(
        id: CallId,
        lanes: &[Lane],
        pace: Pace,
        to_lane: Sender<LaneInput>,
    ) -> Result<Self, EngineError> {
        let run = RunId::now();
        let open = LaneInput::Open { run, call: id.clone(), lanes: lanes.to_vec() };
        to_lane.send(open).map_err(|_| stopped())?;
        let lanes = lanes.iter().map(|&lane| (lane, StreamTime::ZERO)).collect();
        Ok(Self { id, run, lanes, pace, to_lane, lost_blocks: 0, ended: false })
    }

    /// The id of the call.
    pub const fn id(&self) -> &CallId {
        &self.id
    }

    /// The identity of this run of it.
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// Pushes the next samples of a lane (16 kHz mono, −1..1), the last of which was captured
    /// at `captured_at`. With [`Pace::Lossless`] this waits while the engine is behind. With
    /// [`Pace::Live`] the block is dropped instead, replaced by silence, and counted in the
    /// summary.
    ///
    /// # Errors
    /// [`EngineError::NoSuchLane`], or [`EngineError::Stopped`] once a worker
    /// has died.
    pub fn push(
        &mut self,
        lane: Lane,
        samples: Vec<f32>,
        captured_at: Instant,
    ) -> Result<(), EngineError> {
        let Some((_, position)) = self.lanes.iter_mut().find(|(kind, _)| *kind == lane) else {
            return Err(EngineError::NoSuchLane { call: self.id.clone(), lane });
        };
        let start = *position;
        *position = start + samples.len() as u64;
        let frame = Frame { key: LaneKey::new(self.run, lane), start, samples, captured_at };
        match self.pace {
            Pace::Lossless => self.to_lane.send(LaneInput::Audio(frame)).map_err(|_| stopped()),
            Pace::Live => match self.to_lane.try_send(LaneInput::Audio(frame)) {
                Ok(()) => Ok(()),
                Err(TrySendError::Full(_)) => {
                    self.lost_blocks += 1;
                    Ok(())
                }
                Err(TrySendError::Disconnected(_)) => Err(stopped()),
            },
        }
    }

    /// Reports that the next `samples` of a lane, up to `until`, were lost: they become
    /// silence and are counted in the summary.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn skip(&mut self, lane: Lane, samples: u64, until: Instant) -> Result<(), EngineError> {
        if let Some((_, position)) = self.lanes.iter_mut().find(|(kind, _)| *kind == lane) {
            *position = *position + samples;
        }
        // The gap before an empty block is what makes the engine fill it.
        self.push(lane, Vec::new(), until)
    }

    /// Blocks dropped because the engine was behind.
    pub const fn lost_blocks(&self) -> u64 {
        self.lost_blocks
    }

    /// Ends the call; its summary follows once everything has been processed. A `fault` says
    /// why the audio ended early.
    pub fn finish(mut self, fault: Option<String>) {
        self.end(fault);
    }

    fn end(&mut self, fault: Option<String>) {
        if !self.ended {
            self.ended = true;
            // A stopped engine has ended the call already.
            let _ = self.to_lane.send(LaneInput::End { run: self.run, fault });
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(Some(format!("call {}: its source went away", self.id)));
    }
}

fn stopped() -> EngineError {
    EngineError::Stopped("a lane thread is gone".to_owned())
}
