//! The threads of an engine: what each owns, and in which order they end.

use crate::alarm::Alarm;
use crate::lane_thread::LaneThread;
use crate::messages::{LaneInput, StateInput, TEXT_QUEUE, lane_queue};
use crate::running::Running;
use crate::state_thread::StateThread;
use crate::text_thread::TextThread;
use crate::watch::{Watch, Watcher};
use crate::{EngineError, EngineSettings, Models, transcriber_thread};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use undertone_dsp::LaneConfig;
use undertone_infer::{AcousticModel, AcousticWorker, Observed, TextModel, Transcriber};
use undertone_signal::{Event, RunId};

/// A recogniser may take this many times as long as another model: fifteen seconds of speech
/// through a large model on a slow machine.
const RECOGNISER_PATIENCE: u32 = 12;

/// Threads by the order in which they end: each kind outlives its senders.
#[derive(Default)]
pub(crate) struct Threads {
    pub(crate) lanes: Vec<JoinHandle<()>>,
    pub(crate) workers: Vec<JoinHandle<()>>,
    /// One per model, and the thread that observes it.
    pub(crate) watches: Vec<(Arc<Watch>, JoinHandle<()>)>,
}

impl Threads {
    /// Starts the state thread; the runs that have ended come out of the receiver.
    pub(crate) fn start_state(
        &mut self,
        settings: &EngineSettings,
        models: &Models,
        (inputs, events): (Receiver<StateInput>, Sender<Event>),
        running: &Arc<Running>,
        alarm: &Alarm,
    ) -> Result<Receiver<RunId>, EngineError> {
        let (ended, ends) = bounded(settings.max_calls.max(1));
        let state = StateThread {
            settings: settings.clone(),
            acoustic_model: models.acoustic.name().to_owned(),
            transcriber: models.transcribers.first().map(|first| first.name().to_owned()),
            events,
            ended,
            running: Arc::clone(running),
            fault: Arc::clone(&alarm.fault),
        };
        self.workers.push(spawn("state", move || state.run(&inputs))?);
        Ok(ends)
    }

    /// Starts a thread for every model, each under watch.
    pub(crate) fn start_models(
        &mut self,
        settings: &EngineSettings,
        models: Models,
        ends: Receiver<RunId>,
        alarm: &Alarm,
    ) -> Result<(), EngineError> {
        let patience = settings.patience;
        let acoustic = self.watch("acoustic model", models.acoustic, alarm, patience)?;
        self.workers.push(acoustic_thread(settings, Box::new(acoustic), alarm)?);
        let transcripts = match models.text {
            Some(model) => {
                let (transcripts, inputs) = bounded(TEXT_QUEUE);
                let model = Box::new(self.watch("text model", model, alarm, patience)?);
                self.workers.push(text_thread(settings, model, inputs, ends, alarm)?);
                transcripts
            }
            None => alarm.state.clone(),
        };
        for transcriber in models.transcribers {
            let patience = patience.saturating_mul(RECOGNISER_PATIENCE);
            let transcriber = self.watch("recogniser", transcriber, alarm, patience)?;
            self.workers.push(recogniser_thread(transcriber, transcripts.clone(), alarm)?);
        }
        Ok(())
    }

    /// Starts the lane threads, over which calls are spread.
    pub(crate) fn start_lanes(
        &mut self,
        settings: &EngineSettings,
        config: &LaneConfig,
        has_words: bool,
        alarm: &Alarm,
    ) -> Result<Vec<Sender<LaneInput>>, EngineError> {
        let shards = settings.lane_threads.max(1);
        let mut lanes = Vec::with_capacity(shards);
        for shard in 0..shards {
            let (to_lane, inputs) = bounded(lane_queue(settings.max_calls.div_ceil(shards)));
            let thread = LaneThread {
                config: config.clone(),
                voice: settings.voice_lanes(),
                pace: settings.pace,
                windows: Arc::clone(&alarm.windows),
                segments: has_words.then(|| Arc::clone(&alarm.segments)),
                state: alarm.state.clone(),
            };
            self.lanes.push(lane_thread(shard, thread, inputs, alarm)?);
            lanes.push(to_lane);
        }
        Ok(lanes)
    }

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
