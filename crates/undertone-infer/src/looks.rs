//! Two inferences on a window: on all of it, and on its newest half.
//!
//! The half is repeated, so that it has the length of the model's input and contains only
//! the newest speech.

use crate::{AcousticModel, ModelError};
use undertone_signal::{Judgement, Scores};

/// Number of new frames at the beginning of the second input for `window`, row-major
/// `[frames, columns]`: half of them, without an odd one in the middle.
pub fn new_frames(window: &[f32], columns: usize) -> usize {
    window.len() / columns.max(1) / 2
}

/// The second input for `window`: its newest half replaces as many frames at the
/// beginning.
pub fn second_look(window: &[f32], columns: usize, look: &mut Vec<f32>) {
    let half = new_frames(window, columns) * columns;
    look.clear();
    look.extend_from_slice(&window[window.len() - half..]);
    look.extend_from_slice(&window[half..]);
}

/// Scores `windows` in both forms in one batch: the default of
/// [`AcousticModel::judge`].
///
/// # Errors
/// The model's own; `out` is then empty.
pub fn show_both<M: AcousticModel + ?Sized>(
    model: &mut M,
    windows: &[&[f32]],
    out: &mut Vec<Judgement>,
) -> Result<(), ModelError> {
    out.clear();
    let columns = model.front_end().columns();
    let mut seconds = vec![Vec::new(); windows.len()];
    for (window, look) in windows.iter().zip(&mut seconds) {
        second_look(window, columns, look);
    }
    let looks: Vec<&[f32]> =
        windows.iter().copied().chain(seconds.iter().map(Vec::as_slice)).collect();
    let mut scores: Vec<Scores> = Vec::with_capacity(looks.len());
    model.score(&looks, &mut scores)?;
    if scores.len() != looks.len() {
        return Err(ModelError::Compute {
            model: model.name().to_owned(),
            cause: format!("{} scores for {} windows", scores.len(), looks.len()),
        });
    }
    let (whole, recent) = scores.split_at(windows.len());
    let pairs = whole.iter().zip(recent);
    out.extend(pairs.map(|(&whole, &recent)| Judgement { whole, recent }));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake::FakeAcoustic;
    use undertone_signal::FrontEnd;

    /// Arousal is the mean of a window of three frames of two bands.
    fn mean() -> FakeAcoustic {
        let front_end = FrontEnd { window: 800, mels: 2, ..FrontEnd::TELEPHONE };
        let mean = |w: &[f32]| w.iter().sum::<f32>() / w.len() as f32;
        FakeAcoustic::new(move |w| Scores { arousal: mean(w), ..Scores::default() })
            .with_front_end(front_end)
    }

    #[test]
    fn the_second_look_holds_the_newest_half_alone() {
        let mut out = Vec::new();
        let windows: [&[f32]; 2] = [&[0.0, 0.0, 3.0, 3.0, 6.0, 6.0], &[9.0; 6]];
        mean().judge(&windows, &mut out).unwrap();
        let arousal: Vec<_> = out.iter().map(|j| (j.whole.arousal, j.recent.arousal)).collect();
        assert_eq!(arousal, [(3.0, 5.0), (9.0, 9.0)]);
        mean().judge(&[], &mut out).unwrap();
        assert!(out.is_empty());
    }
}
