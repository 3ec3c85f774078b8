//! The thread that numbers events, passes them to the ledger, and then to the sinks.

use crate::keeper::Keeper;
use crate::outlet::Outlet;
use crate::{Entry, Ledger, Sink};
use crossbeam::channel::Receiver;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use undertone_signal::Event;

/// Events in one batch: as many as a ledger stores in one transaction without a noticeable
/// delay.
const BATCH: usize = 256;

/// How a journal runs.
#[derive(Debug, Clone, Copy)]
pub struct JournalSettings {
    /// Position of the first entry: one past the last that the ledger holds.
    pub first_position: u64,
    /// How long sinks wait for the ledger. After that they are served and the ledger catches
    /// up, because a late alert is useless.
    pub patience: Duration,
    /// Entries that may wait for a ledger that fails. Beyond it tone events and partial
    /// transcripts are left out of it, and after that the engine waits.
    pub backlog: usize,
}

impl Default for JournalSettings {
    fn default() -> Self {
        let patience = Duration::from_secs(1);
        Self { first_position: 0, patience, backlog: 65_536 }
    }
}

/// The state of a journal; cheap to read.
#[derive(Debug, Default)]
pub struct JournalHealth {
    pub(crate) emitted: AtomicU64,
    pub(crate) keeper: Keeper,
    pub(crate) missed: AtomicU64,
}

impl JournalHealth {
    /// One past the position of the last entry that was emitted.
    pub fn emitted(&self) -> u64 {
        self.emitted.load(Ordering::Relaxed)
    }

    /// Why the ledger is behind, while it is; events emitted then are in memory only.
    pub fn fault(&self) -> Option<String> {
        self.keeper.fault()
    }

    /// Entries that wait for the ledger.
    pub fn waiting(&self) -> u64 {
        self.keeper.waiting()
    }

    /// Tone events and partials that were dropped because a failing ledger was full.
    pub fn left_out(&self) -> u64 {
        self.keeper.left_out()
    }

    /// Entries that slow sinks have missed.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

/// A running journal. It ends when the engine that sends the events has ended.
#[derive(Debug)]
pub struct Journal {
    health: Arc<JournalHealth>,
    threads: Vec<JoinHandle<()>>,
}

impl Journal {
    /// Starts the threads: one that numbers, one for the ledger, one for each sink. Nothing
    /// else may read `events`.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn start(
        events: Receiver<Event>,
        settings: JournalSettings,
        ledger: Option<Box<dyn Ledger>>,
        sinks: Vec<Box<dyn Sink>>,
    ) -> io::Result<Self> {
        let health = Arc::new(JournalHealth::default());
        let mut threads = Vec::new();
        let keeping = match ledger {
            Some(ledger) => {
                let (queue, thread) = Keeper::start(&health, ledger, settings.backlog)?;
                threads.push(thread);
                Some(queue)
            }
            None => None,
        };
        let mut outlets = Vec::new();
        for sink in sinks {
            let (outlet, thread) = Outlet::start(sink)?;
            outlets.push(outlet);
            threads.push(thread);
        }
        let pump = Pump { events, settings, keeping, outlets, health: Arc::clone(&health) };
        threads.insert(0, spawn("journal", move || pump.run())?);
        Ok(Self { health, threads })
    }

    /// Its state.
    pub fn health(&self) -> Arc<JournalHealth> {
        Arc::clone(&self.health)
    }

    /// Waits until every event is in the ledger and every sink has received its last.
    pub fn join(self) {
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

struct Pump {
    events: Receiver<Event>,
    settings: JournalSettings,
    keeping: Option<crate::keeper::Queue>,
    outlets: Vec<Outlet>,
    health: Arc<JournalHealth>,
}

impl Pump {
    fn run(mut self) {
        let mut next = self.settings.first_position;
        self.health.emitted.store(next, Ordering::Relaxed);
        while let Ok(first) = self.events.recv() {
            let more = self.events.try_iter().take(BATCH - 1);
            let entries: Vec<Arc<Entry>> = std::iter::once(first)
                .chain(more)
                .zip(next..)
                .map(|(event, position)| Arc::new(Entry { position, event }))
                .collect();
            next += entries.len() as u64;
            if let Some(keeping) = &self.keeping {
                keeping.keep(&entries);
                self.health.keeper.wait_for(next, self.settings.patience);
            }
            for outlet in &mut self.outlets {
                self.health.missed.fetch_add(outlet.deliver(&entries), Ordering::Relaxed);
            }
            self.health.emitted.store(next, Ordering::Relaxed);
        }
        self.outlets.into_iter().for_each(Outlet::close);
    }
}

pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

#[cfg(test)]
mod tests;
