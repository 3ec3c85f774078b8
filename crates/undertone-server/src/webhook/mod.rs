//! Webhooks: chosen events, sent as `CloudEvents` to an address of somebody's.
//!
//! ```text
//! journal ─► Webhook (a sink) ─► queue ─► thread: sign, post, wait, again ─► dead letters
//! ```
//!
//! A webhook has a queue and a thread of its own, so that one that is down or slow delays
//! neither calls nor readers nor other webhooks.

mod dead;
mod deliver;
mod letter;

pub(crate) use dead::DeadLetters;

use crate::config::WebhookConfig;
use crate::hub::BEHIND;
use crossbeam::channel::{Receiver, Sender, bounded};
use letter::Letter;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use undertone_journal::{Entry, Policy, Sink, SinkError};

/// Letters that may wait while an address is down: an hour of fifty calls' alerts.
/// Further ones are dead at once, and may be replayed.
const WAITING: usize = 10_000;

/// A webhook as the API knows it: where letters are put.
pub(crate) struct Outbox {
    pub(crate) name: String,
    /// `None` once the journal has ended.
    queue: Mutex<Option<Sender<Letter>>>,
}

/// The sink of one webhook.
pub(crate) struct Webhook {
    config: WebhookConfig,
    outbox: Arc<Outbox>,
    dead: Arc<DeadLetters>,
    /// Goes with the sink: the thread stops waiting then.
    _open: Sender<Infallible>,
}

/// Starts the thread of a webhook.
///
/// # Errors
/// If the system has no more threads.
pub(crate) fn start(
    config: WebhookConfig,
    dead: &Arc<DeadLetters>,
) -> std::io::Result<(Webhook, Arc<Outbox>, JoinHandle<()>)> {
    let (queue, letters) = bounded(WAITING);
    let (open, closed) = bounded(0);
    let thread = spawn(config.clone(), letters, Arc::clone(dead), closed)?;
    let outbox = Arc::new(Outbox { name: config.name.clone(), queue: Mutex::new(Some(queue)) });
    let dead = Arc::clone(dead);
    let webhook = Webhook { config, outbox: Arc::clone(&outbox), dead, _open: open };
    Ok((webhook, outbox, thread))
}

fn spawn(
    config: WebhookConfig,
    letters: Receiver<Letter>,
    dead: Arc<DeadLetters>,
    closed: Receiver<Infallible>,
) -> std::io::Result<JoinHandle<()>> {
    let name = format!("webhook-{}", config.name);
    std::thread::Builder::new()
        .name(name)
        .spawn(move || deliver::Delivery::new(&config, closed).run(&letters, &dead))
}

impl Outbox {
    /// Puts a letter into the queue; gives it back if there is no room.
    pub(crate) fn post(&self, letter: Letter) -> Result<(), Letter> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = &*queue else { return Err(letter) };
        queue.try_send(letter).map_err(crossbeam::channel::TrySendError::into_inner)
    }
}

impl Sink for Webhook {
    fn name(&self) -> &str {
        &self.config.name
    }

    /// It only puts letters into a queue; should even that be too slow, nobody waits.
    fn policy(&self) -> Policy {
        Policy::Lossy { behind: BEHIND }
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        for entry in entries.iter().filter(|entry| self.config.wants(entry.event.body.kind())) {
            let letter = Letter::new(&self.config.name, entry);
            if let Err(letter) = self.outbox.post(letter) {
                self.dead.add(letter, 0, "too many events waited for it");
            }
        }
        Ok(())
    }

    fn missed(&mut self, entries: u64) -> Result<(), SinkError> {
        tracing::error!(webhook = self.config.name, entries, "a webhook has missed events");
        Ok(())
    }
}

impl Drop for Webhook {
    /// The journal has ended; the thread ends when its queue is empty.
    fn drop(&mut self) {
        *self.outbox.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests;
