//! Is a model still answering? A graphics card whose driver hangs returns neither an
//! answer nor an error.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use undertone_infer::{AcousticModel, ModelError, TextInput, TextModel, TextScores, Transcriber};
use undertone_signal::{CalmScores, FrontEnd, Judgement, Scores, Segment, Transcript};

/// When a model was asked what it has not answered yet.
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
    /// Waits until the model is gone (false) or has let one question wait for `patience`
    /// (true). Looks once a `patience`, and at the moment at which that would be over.
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

/// A model that says when it has been asked and when it has answered.
pub(crate) struct Watched<M> {
    model: M,
    watch: Arc<Watch>,
}

impl<M> Watched<M> {
    pub(crate) fn new(model: M, watch: Arc<Watch>) -> Self {
        Self { model, watch }
    }

    fn ask<T>(&mut self, question: impl FnOnce(&mut M) -> T) -> T {
        self.watch.lock().asked = Some(Instant::now());
        let answer = question(&mut self.model);
        self.watch.lock().asked = None;
        answer
    }
}

impl<M> Drop for Watched<M> {
    fn drop(&mut self) {
        self.watch.lock().ended = true;
        self.watch.ended.notify_all();
    }
}

impl AcousticModel for Watched<Box<dyn AcousticModel>> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn front_end(&self) -> FrontEnd {
        self.model.front_end()
    }

    fn calm(&self) -> Option<CalmScores> {
        self.model.calm()
    }

    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError> {
        self.ask(|model| model.score(windows, out))
    }

    fn judge(&mut self, windows: &[&[f32]], out: &mut Vec<Judgement>) -> Result<(), ModelError> {
        self.ask(|model| model.judge(windows, out))
    }
}

impl TextModel for Watched<Box<dyn TextModel>> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError> {
        self.ask(|model| model.score(utterances, out))
    }
}

impl Transcriber for Watched<Box<dyn Transcriber>> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        self.ask(|model| model.transcribe(segment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(80);

    fn watched() -> (Watched<()>, std::thread::JoinHandle<bool>) {
        let watch = Arc::new(Watch::default());
        let watcher = Arc::clone(&watch);
        (Watched::new((), watch), std::thread::spawn(move || watcher.is_overdue_after(PATIENCE)))
    }

    #[test]
    fn a_model_that_answers_is_never_overdue_however_long_it_lives() {
        let (mut model, watcher) = watched();
        for _ in 0..4 {
            model.ask(|()| ());
            std::thread::sleep(PATIENCE);
        }
        let watch = Arc::clone(&model.watch);
        drop(model);
        assert!(matches!(watcher.join(), Ok(false)));
        assert!(!watch.is_overdue());
    }

    #[test]
    fn a_model_that_does_not_answer_is_told_of_in_time() {
        let (mut model, watcher) = watched();
        std::thread::sleep(PATIENCE / 2);
        let asked = Instant::now();
        model.ask(|()| assert!(matches!(watcher.join(), Ok(true))));
        assert!(asked.elapsed() >= PATIENCE, "{:?}", asked.elapsed());
        assert!(model.watch.is_overdue());
    }
}
