//! How a fake behaves.

use crate::ModelError;
use std::time::Duration;

/// The behaviour of a fake model, independent of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conduct {
    /// It responds at once.
    #[default]
    Answer,
    /// Every inference takes this long.
    AnswerAfter(Duration),
    /// Every item of a batch takes this long.
    AnswerAfterEach(Duration),
    /// Every inference fails.
    Fail,
    /// This many inferences fail, the following ones succeed.
    FailFirst(u32),
    /// This many inferences succeed, the following ones fail: a device that disappears.
    FailAfter(u32),
    /// It panics: a model with a bug.
    Panic,
    /// It never returns: a driver that hangs.
    Hang,
}

impl Conduct {
    /// Applied before the output for a batch of `items`.
    ///
    /// # Errors
    /// [`ModelError::Compute`] where it fails.
    // A model with a bug is one of the things that tests need.
    #[allow(clippy::panic)]
    pub(super) fn act(&mut self, model: &str, items: usize) -> Result<(), ModelError> {
        match self {
            Self::Answer | Self::FailFirst(0) => Ok(()),
            Self::AnswerAfter(time) => {
                std::thread::sleep(*time);
                Ok(())
            }
            Self::AnswerAfterEach(time) => {
                std::thread::sleep(*time * items as u32);
                Ok(())
            }
            Self::Fail | Self::FailAfter(0) => Err(failure(model)),
            Self::FailFirst(left) => {
                *left -= 1;
                Err(failure(model))
            }
            Self::FailAfter(left) => {
                *left -= 1;
                Ok(())
            }
            Self::Panic => panic!("{model} has a bug, as it was asked to"),
            Self::Hang => loop {
                std::thread::park();
            },
        }
    }
}

fn failure(model: &str) -> ModelError {
    ModelError::Compute { model: model.to_owned(), cause: "device lost".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_come_and_go_as_asked() {
        let outcomes = |mut conduct: Conduct| [(); 4].map(|()| conduct.act("m", 1).is_ok());
        assert_eq!(outcomes(Conduct::Answer), [true; 4]);
        assert_eq!(outcomes(Conduct::Fail), [false; 4]);
        assert_eq!(outcomes(Conduct::FailFirst(1)), [false, true, true, true]);
        assert_eq!(outcomes(Conduct::FailAfter(3)), [true, true, true, false]);
    }
}
