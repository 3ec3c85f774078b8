//! Starts the threads, admits calls, and stops.

use crate::alarm::{Alarm, Fault};
use crate::messages::{
    EVENT_QUEUE, LaneInput, Note, PARTIAL_PATIENCE, SEGMENT_QUEUE, STATE_QUEUE, window_queue,
};
use crate::running::Running;
use crate::threads::Threads;
use crate::{Call, EngineError, EngineSettings};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use undertone_dsp::LaneAnalyzer;
use undertone_infer::{AcousticModel, SegmentLine, TextModel, Transcriber, WindowQueue};
use undertone_signal::{CallId, Event, Lane};

/// The models an engine runs.
pub struct Models {
    /// Scores windows.
    pub acoustic: Box<dyn AcousticModel>,
    /// Transcribe segments; one thread each. Empty: tone only.
    pub transcribers: Vec<Box<dyn Transcriber>>,
    /// Scores their words, if there is one.
    pub text: Option<Box<dyn TextModel>>,
}

/// A running engine. Dropping it ends its calls and joins its threads. Read or drop the event
/// receiver meanwhile, because the threads finish their work.
pub struct Engine {
    settings: EngineSettings,
    lanes: Vec<Sender<LaneInput>>,
    windows: Arc<WindowQueue<Note>>,
    segments: Arc<SegmentLine>,
    running: Arc<Running>,
    fault: Fault,
    threads: Threads,
}

impl Engine {
    /// Starts the threads. Events of every call come out of the receiver,
    /// which must be read: the engine waits for a slow reader.
    ///
    /// # Errors
    /// [`EngineError::Settings`] if a setting is out of range or a thread
    /// cannot be started.
    pub fn start(
        settings: EngineSettings,
        models: Models,
    ) -> Result<(Self, Receiver<Event>), EngineError> {
        let settings = settings.for_model(&*models.acoustic)?;
        let has_words = !models.transcribers.is_empty();
        let config = settings.lane_config(models.acoustic.front_end(), has_words);
        LaneAnalyzer::new(config.clone())
            .map_err(|error| EngineError::Settings(error.to_string()))?;

        let (state, state_inputs) = bounded(STATE_QUEUE);
        let (events, subscriber) = bounded(EVENT_QUEUE);
        let when_full = settings.pace.when_full();
        let alarm = Alarm {
            fault: Fault::default(),
            state,
            windows: Arc::new(WindowQueue::new(window_queue(settings.max_calls), when_full)),
            segments: Arc::new(SegmentLine::new(SEGMENT_QUEUE, PARTIAL_PATIENCE)),
        };
        let running = Arc::new(Running::new(settings.max_calls));
        let mut threads = Threads::default();
        let channels = (state_inputs, events);
        let ends = threads.start_state(&settings, &models, channels, &running, &alarm)?;
        threads.start_models(&settings, models, ends, &alarm)?;
        let lanes = threads.start_lanes(&settings, &config, has_words, &alarm)?;
        // The state thread ends when the last worker has: nobody else may hold its sender.
        let Alarm { fault, windows, segments, .. } = alarm;
        Ok((Self { settings, lanes, windows, segments, running, fault, threads }, subscriber))
    }

    /// Admits a call.
    ///
    /// # Errors
    /// [`EngineError::Busy`] at the limit of calls, [`EngineError::Running`] while a call of
    /// that id has not had its summary, or [`EngineError::Stopped`] once a worker has died.
    pub fn open(&self, id: CallId, lanes: &[Lane]) -> Result<Call, EngineError> {
        if let Some(cause) = self.fault() {
            return Err(EngineError::Stopped(cause.to_owned()));
        }
        self.running.admit(&id)?;
        let to_lane = self.shard(&id).clone();
        Call::new(id, lanes, self.settings.pace, to_lane)
    }

    /// Calls running.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Returns once the call of this id, if there is one, has had its summary.
    pub fn wait_for(&self, call: &CallId) {
        self.running.wait_for(call);
    }

    /// Why the engine has stopped; `None` while it is healthy.
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    fn shard(&self, id: &CallId) -> &Sender<LaneInput> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        &self.lanes[hasher.finish() as usize % self.lanes.len()]
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for lane in self.lanes.drain(..) {
            let _ = lane.send(LaneInput::Stop);
        }
        // Lane threads may still be pushing: the queues close after them, and the
        // workers end when they are empty.
        for thread in self.threads.lanes.drain(..) {
            let _ = thread.join();
        }
        self.windows.close();
        self.segments.close();
        // A watch ends when its model has gone or is overdue, whichever comes first.
        let mut hangs = false;
        for (watch, thread) in self.threads.watches.drain(..) {
            let _ = thread.join();
            hangs |= watch.is_overdue();
        }
        if hangs {
            // A thread inside a driver cannot be ended. Its calls have been, and the
            // other workers end by themselves.
            return;
        }
        for thread in self.threads.workers.drain(..) {
            let _ = thread.join();
        }
    }
}
