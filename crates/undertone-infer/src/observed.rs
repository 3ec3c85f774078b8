//! A model with a hook around every inference.

use crate::{AcousticModel, Dropped, ModelError, TextInput, TextModel, TextScores, Transcriber};
use undertone_signal::{CalmScores, FrontEnd, Judgement, Scores, Segment, Transcript};

/// Called around every inference: a watchdog, a clock.
pub trait Hook: Send {
    /// An inference begins.
    fn begin(&mut self);

    /// It has ended, with scores or an error. Not called after a panic of the model.
    fn end(&mut self);
}

/// A model that calls a [`Hook`] around every inference and is otherwise unchanged.
///
/// This is the only place that forwards every method of every model trait. Dropping it drops
/// the hook first: the hook then knows that no inference will follow, even if dropping the
/// model takes time.
pub struct Observed<M: ?Sized, H> {
    // Dropped in this order.
    hook: H,
    model: Box<M>,
}

impl<M: ?Sized, H: Hook> Observed<M, H> {
    /// `model`, observed by `hook`.
    pub const fn new(model: Box<M>, hook: H) -> Self {
        Self { hook, model }
    }

    fn during<T>(&mut self, inference: impl FnOnce(&mut M) -> T) -> T {
        self.hook.begin();
        let answer = inference(&mut self.model);
        self.hook.end();
        answer
    }
}

impl<M: AcousticModel + ?Sized, H: Hook> AcousticModel for Observed<M, H> {
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
        self.during(|model| model.score(windows, out))
    }

    fn judge(&mut self, windows: &[&[f32]], out: &mut Vec<Judgement>) -> Result<(), ModelError> {
        self.during(|model| model.judge(windows, out))
    }
}

impl<M: TextModel + ?Sized, H: Hook> TextModel for Observed<M, H> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError> {
        self.during(|model| model.score(utterances, out))
    }
}

impl<M: Transcriber + ?Sized, H: Hook> Transcriber for Observed<M, H> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        self.during(|model| model.transcribe(segment))
    }

    fn take_dropped(&mut self) -> Option<Dropped> {
        self.model.take_dropped()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake::{Conduct, FakeAcoustic, FakeText, FakeTranscriber, segment};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Counts beginnings in thousands and ends in ones.
    #[derive(Clone, Default)]
    struct Count(Arc<AtomicU32>);

    impl Count {
        fn seen(&self) -> (u32, u32) {
            let seen = self.0.load(Ordering::Relaxed);
            (seen / 1000, seen % 1000)
        }
    }

    impl Hook for Count {
        fn begin(&mut self) {
            self.0.fetch_add(1000, Ordering::Relaxed);
        }

        fn end(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn every_inference_of_every_kind_of_model_is_seen_once() {
        let count = Count::default();
        let mut acoustic: Box<dyn AcousticModel> =
            Box::new(Observed::new(Box::new(FakeAcoustic::calm()), count.clone()));
        let window = vec![0.0; acoustic.front_end().columns() * acoustic.front_end().frames()];
        acoustic.score(&[&window], &mut Vec::new()).unwrap();
        acoustic.judge(&[&window], &mut Vec::new()).unwrap();
        assert_eq!(count.seen(), (2, 2));
        let mut words = Observed::new(Box::new(FakeTranscriber::saying("hello")), count.clone());
        assert_eq!(words.transcribe(&segment(1.0)).unwrap().unwrap().text, "hello");
        let mut text = Observed::new(Box::new(FakeText::neutral()), count.clone());
        text.score(&[], &mut Vec::new()).unwrap();
        assert_eq!(count.seen(), (4, 4));
    }

    #[test]
    fn an_error_ends_an_inference_as_an_answer_does() {
        let count = Count::default();
        let failing = FakeAcoustic::calm().with(Conduct::Fail);
        let mut model = Observed::new(Box::new(failing), count.clone());
        assert!(model.score(&[], &mut Vec::new()).is_err());
        assert_eq!(count.seen(), (1, 1));
        assert_eq!((model.name(), model.calm()), ("fake acoustic", None));
    }
}
