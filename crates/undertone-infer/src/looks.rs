//! Two looks at a window: all of it, and its newest half.

use crate::{AcousticModel, ModelError};
use undertone_signal::{Judgement, Scores};

/// Lets a model judge windows whole and by their newest half. The half is shown
/// twice in a row: so it has the length the model knows, and nothing but what was
/// said last.
#[derive(Debug, Default)]
pub struct Looks {
    halves: Vec<f32>,
    scores: Vec<Scores>,
}

impl Looks {
    /// Judges `windows`, features as [`AcousticModel::score`] takes them; `out` is
    /// cleared and filled with one [`Judgement`] a window, in order.
    ///
    /// # Errors
    /// The model's own; `out` is then empty.
    pub fn judge(
        &mut self,
        model: &mut dyn AcousticModel,
        windows: &[&[f32]],
        out: &mut Vec<Judgement>,
    ) -> Result<(), ModelError> {
        out.clear();
        let columns = model.front_end().columns().max(1);
        self.halves.clear();
        for window in windows {
            let half = window.len() / columns / 2 * columns;
            let newest = &window[window.len() - half..];
            // An odd frame in the middle stays.
            self.halves.extend_from_slice(newest);
            self.halves.extend_from_slice(&window[half..]);
        }
        let mut ends = 0;
        let halves = windows.iter().map(|window| {
            ends += window.len();
            &self.halves[ends - window.len()..ends]
        });
        let looks: Vec<&[f32]> = windows.iter().copied().chain(halves).collect();
        self.scores.clear();
        model.score(&looks, &mut self.scores)?;
        if self.scores.len() != looks.len() {
            return Err(ModelError::Compute {
                model: model.name().to_owned(),
                cause: format!("{} scores for {} windows", self.scores.len(), looks.len()),
            });
        }
        let (whole, recent) = self.scores.split_at(windows.len());
        let pairs = whole.iter().zip(recent);
        out.extend(pairs.map(|(&whole, &recent)| Judgement { whole, recent }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_signal::FrontEnd;

    /// Arousal is the mean of a window of three frames of two bands.
    struct Mean;

    impl AcousticModel for Mean {
        fn name(&self) -> &'static str {
            "mean"
        }

        fn front_end(&self) -> FrontEnd {
            FrontEnd {
                window: 800,
                mels: 2,
                level_ref: 1.0,
                level_floor: 1e-5,
                ..FrontEnd::TELEPHONE
            }
        }

        fn score(&mut self, windows: &[&[f32]], out: &mut Vec<Scores>) -> Result<(), ModelError> {
            out.clear();
            let mean = |w: &&[f32]| w.iter().sum::<f32>() / w.len() as f32;
            out.extend(windows.iter().map(|w| Scores { arousal: mean(w), ..Scores::default() }));
            Ok(())
        }
    }

    #[test]
    fn the_second_look_holds_the_newest_half_alone() {
        let (mut looks, mut out) = (Looks::default(), Vec::new());
        let windows: [&[f32]; 2] = [&[0.0, 0.0, 3.0, 3.0, 6.0, 6.0], &[9.0; 6]];
        looks.judge(&mut Mean, &windows, &mut out).unwrap();
        let arousal: Vec<_> = out.iter().map(|j| (j.whole.arousal, j.recent.arousal)).collect();
        assert_eq!(arousal, [(3.0, 5.0), (9.0, 9.0)]);
        looks.judge(&mut Mean, &[], &mut out).unwrap();
        assert!(out.is_empty());
    }
}
