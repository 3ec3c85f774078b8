//! An acoustic model without weights.

use super::Conduct;
use crate::{AcousticModel, ModelError};
use undertone_signal::{FrontEnd, Probability, Scores};

/// An [`AcousticModel`] whose scores come from a closure.
pub struct FakeAcoustic {
    conduct: Conduct,
    front_end: FrontEnd,
    answer: Box<dyn FnMut(&[f32]) -> Scores + Send>,
}

impl FakeAcoustic {
    /// A model that answers each window with `answer` of its features.
    pub fn new(answer: impl FnMut(&[f32]) -> Scores + Send + 'static) -> Self {
        let front_end = FrontEnd { level_ref: 1.0, level_floor: 1e-5, ..FrontEnd::TELEPHONE };
        Self { conduct: Conduct::Answer, front_end, answer: Box::new(answer) }
    }

    /// A model that is certain of every window that it is neutral.
    pub fn calm() -> Self {
        let mut scores = Scores::default();
        scores.probabilities[0] = Probability::new(1.0);
        Self::new(move |_| scores)
    }

    /// The same model, with this conduct.
    #[must_use]
    pub fn with(self, conduct: Conduct) -> Self {
        Self { conduct, ..self }
    }

    /// The same model, taking windows of this front end.
    #[must_use]
    pub fn with_front_end(self, front_end: FrontEnd) -> Self {
        Self { front_end, ..self }
    }
}

impl AcousticModel for FakeAcoustic {
    fn name(&self) -> &'static str {
        "fake acoustic"
    }

    fn front_end(&self) -> FrontEnd {
        self.front_end
    }

    fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError> {
        out.clear();
        self.conduct.act("fake acoustic", windows.len())?;
        out.extend(windows.iter().map(|window| (self.answer)(window)));
        Ok(())
    }
}
