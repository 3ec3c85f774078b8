//! The thread that owns every call's state: scores and transcripts in, events out.

use crate::CallState;
use crate::alarm::Fault;
use crate::messages::{Note, StateInput};
use crate::running::Running;
use crate::settings::EngineSettings;
use crossbeam::channel::{Receiver, Sender};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;
use undertone_infer::Judged;
use undertone_signal::{CallId, Envelopes, Event, EventBody, Lane, RunId};

/// A call that has not had its summary.
struct Open {
    state: CallState,
    envelopes: Envelopes,
}

type Calls = HashMap<RunId, Open>;

/// The subscriber has gone.
struct Unheard;

pub(crate) struct StateThread {
    pub(crate) settings: EngineSettings,
    pub(crate) acoustic_model: String,
    pub(crate) transcriber: Option<String>,
    pub(crate) events: Sender<Event>,
    /// To the text model: runs that have ended.
    pub(crate) ended: Sender<RunId>,
    /// Calls running, for admission.
    pub(crate) running: Arc<Running>,
    pub(crate) fault: Fault,
}

impl StateThread {
    /// Runs until every sender or the subscriber has gone, or a worker has died. In that case
    /// every open call ends with an error.
    pub(crate) fn run(&self, inputs: &Receiver<StateInput>) {
        if catch_unwind(AssertUnwindSafe(|| self.work(inputs))).is_err() {
            let _ = self.fault.set("state thread died: it panicked".to_owned());
        }
        self.running.release_all();
    }

    fn work(&self, inputs: &Receiver<StateInput>) {
        let mut calls = HashMap::new();
        for input in inputs {
            let done = match input {
                StateInput::Opened { run, call, lanes, at } => {
                    self.opened(&mut calls, run, call, &lanes, at)
                }
                StateInput::Judged(judged) => self.judged(&mut calls, judged),
                StateInput::Heard(heard) => {
                    let run = heard.key.run;
                    self.with(&mut calls, run, |state, out| out.extend(state.heard(heard)))
                        .and_then(|()| self.finish(&mut calls, run))
                }
                StateInput::WorkerDied(cause) => {
                    self.abandon(&mut calls, &cause);
                    return;
                }
            };
            if done.is_err() {
                return;
            }
        }
        self.abandon(&mut calls, "the engine was stopped while the call was running");
    }

    fn opened(
        &self,
        calls: &mut Calls,
        run: RunId,
        call: CallId,
        lanes: &[Lane],
        at: Instant,
    ) -> Result<(), Unheard> {
        // The settings were checked when the engine started.
        let Ok(state) = CallState::new(lanes, &self.settings, at) else { return Ok(()) };
        calls.insert(run, Open { state, envelopes: Envelopes::new(run, call) });
        self.with(calls, run, |state, out| {
            out.push(state.start_event(&self.acoustic_model, self.transcriber.as_deref()));
        })
    }

    fn judged(&self, calls: &mut Calls, judged: Judged<Note>) -> Result<(), Unheard> {
        match judged {
            Judged::Window(window, scores) => self.with(calls, window.key.run, |state, out| {
                state.judged(&window, scores, out);
            }),
            Judged::Note(Note::SegmentEnded { key, index, span, to_be_heard }) => {
                self.with(calls, key.run, |state, out| {
                    out.push(state.segment_ended(key.lane, index, span, to_be_heard));
                })
            }
            Judged::Note(Note::Line { run, body }) => {
                self.with(calls, run, |_, out| out.push(*body))
            }
            Judged::Note(Note::Ended { run, fault, lengths }) => {
                self.with(calls, run, |state, _| state.end(fault, &lengths))?;
                self.finish(calls, run)
            }
        }
    }

    /// Emits the events that the state of `run` returns, if it is open.
    fn with(
        &self,
        calls: &mut Calls,
        run: RunId,
        say: impl FnOnce(&mut CallState, &mut Vec<EventBody>),
    ) -> Result<(), Unheard> {
        let Some(open) = calls.get_mut(&run) else { return Ok(()) };
        let mut bodies = Vec::with_capacity(2);
        say(&mut open.state, &mut bodies);
        self.emit(open, bodies)
    }

    fn finish(&self, calls: &mut Calls, run: RunId) -> Result<(), Unheard> {
        if !calls.get(&run).is_some_and(|open| open.state.is_finished()) {
            return Ok(());
        }
        let Some(open) = calls.remove(&run) else { return Ok(()) };
        self.close(run, open)
    }

    /// Emits the last events of a run, and notifies every stage that has state of it.
    fn close(&self, run: RunId, mut open: Open) -> Result<(), Unheard> {
        // Whoever reads the summary may use the name again.
        self.running.release(open.envelopes.call());
        // A text model that is behind forgets whoever has been silent longest instead.
        let _ = self.ended.try_send(run);
        let last = open.state.last_events();
        self.emit(&mut open, last)
    }

    fn abandon(&self, calls: &mut Calls, cause: &str) {
        for (run, mut open) in calls.drain() {
            open.state.end(Some(cause.to_owned()), &[]);
            if self.close(run, open).is_err() {
                return;
            }
        }
    }

    fn emit(&self, open: &mut Open, bodies: Vec<EventBody>) -> Result<(), Unheard> {
        for body in bodies {
            self.events.send(open.envelopes.seal(body)).map_err(|_| Unheard)?;
        }
        Ok(())
    }
}
