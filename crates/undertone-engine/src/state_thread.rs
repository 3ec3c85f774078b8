//! Judgements and transcripts in, events out: the thread that owns every
//! call's state.

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
use undertone_signal::{CallEvent, CallId, EventBody, Lane};

/// The subscriber has gone: nothing more to do.
struct Unheard;

pub(crate) struct StateThread {
    pub(crate) settings: EngineSettings,
    pub(crate) acoustic_model: String,
    pub(crate) transcriber: Option<String>,
    pub(crate) events: Sender<CallEvent>,
    /// Calls running, for admission.
    pub(crate) running: Arc<Running>,
    pub(crate) fault: Fault,
}

impl StateThread {
    /// Works until every sender has gone, the subscriber has gone, or a worker
    /// has died, in which case every open call ends with an error.
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
                StateInput::Opened { call, lanes, at } => {
                    self.opened(&mut calls, &call, &lanes, at)
                }
                StateInput::Judged(judged) => self.judged(&mut calls, judged),
                StateInput::Heard(heard) => {
                    let call = heard.key.call.clone();
                    let state = calls.get_mut(&call);
                    let events = state.map(|state: &mut CallState| state.heard(heard));
                    self.emit(&call, events.into_iter().flatten())
                        .and_then(|()| self.finish(&mut calls, &call))
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
        calls: &mut HashMap<CallId, CallState>,
        call: &CallId,
        lanes: &[Lane],
        at: Instant,
    ) -> Result<(), Unheard> {
        let live = self.settings.pace == crate::Pace::Live;
        let (alerts, fusion) = (&self.settings.alert_lanes, &self.settings.fusion);
        // The settings were checked when the engine started.
        let Ok(state) = CallState::new(lanes, alerts, fusion, at, live) else { return Ok(()) };
        let start = state.start_event(&self.acoustic_model, self.transcriber.as_deref());
        calls.insert(call.clone(), state);
        self.emit(call, [start])
    }

    fn judged(
        &self,
        calls: &mut HashMap<CallId, CallState>,
        judged: Judged<Note>,
    ) -> Result<(), Unheard> {
        match judged {
            Judged::Window(window, scores) => {
                let mut events = Vec::with_capacity(2);
                if let Some(state) = calls.get_mut(&window.key.call) {
                    state.judged(&window, scores, &mut events);
                }
                self.emit(&window.key.call, events)
            }
            Judged::Note(Note::SegmentEnded { key, index, span, to_be_heard }) => {
                let event = calls
                    .get_mut(&key.call)
                    .map(|state| state.segment_ended(key.lane, index, span, to_be_heard));
                self.emit(&key.call, event)
            }
            Judged::Note(Note::Ended { call, fault, lengths }) => {
                if let Some(state) = calls.get_mut(&call) {
                    state.end(fault, &lengths);
                }
                self.finish(calls, &call)
            }
        }
    }

    fn finish(&self, calls: &mut HashMap<CallId, CallState>, call: &CallId) -> Result<(), Unheard> {
        if !calls.get(call).is_some_and(CallState::is_finished) {
            return Ok(());
        }
        let Some(state) = calls.remove(call) else { return Ok(()) };
        // Whoever reads the summary may use the name again.
        self.running.release(call);
        self.emit(call, state.last_events())
    }

    fn abandon(&self, calls: &mut HashMap<CallId, CallState>, cause: &str) {
        for (call, mut state) in calls.drain() {
            state.end(Some(cause.to_owned()), &[]);
            self.running.release(&call);
            if self.emit(&call, state.last_events()).is_err() {
                return;
            }
        }
    }

    fn emit(
        &self,
        call: &CallId,
        events: impl IntoIterator<Item = EventBody>,
    ) -> Result<(), Unheard> {
        for body in events {
            let event = CallEvent { call: call.clone(), body };
            self.events.send(event).map_err(|_| Unheard)?;
        }
        Ok(())
    }
}
