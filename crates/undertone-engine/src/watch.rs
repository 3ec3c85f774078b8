//! Detects a model that hangs: a GPU driver that hangs returns neither a result nor an error.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use undertone_infer::Hook;

/// The start of an inference that has not ended.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    asked: Option<Instant>,
    /// The model is gone, and was not overdue.
    ended: bool,
    overdue: bool,
}

impl Watch {
    /// Waits until the model is gone (false) or an inference has taken longer than `patience`
    /// (true). Checks once a `patience`, and when that would be over.
    pub(crate) fn is_overdue_after(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        while !state.ended {
            let waited = state.asked.map_or(Duration::ZERO, |asked| asked.elapsed());
            let Some(left) = patience.checked_sub(waited).filter(|left| !left.is_zero()) else {
                state.overdue = true;
                return true;
            };
            let woken = self.ended.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Whether the model has ever been overdue: its thread may never end.
    pub(crate) fn is_overdue(&self) -> bool {
        self.lock().overdue
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records the start and end of inferences. Once dropped, the model is gone.
pub(crate) struct Watcher(Arc<Watch>);

impl Watcher {
    pub(crate) const fn new(watch: Arc<Watch>) -> Self {
        Self(watch)
    }
}

impl Hook for Watcher {
    fn begin(&mut self) {
        self.0.lock().asked = Some(Instant::now());
    }

    fn end(&mut self) {
        self.0.lock().asked = None;
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(80);

    fn watched() -> (Watcher, std::thread::JoinHandle<bool>) {
        let watch = Arc::new(Watch::default());
        let thread = Arc::clone(&watch);
        (Watcher::new(watch), std::thread::spawn(move || thread.is_overdue_after(PATIENCE)))
    }

    #[test]
    fn a_model_that_answers_is_never_overdue_however_long_it_lives() {
        let (mut watcher, thread) = watched();
        for _ in 0..4 {
            watcher.begin();
            watcher.end();
            std::thread::sleep(PATIENCE);
        }
        let watch = Arc::clone(&watcher.0);
        drop(watcher);
        assert!(matches!(thread.join(), Ok(false)));
        assert!(!watch.is_overdue());
    }

    #[test]
    fn a_model_that_does_not_answer_is_noticed_in_time() {
        let (mut watcher, thread) = watched();
        std::thread::sleep(PATIENCE / 2);
        let asked = Instant::now();
        watcher.begin();
        assert!(matches!(thread.join(), Ok(true)));
        assert!(asked.elapsed() >= PATIENCE, "{:?}", asked.elapsed());
        assert!(watcher.0.is_overdue());
    }
}
