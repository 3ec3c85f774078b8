//! Handles a worker that has died or hangs.

use crate::EngineError;
use crate::messages::{Note, StateInput};
use crate::threads::spawn;
use crate::watch::Watch;
use crossbeam::channel::Sender;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;
use undertone_infer::{SegmentLine, WindowQueue};

/// Why a worker died, once one has.
pub(crate) type Fault = Arc<OnceLock<String>>;

/// Ends every call with an error, releases everything that waits for the dead worker, and
/// records the reason for health checks.
#[derive(Clone)]
pub(crate) struct Alarm {
    pub(crate) fault: Fault,
    pub(crate) state: Sender<StateInput>,
    pub(crate) windows: Arc<WindowQueue<Note>>,
    pub(crate) segments: Arc<SegmentLine>,
}

impl Alarm {
    /// Runs a worker; raised if it fails or panics.
    pub(crate) fn guard(&self, worker: &str, work: impl FnOnce() -> Result<(), String>) {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => self.raise(worker, &cause),
            Err(_) => self.raise(worker, "it panicked"),
        }
    }

    /// Starts a thread that raises the alarm if an inference takes longer than `patience`, and
    /// that ends with the model.
    pub(crate) fn watch(
        &self,
        worker: &'static str,
        patience: Duration,
    ) -> Result<(Arc<Watch>, JoinHandle<()>), EngineError> {
        let (watch, alarm) = (Arc::new(Watch::default()), self.clone());
        let watched = Arc::clone(&watch);
        let thread = spawn("watch", move || {
            if watched.is_overdue_after(patience) {
                alarm.raise(worker, &format!("no answer for {} s", patience.as_secs_f32()));
            }
        })?;
        Ok((watch, thread))
    }

    fn raise(&self, worker: &str, cause: &str) {
        tracing::error!(worker, cause, "worker died");
        let cause = format!("{worker} died: {cause}");
        let _ = self.fault.set(cause.clone());
        let _ = self.state.send(StateInput::WorkerDied(cause));
        self.windows.close();
        self.segments.close();
    }
}
