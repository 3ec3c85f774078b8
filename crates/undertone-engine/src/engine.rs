//! Starts the threads, admits calls, and stops.

use crate::alarm::{Alarm, Fault};
use crate::lane_thread::{HOP, LaneThread};
use crate::messages::{
    EVENT_QUEUE, LaneInput, Note, PARTIAL_PATIENCE, SEGMENT_QUEUE, STATE_QUEUE, StateInput,
    TEXT_QUEUE, lane_queue, window_queue,
};
use crate::running::Running;
use crate::state_thread::StateThread;
use crate::text_thread::TextThread;
use crate::watch::{Watch, Watcher};
use crate::{Call, EngineError, EngineSettings, transcriber_thread};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use undertone_dsp::{LaneAnalyzer, LaneConfig};
use undertone_infer::{
    AcousticModel, AcousticWorker, Observed, SegmentLine, TextModel, Transcriber, WindowQueue,
};
use undertone_signal::{CallId, Event, FrontEnd, Lane, RunId, SAMPLE_RATE};

/// A recogniser may take this many times as long as another model: fifteen seconds of speech
/// through a large model on a slow machine.
const RECOGNISER_PATIENCE: u32 = 12;

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

/// Threads by the order in which they end: each kind outlives its senders.
#[derive(Default)]
struct Threads {
    lanes: Vec<JoinHandle<()>>,
    workers: Vec<JoinHandle<()>>,
    /// One a model, and the thread that looks at it.
    watches: Vec<(Arc<Watch>, JoinHandle<()>)>,
}

impl Threads {
    /// Puts `model` under watch.
    fn watch<M: ?Sized>(
        &mut self,
        worker: &'static str,
        model: Box<M>,
        alarm: &Alarm,
        patience: Duration,
    ) -> Result<Observed<M, Watcher>, EngineError> {
        let (watch, thread) = alarm.watch(worker, patience)?;
        self.watches.push((Arc::clone(&watch), thread));
        Ok(Observed::new(model, Watcher::new(watch)))
    }
}

impl Engine {
    /// Starts the threads. Events of every call come out of the receiver,
    /// which must be read: the engine waits for a slow reader.
    ///
    /// # Errors
    /// [`EngineError::Settings`] if a setting is out of range or a thread
    /// cannot be started.
    pub fn start(
        mut settings: EngineSettings,
        models: Models,
    ) -> Result<(Self, Receiver<Event>), EngineError> {
        if let Some(calm) = models.acoustic.calm() {
            settings.fusion.detector.calm = calm;
        }
        settings.fusion.check().map_err(|error| EngineError::Settings(error.to_string()))?;
        let has_words = !models.transcribers.is_empty();
        let config = lane_config(&settings, models.acoustic.front_end(), has_words);
        LaneAnalyzer::new(config.clone())
            .map_err(|error| EngineError::Settings(error.to_string()))?;

        let windows =
            Arc::new(WindowQueue::new(window_queue(settings.max_calls), settings.pace.when_full()));
        let running = Arc::new(Running::new(settings.max_calls));
        let (state, state_inputs) = bounded(STATE_QUEUE);
        let (events, subscriber) = bounded(EVENT_QUEUE);
        let (ended, ends) = bounded(settings.max_calls.max(1));
        let segments = Arc::new(SegmentLine::new(SEGMENT_QUEUE, PARTIAL_PATIENCE));
        let alarm = Alarm {
            fault: Fault::default(),
            state: state.clone(),
            windows: Arc::clone(&windows),
            segments: Arc::clone(&segments),
        };

        let mut threads = Threads::default();
        let state_thread = StateThread {
            settings: settings.clone(),
            acoustic_model: models.acoustic.name().to_owned(),
            transcriber: models.transcribers.first().map(|first| first.name().to_owned()),
            events,
            ended,
            running: Arc::clone(&running),
            fault: Arc::clone(&alarm.fault),
        };
        threads.workers.push(spawn("state", move || state_thread.run(&state_inputs))?);
        let patience = settings.patience;
        let acoustic = threads.watch("acoustic model", models.acoustic, &alarm, patience)?;
        threads.workers.push(acoustic_thread(&settings, Box::new(acoustic), &alarm)?);
        let heard = match models.text {
            Some(model) => {
                let (heard, inputs) = bounded(TEXT_QUEUE);
                let model = threads.watch("text model", model, &alarm, patience)?;
                threads.workers.push(text_thread(
                    &settings,
                    Box::new(model),
                    inputs,
                    ends,
                    &alarm,
                )?);
                heard
            }
            None => state.clone(),
        };
        for transcriber in models.transcribers {
            let patience = patience.saturating_mul(RECOGNISER_PATIENCE);
            let transcriber = threads.watch("recogniser", transcriber, &alarm, patience)?;
            threads.workers.push(recogniser_thread(transcriber, heard.clone(), &alarm)?);
        }
        let mut lanes = Vec::new();
        let shards = settings.lane_threads.max(1);
        for shard in 0..shards {
            let (to_lane, inputs) = bounded(lane_queue(settings.max_calls.div_ceil(shards)));
            let thread = LaneThread {
                config: config.clone(),
                voice: settings.voice_lanes(),
                pace: settings.pace,
                windows: Arc::clone(&windows),
                segments: has_words.then(|| Arc::clone(&segments)),
                state: state.clone(),
            };
            threads.lanes.push(lane_thread(shard, thread, inputs, &alarm)?);
            lanes.push(to_lane);
        }
        let fault = Arc::clone(&alarm.fault);
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

/// Partials are made only if there is a recogniser, and windows are scored only if the
/// detector uses them.
fn lane_config(settings: &EngineSettings, front_end: FrontEnd, has_words: bool) -> LaneConfig {
    let looks = has_words && settings.pace == crate::Pace::Live;
    let every = if looks { settings.partial_every.as_secs_f64() } else { 0.0 };
    let min_speech_now = settings.fusion.spike.min_speech;
    let mut config = LaneConfig { hop: HOP, min_speech_now, ..LaneConfig::new(front_end) };
    config.segment.partial_every = (every * f64::from(SAMPLE_RATE)) as usize;
    config
}

fn lane_thread(
    shard: usize,
    thread: LaneThread,
    inputs: Receiver<LaneInput>,
    alarm: &Alarm,
) -> Result<JoinHandle<()>, EngineError> {
    let alarm = alarm.clone();
    spawn(&format!("lanes-{shard}"), move || {
        alarm.guard("lane thread", || {
            thread.run(&inputs);
            Ok(())
        });
    })
}

fn acoustic_thread(
    settings: &EngineSettings,
    model: Box<dyn AcousticModel>,
    alarm: &Alarm,
) -> Result<JoinHandle<()>, EngineError> {
    let mut worker = AcousticWorker::new(model, settings.max_batch);
    let alarm = alarm.clone();
    spawn("acoustic", move || {
        alarm.guard("acoustic model", || {
            worker
                .run(&alarm.windows, |judged| alarm.state.send(StateInput::Judged(judged)).is_ok())
                .map_err(|error| error.to_string())
        });
        // Lane threads must not wait for a worker that is gone.
        alarm.windows.close();
    })
}

/// Passes transcripts on, with their scores.
fn text_thread(
    settings: &EngineSettings,
    model: Box<dyn TextModel>,
    heard: Receiver<StateInput>,
    ends: Receiver<RunId>,
    alarm: &Alarm,
) -> Result<JoinHandle<()>, EngineError> {
    let mut thread = TextThread::new(model, 2 * settings.max_calls);
    let alarm = alarm.clone();
    spawn("text", move || {
        alarm.guard("text model", || {
            thread.run(&heard, &ends, &alarm.state);
            Ok(())
        });
    })
}

fn recogniser_thread(
    mut model: Observed<dyn Transcriber, Watcher>,
    heard: Sender<StateInput>,
    alarm: &Alarm,
) -> Result<JoinHandle<()>, EngineError> {
    let alarm = alarm.clone();
    spawn("whisper", move || {
        alarm.guard("recogniser", || {
            transcriber_thread::run(&mut model, &alarm.segments, &heard);
            Ok(())
        });
        // Lane threads must not wait for a recogniser that is gone.
        alarm.segments.close();
    })
}

pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, EngineError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| EngineError::Settings(format!("cannot start thread {name}: {error}")))
}
