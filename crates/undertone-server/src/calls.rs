//! The calls that are running, by their id.

use crate::call_task::{Attached, CallTask, FEED, Feed};
use crate::gateway::Gateway;
use crate::refusal::Refusal;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use undertone_engine::{Engine, EngineError};
use undertone_signal::{CallId, Lane};

/// The calls that are running.
pub(crate) struct Calls {
    engine: Arc<Engine>,
    shutdown: CancellationToken,
    pub(crate) tasks: TaskTracker,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    calls: HashMap<CallId, Entry>,
    connections: u64,
}

struct Entry {
    gateway: String,
    feed: mpsc::Sender<Feed>,
}

/// One connection's hold on its call.
#[derive(Debug)]
pub(crate) struct Attachment {
    number: u64,
    feed: mpsc::Sender<Feed>,
    /// Cancelled when the call has ended or goes on over another connection.
    pub(crate) gone: CancellationToken,
}

impl Attachment {
    /// Hands over a message; waits while the call is behind.
    pub(crate) async fn send(&self, feed: impl FnOnce(u64) -> Feed) {
        // A call that has ended has no use for it.
        let _ = self.feed.send(feed(self.number)).await;
    }
}

impl Calls {
    pub(crate) fn new(engine: Arc<Engine>, shutdown: CancellationToken) -> Self {
        Self { engine, shutdown, tasks: TaskTracker::new(), running: Mutex::default() }
    }

    /// Starts call `id`, or goes on with it if it is running at this gateway.
    pub(crate) async fn attach(
        self: &Arc<Self>,
        id: CallId,
        lanes: Vec<Lane>,
        gateway: &Arc<Gateway>,
    ) -> Result<Attachment, Refusal> {
        let mut running = self.running.lock().await;
        running.connections += 1;
        let (number, gone) = (running.connections, CancellationToken::new());
        let attached = Attached { number, gone: gone.clone() };
        let name = &gateway.config.name;
        if let Some(entry) = running.calls.get(&id) {
            if entry.gateway != *name {
                return Err(Refusal::Elsewhere(id.as_str().to_owned()));
            }
            let feed = entry.feed.clone();
            drop(running);
            if feed.send(Feed::Attach(attached)).await.is_ok() {
                gateway.metrics.reconnections.add(1);
                return Ok(Attachment { number, feed, gone });
            }
            return Err(Refusal::Ending(id.as_str().to_owned()));
        }
        let own = running.calls.values().filter(|entry| entry.gateway == *name).count();
        if own >= gateway.config.max_calls {
            return Err(Refusal::Calls);
        }
        let call = self.open(id.clone(), lanes).await?;
        gateway.metrics.calls.add(1);
        let (feed, inbox) = mpsc::channel(FEED);
        running.calls.insert(id, Entry { gateway: name.clone(), feed: feed.clone() });
        let task = CallTask::new(call, Arc::clone(gateway), attached, self.shutdown.clone());
        self.tasks.spawn(task.run(Arc::clone(self), inbox));
        Ok(Attachment { number, feed, gone })
    }

    /// Returns once a call has had its summary; blocks.
    pub(crate) fn wait_for(&self, id: &CallId) {
        self.engine.wait_for(id);
    }

    /// The call has ended.
    pub(crate) async fn forget(&self, id: &CallId) {
        self.running.lock().await.calls.remove(id);
    }

    async fn open(&self, id: CallId, lanes: Vec<Lane>) -> Result<undertone_engine::Call, Refusal> {
        let engine = Arc::clone(&self.engine);
        // Opening a call waits for room in the engine's queue.
        let opened = tokio::task::spawn_blocking(move || engine.open(id, &lanes)).await;
        match opened {
            Ok(Ok(call)) => Ok(call),
            Ok(Err(EngineError::Busy { .. })) => Err(Refusal::Calls),
            Ok(Err(EngineError::Running { call })) => {
                Err(Refusal::Ending(call.as_str().to_owned()))
            }
            Ok(Err(error)) => Err(Refusal::Engine(error.to_string())),
            Err(error) => Err(Refusal::Engine(error.to_string())),
        }
    }
}
