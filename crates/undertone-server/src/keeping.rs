//! From the engine's events to whatever keeps and reads them: the journal, the store, the
//! hub of the streams, the webhooks.

use crate::ServerError;
use crate::config::{StoreConfig, WebhookConfig};
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::sinks::{Counter, Stdout, Streams};
use crate::webhook::{self, DeadLetters, Outbox};
use crossbeam::channel::Receiver;
use std::io::Write;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use undertone_journal::{Journal, JournalSettings, Ledger, Sink};
use undertone_signal::{Event, Timestamp};
use undertone_store::{Keep, Retention, Store};

/// Between two deletions of what has been kept long enough.
const HOUR: Duration = Duration::from_secs(3600);

/// Everything that follows the engine's events.
pub(crate) struct Keeping {
    pub(crate) hub: Arc<Hub>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) journal: Journal,
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) dead: Arc<DeadLetters>,
    pub(crate) outboxes: Vec<Arc<Outbox>>,
    retention: Retention,
    /// Those of the webhooks.
    threads: Vec<JoinHandle<()>>,
}

impl Keeping {
    /// Opens the store and starts the journal with its sinks; each event goes to `out` as a
    /// line of JSON.
    ///
    /// # Errors
    /// [`ServerError`] if the store or the dead letters cannot be used, or the system has no
    /// more threads.
    pub(crate) fn start(
        events: Receiver<Event>,
        out: Box<dyn Write + Send>,
        store: Option<&StoreConfig>,
        webhooks: Vec<WebhookConfig>,
    ) -> Result<Self, ServerError> {
        let metrics = Arc::new(Metrics::default());
        let dead_file = store.map(|store| store.path.with_extension("dead.jsonl"));
        let (store, retention, ledger) = open(store)?;
        let dead = Arc::new(DeadLetters::open(dead_file)?);
        // Without a store, positions are never used twice all the same: a reader that comes
        // back after a restart is not taken for one that has missed nothing.
        let first_position = match &store {
            Some(store) => store.next_position()?,
            None => u64::try_from(Timestamp::now().as_microsecond()).unwrap_or(0),
        };
        let hub = Arc::new(Hub::new(first_position));
        let mut sinks: Vec<Box<dyn Sink>> = vec![
            Box::new(Stdout { out, metrics: Arc::clone(&metrics) }),
            Box::new(Counter(Arc::clone(&metrics))),
            Box::new(Streams(Arc::clone(&hub))),
        ];
        let (mut outboxes, mut threads) = (Vec::new(), Vec::new());
        for config in webhooks {
            let (sink, outbox, thread) = webhook::start(config, &dead)?;
            sinks.push(Box::new(sink));
            outboxes.push(outbox);
            threads.push(thread);
        }
        let settings = JournalSettings { first_position, ..JournalSettings::default() };
        let journal = Journal::start(events, settings, ledger, sinks)?;
        Ok(Self { hub, metrics, journal, store, dead, outboxes, retention, threads })
    }

    /// Deletes what has been kept long enough, every hour until shutdown.
    pub(crate) fn sweep(&self, tasks: &TaskTracker, shutdown: &CancellationToken) {
        if let Some(store) = &self.store {
            tasks.spawn(sweep(Arc::clone(store), self.retention, shutdown.clone()));
        }
    }

    /// Waits until every event has been kept and every reader has had its last; blocks.
    pub(crate) fn join(self) {
        self.journal.join();
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

/// A store, how long it keeps things, and what appends to it.
type Kept = (Option<Arc<Store>>, Retention, Option<Box<dyn Ledger>>);

fn open(config: Option<&StoreConfig>) -> Result<Kept, ServerError> {
    let Some(config) = config else { return Ok((None, Retention::default(), None)) };
    let store = Store::open(&config.path)?;
    let keeper = store.keeper(Keep { transcripts: config.transcripts })?;
    Ok((Some(Arc::new(store)), config.retention, Some(Box::new(keeper))))
}

/// Deletes what has been kept long enough, every hour until shutdown.
async fn sweep(store: Arc<Store>, retention: Retention, shutdown: CancellationToken) {
    let mut hours = tokio::time::interval(HOUR);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = hours.tick() => {}
        }
        let store = Arc::clone(&store);
        let swept = move || store.sweep(&retention, Timestamp::now());
        match tokio::task::spawn_blocking(swept).await {
            Ok(Ok(swept)) => tracing::info!(?swept, "retention"),
            Ok(Err(error)) => tracing::error!(%error, "nothing was deleted for its age"),
            Err(error) => tracing::error!(%error, "nothing was deleted for its age"),
        }
    }
}
