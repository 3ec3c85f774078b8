//! How busy the models of a trial are, and a recogniser without cost.

use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use undertone_engine::Models;
use undertone_infer::{Hook, ModelError, Observed, TextModel, Transcriber};
use undertone_signal::{Probability, Segment, Transcript};

/// How busy each model's thread was, as a share of the trial: at 1 it is the bottleneck. With a
/// GPU the thread waits for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Busy {
    /// The acoustic model's.
    pub acoustic: f64,
    /// The text model's.
    pub text: f64,
    /// The sum over the recognisers: at most 2 for two.
    pub words: f64,
}

/// Busy time of a model, in nanoseconds.
#[derive(Debug, Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    #[allow(clippy::unnecessary_box_returns, reason = "engines take boxed models")]
    fn on<M: ?Sized>(&self, model: Box<M>) -> Box<Observed<M, Stopwatch>> {
        let stopwatch = Stopwatch { clock: self.clone(), started: Instant::now() };
        Box::new(Observed::new(model, stopwatch))
    }

    fn share_of(&self, seconds: f64) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1e9 / seconds
    }
}

/// Adds the time of each inference to a clock.
struct Stopwatch {
    clock: Clock,
    started: Instant,
}

impl Hook for Stopwatch {
    fn begin(&mut self) {
        self.started = Instant::now();
    }

    fn end(&mut self) {
        self.clock.0.fetch_add(self.started.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }
}

/// The clocks of an engine's models.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    acoustic: Clock,
    text: Clock,
    words: Clock,
}

impl Clocks {
    /// Puts clocks on `models`.
    pub(super) fn on(models: Models) -> (Self, Models) {
        let clocks = Self::default();
        let Models { acoustic, transcribers, text } = models;
        let words = |model| clocks.words.on(model) as Box<dyn Transcriber>;
        let timed = Models {
            acoustic: clocks.acoustic.on(acoustic),
            transcribers: transcribers.into_iter().map(words).collect(),
            text: text.map(|model| clocks.text.on(model) as Box<dyn TextModel>),
        };
        (clocks, timed)
    }

    /// How busy the models were in a trial of this many seconds.
    pub(super) fn busy(&self, seconds: f64) -> Busy {
        let Self { acoustic, text, words } = self;
        Busy {
            acoustic: acoustic.share_of(seconds),
            text: text.share_of(seconds),
            words: words.share_of(seconds),
        }
    }
}

/// A recogniser without cost: every segment is [`Parrot::SENTENCE`]. With it the text model
/// has as much work as with a real one.
#[derive(Debug, Clone, Copy)]
pub struct Parrot;

impl Parrot {
    /// Twenty words, the length of a turn on the telephone.
    pub const SENTENCE: &str = "this is the third time that I am calling about the same bill and \
                                nobody has called me back";
}

impl Transcriber for Parrot {
    fn name(&self) -> &'static str {
        "parrot"
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        Ok(Some(Transcript {
            key: segment.key,
            segment: segment.index,
            span: segment.span,
            text: Self::SENTENCE.to_owned(),
            confidence: Probability::new(1.0),
            language: None,
            is_final: segment.is_final,
        }))
    }
}
