//! One sink on its thread, and the queue before it.

use crate::journal::spawn;
use crate::{Entry, Policy, Sink, SinkError};
use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Entries that may wait for a lossless sink before the journal does: about a minute of
/// one two-lane call.
const LOSSLESS: usize = 512;

/// Entries a sink is given at once.
const BATCH: usize = 256;

/// How long a lossy sink may take to accept its last entry when the journal ends.
const FAREWELL: Duration = Duration::from_secs(1);

enum Item {
    Entry(Arc<Entry>),
    Missed(u64),
}

/// The journal's end of a sink's queue.
pub(crate) struct Outlet {
    queue: Sender<Item>,
    policy: Policy,
    /// Missed entries that have not been reported to it yet.
    owed: u64,
}

impl Outlet {
    /// Puts `sink` on a thread of its own.
    pub(crate) fn start(mut sink: Box<dyn Sink>) -> io::Result<(Self, JoinHandle<()>)> {
        let policy = sink.policy();
        let capacity = match policy {
            Policy::Lossless => LOSSLESS,
            Policy::Lossy { behind } => behind.max(1),
        };
        let (queue, items) = bounded(capacity);
        let thread = spawn(&format!("sink-{}", sink.name()), move || {
            match serve(&mut *sink, &items) {
                Ok(()) | Err(SinkError::Gone) => {}
                Err(error) => {
                    tracing::error!(sink = sink.name(), %error, "a sink has failed and gets nothing more");
                }
            }
        })?;
        Ok((Self { queue, policy, owed: 0 }, thread))
    }

    /// Passes entries on by the sink's policy. Returns how many of them it will miss.
    pub(crate) fn deliver(&mut self, entries: &[Arc<Entry>]) -> u64 {
        let before = self.owed;
        let mut told = 0;
        for entry in entries {
            match self.policy {
                // A sink that has gone is no reason to stop.
                Policy::Lossless => drop(self.queue.send(Item::Entry(Arc::clone(entry)))),
                Policy::Lossy { .. } => {
                    if self.owed > 0 && self.offer(Item::Missed(self.owed)) {
                        told += self.owed;
                        self.owed = 0;
                    }
                    if self.owed > 0 || !self.offer(Item::Entry(Arc::clone(entry))) {
                        self.owed += 1;
                    }
                }
            }
        }
        (self.owed + told).saturating_sub(before)
    }

    fn offer(&self, item: Item) -> bool {
        !matches!(self.queue.try_send(item), Err(TrySendError::Full(_)))
    }

    /// No more entries will come.
    pub(crate) fn close(self) {
        if self.owed > 0 {
            let _ = self.queue.send_timeout(Item::Missed(self.owed), FAREWELL);
        }
    }
}

/// Writes entries until the journal ends or the sink fails.
fn serve(sink: &mut dyn Sink, items: &Receiver<Item>) -> Result<(), SinkError> {
    let mut entries = Vec::with_capacity(BATCH);
    while let Ok(first) = items.recv() {
        for item in std::iter::once(first).chain(items.try_iter().take(BATCH - 1)) {
            match item {
                Item::Entry(entry) => entries.push(entry),
                Item::Missed(count) => {
                    flush(sink, &mut entries)?;
                    sink.missed(count)?;
                }
            }
        }
        flush(sink, &mut entries)?;
    }
    Ok(())
}

fn flush(sink: &mut dyn Sink, entries: &mut Vec<Arc<Entry>>) -> Result<(), SinkError> {
    if entries.is_empty() {
        return Ok(());
    }
    let written = sink.write(entries);
    entries.clear();
    written
}
