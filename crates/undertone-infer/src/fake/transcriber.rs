//! A recogniser without weights.

use super::Conduct;
use crate::{ModelError, Transcriber};
use std::time::Instant;
use undertone_signal::{
    Lane, LaneKey, Probability, RunId, SAMPLE_RATE, Segment, Span, StreamTime, Transcript,
};

/// A [`Transcriber`] whose words come from a closure.
pub struct FakeTranscriber {
    conduct: Conduct,
    answer: Box<dyn FnMut(&Segment) -> Option<String> + Send>,
}

impl FakeTranscriber {
    /// A recogniser that answers each segment with `answer`.
    pub fn new(answer: impl FnMut(&Segment) -> Option<String> + Send + 'static) -> Self {
        Self { conduct: Conduct::Answer, answer: Box::new(answer) }
    }

    /// A recogniser that finds the same words in every segment, and is certain of them.
    pub fn saying(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(move |_| Some(text.clone()))
    }

    /// A recogniser that finds a new word in every `samples` samples of a segment, always
    /// the same at the same place: `word0 word1 …`.
    pub fn counting(samples: usize) -> Self {
        Self::new(move |segment| {
            let words = 0..segment.samples.len() / samples.max(1);
            Some(words.map(|word| format!("word{word}")).collect::<Vec<_>>().join(" "))
        })
    }

    /// The same recogniser, with this conduct.
    #[must_use]
    pub fn with(self, conduct: Conduct) -> Self {
        Self { conduct, ..self }
    }
}

impl Transcriber for FakeTranscriber {
    fn name(&self) -> &'static str {
        "fake recogniser"
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        self.conduct.act("fake recogniser", 1)?;
        Ok((self.answer)(segment).map(|text| Transcript {
            key: segment.key,
            segment: segment.index,
            span: segment.span,
            text,
            confidence: Probability::new(1.0),
            is_final: segment.is_final,
            language: None,
        }))
    }
}

/// A final segment of so many seconds of silence.
pub fn segment(seconds: f64) -> Segment {
    let samples = (seconds * f64::from(SAMPLE_RATE)) as usize;
    Segment {
        key: LaneKey::new(RunId::from_u128(1), Lane::Customer),
        index: 0,
        span: Span::new(StreamTime::ZERO, StreamTime::from_samples(samples as u64)),
        captured_at: Instant::now(),
        samples: vec![0.0; samples],
        is_final: true,
    }
}
