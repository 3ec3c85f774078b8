//! Where a trial's time goes, and a recogniser that costs none.

use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use undertone_engine::Models;
use undertone_infer::{AcousticModel, ModelError, TextInput, TextModel, TextScores, Transcriber};
use undertone_signal::{CalmScores, FrontEnd, Judgement, Probability, Scores, Segment, Transcript};

/// How busy each model's thread was, as a share of the trial: at 1 it is what stops
/// more calls. On a card its thread waits for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Busy {
    /// The acoustic model's.
    pub acoustic: f64,
    /// The text model's.
    pub text: f64,
    /// The recognisers' together: of two at most 2.
    pub words: f64,
}

/// Time that a model has been at work, in nanoseconds.
#[derive(Debug, Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.0.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        done
    }

    fn share_of(&self, seconds: f64) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1e9 / seconds
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
        let words =
            |model| Box::new(Timed { clock: clocks.words.clone(), model }) as Box<dyn Transcriber>;
        let timed = Models {
            acoustic: Box::new(Timed { clock: clocks.acoustic.clone(), model: acoustic }),
            transcribers: transcribers.into_iter().map(words).collect(),
            text: text.map(|model| {
                Box::new(Timed { clock: clocks.text.clone(), model }) as Box<dyn TextModel>
            }),
        };
        (clocks, timed)
    }

    /// How busy the models were in a trial of so many seconds.
    pub(super) fn busy(&self, seconds: f64) -> Busy {
        let Self { acoustic, text, words } = self;
        Busy {
            acoustic: acoustic.share_of(seconds),
            text: text.share_of(seconds),
            words: words.share_of(seconds),
        }
    }
}

/// A model under a clock.
struct Timed<M: ?Sized> {
    clock: Clock,
    model: Box<M>,
}

impl AcousticModel for Timed<dyn AcousticModel> {
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
        self.clock.during(|| self.model.score(windows, out))
    }

    fn judge(&mut self, windows: &[&[f32]], out: &mut Vec<Judgement>) -> Result<(), ModelError> {
        self.clock.during(|| self.model.judge(windows, out))
    }
}

impl TextModel for Timed<dyn TextModel> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError> {
        self.clock.during(|| self.model.score(utterances, out))
    }
}

impl Transcriber for Timed<dyn Transcriber> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        self.clock.during(|| self.model.transcribe(segment))
    }
}

/// A recogniser that costs nothing: whoever speaks says [`Parrot::SENTENCE`]. With it
/// the text model has as much to read as it has with a real one.
#[derive(Debug, Clone, Copy)]
pub struct Parrot;

impl Parrot {
    /// Twenty words, as turns on the telephone have.
    pub const SENTENCE: &str = "this is the third time that I am calling about the same bill and \
                                nobody has called me back";
}

impl Transcriber for Parrot {
    fn name(&self) -> &'static str {
        "parrot"
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        Ok(Some(Transcript {
            key: segment.key.clone(),
            segment: segment.index,
            span: segment.span,
            text: Self::SENTENCE.to_owned(),
            confidence: Probability::new(1.0),
            is_final: segment.is_final,
        }))
    }
}
