//! The ledger on its thread: what it has stored, and what happens while it fails.

use crate::journal::{JournalHealth, spawn};
use crate::{Entry, Ledger};
use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use undertone_signal::EventBody;

/// Batches on their way to the ledger's thread, which takes them at once.
const BATCHES: usize = 64;

/// Between two tries of a ledger that fails.
const RETRY: Duration = Duration::from_millis(100);

/// How long a failing ledger is tried once the journal has ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// Progress of the ledger.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    state: Mutex<State>,
    kept: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// One past the last position that was stored.
    kept: u64,
    /// One past the last position that was handed over.
    handed: u64,
    fault: Option<String>,
    /// The journal has stopped waiting for the ledger until everything is stored.
    behind: bool,
    left_out: u64,
}

/// The journal's end of the ledger's queue.
pub(crate) struct Queue {
    batches: Sender<Vec<Arc<Entry>>>,
    health: Arc<JournalHealth>,
}

impl Queue {
    /// Hands entries over; waits only where the backlog is full.
    pub(crate) fn keep(&self, entries: &[Arc<Entry>]) {
        if let Some(last) = entries.last() {
            self.health.keeper.lock().handed = last.position + 1;
        }
        // The ledger's thread outlives the queue.
        let _ = self.batches.send(entries.to_vec());
    }
}

impl Keeper {
    /// Puts `ledger` on a thread of its own.
    pub(crate) fn start(
        health: &Arc<JournalHealth>,
        ledger: Box<dyn Ledger>,
        backlog: usize,
    ) -> io::Result<(Queue, JoinHandle<()>)> {
        let (batches, incoming) = bounded(BATCHES);
        let worker = Worker { ledger, incoming, backlog, health: Arc::clone(health) };
        let thread = spawn("ledger", move || worker.run())?;
        Ok((Queue { batches, health: Arc::clone(health) }, thread))
    }

    /// Waits until everything before `position` is stored, for `patience` at most, and not at
    /// all while the ledger is behind.
    pub(crate) fn wait_for(&self, position: u64, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        while !state.behind && state.kept < position {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.behind = true;
                tracing::warn!("the store is slow; events go on without waiting for it");
                return;
            }
            let woken = self.kept.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(crate) fn fault(&self) -> Option<String> {
        self.lock().fault.clone()
    }

    pub(crate) fn waiting(&self) -> u64 {
        let state = self.lock();
        state.handed.saturating_sub(state.kept)
    }

    pub(crate) fn left_out(&self) -> u64 {
        self.lock().left_out
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_kept(&self, position: u64) {
        let mut state = self.lock();
        state.kept = position;
        if state.fault.take().is_some() {
            tracing::warn!("the store works again");
        }
        state.behind &= state.kept < state.handed;
        self.kept.notify_all();
    }

    fn has_failed(&self, fault: &str) {
        let mut state = self.lock();
        if state.fault.is_none() {
            tracing::error!(
                fault,
                "events cannot be stored; they go on, and storing is tried again"
            );
        }
        state.fault = Some(fault.to_owned());
        state.behind = true;
        self.kept.notify_all();
    }
}

struct Worker {
    ledger: Box<dyn Ledger>,
    incoming: Receiver<Vec<Arc<Entry>>>,
    backlog: usize,
    health: Arc<JournalHealth>,
}

impl Worker {
    fn run(mut self) {
        let mut pending: Vec<Arc<Entry>> = Vec::new();
        loop {
            if pending.is_empty() {
                let Ok(batch) = self.incoming.recv() else { return };
                pending.extend(batch);
            }
            pending.extend(self.incoming.try_iter().take(BATCHES).flatten());
            if self.append(&mut pending) {
                continue;
            }
            if !self.wait(&mut pending) {
                return self.farewell(&mut pending);
            }
        }
    }

    fn append(&mut self, pending: &mut Vec<Arc<Entry>>) -> bool {
        let Some(last) = pending.last().map(|entry| entry.position) else { return true };
        match self.ledger.append(pending) {
            Ok(()) => {
                pending.clear();
                self.health.keeper.has_kept(last + 1);
                true
            }
            Err(error) => {
                self.health.keeper.has_failed(&error.to_string());
                false
            }
        }
    }

    /// Receives entries until it is time to try again; false once the journal has ended.
    fn wait(&self, pending: &mut Vec<Arc<Entry>>) -> bool {
        let again = Instant::now() + RETRY;
        loop {
            self.make_room(pending);
            if pending.len() >= self.backlog {
                // Full of what must not be lost: now the journal waits, and the engine.
                std::thread::sleep(again.saturating_duration_since(Instant::now()));
                return true;
            }
            match self.incoming.recv_deadline(again) {
                Ok(batch) => pending.extend(batch),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Drops the least important entries once the backlog is full.
    fn make_room(&self, pending: &mut Vec<Arc<Entry>>) {
        if pending.len() < self.backlog {
            return;
        }
        let before = pending.len();
        pending.retain(|entry| match &entry.event.body {
            EventBody::Tone(_) => false,
            EventBody::Transcript(words) => words.is_final,
            _ => true,
        });
        self.health.keeper.lock().left_out += (before - pending.len()) as u64;
    }

    fn farewell(&mut self, pending: &mut Vec<Arc<Entry>>) {
        let until = Instant::now() + FAREWELL;
        while !self.append(pending) {
            if Instant::now() >= until {
                let events = pending.len();
                tracing::error!(events, "events were not stored before the end");
                return;
            }
            std::thread::sleep(RETRY);
        }
    }
}
