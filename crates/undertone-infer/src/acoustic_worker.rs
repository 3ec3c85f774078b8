//! The loop that owns the acoustic model.

use crate::{AcousticModel, Job, ModelError, WindowQueue};
use std::time::{Duration, Instant};
use undertone_signal::{Judgement, Window};

/// Output of the acoustic path; for each call in the order of its jobs.
// Nearly all of them are windows: a box each would cost more than the rare note wastes.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Judged<N> {
    /// A window with its scores, if it has enough speech. Its `compute` includes the
    /// window's share of the model's time.
    Window(Window, Option<Judgement>),
    /// A note, in its place.
    Note(N),
}

/// Owns the model and its reused buffers. Batches form while the model is busy: there is no
/// linger timer, so a single window is scored at once.
pub struct AcousticWorker {
    model: Box<dyn AcousticModel>,
    max_batch: usize,
    judgements: Vec<Judgement>,
}

impl AcousticWorker {
    /// A worker that scores at most `max_batch` windows in one forward pass.
    pub fn new(model: Box<dyn AcousticModel>, max_batch: usize) -> Self {
        Self { model, max_batch: max_batch.max(1), judgements: Vec::new() }
    }

    /// Scores the windows of `queue` until it is closed and empty, or until `deliver` returns
    /// false because there is no receiver.
    ///
    /// # Errors
    /// The model's own error; jobs taken but not delivered are lost with it.
    pub fn run<N>(
        &mut self,
        queue: &WindowQueue<N>,
        mut deliver: impl FnMut(Judged<N>) -> bool,
    ) -> Result<(), ModelError> {
        let mut jobs = Vec::with_capacity(self.max_batch);
        while queue.take(self.max_batch, &mut jobs) {
            let share = self.judge(&jobs)?;
            let mut judgements = self.judgements.iter().copied();
            for job in jobs.drain(..) {
                let judged = match job {
                    Job::Note(_, note) => Judged::Note(note),
                    Job::Window(window) if window.features.is_empty() => {
                        Judged::Window(window, None)
                    }
                    Job::Window(mut window) => {
                        window.compute += share;
                        window.features = Vec::new();
                        Judged::Window(window, judgements.next())
                    }
                };
                if !deliver(judged) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Scores every window that has features; returns each one's share of the model's time.
    fn judge<N>(&mut self, jobs: &[Job<N>]) -> Result<Duration, ModelError> {
        let windows: Vec<&[f32]> = jobs
            .iter()
            .filter_map(|job| match job {
                Job::Window(window) if !window.features.is_empty() => {
                    Some(window.features.as_slice())
                }
                _ => None,
            })
            .collect();
        self.judgements.clear();
        if windows.is_empty() {
            return Ok(Duration::ZERO);
        }
        let started = Instant::now();
        self.model.judge(&windows, &mut self.judgements)?;
        Ok(started.elapsed() / windows.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::WhenFull;
    use crate::fake::FakeAcoustic;
    use undertone_signal::{FrontEnd, Lane, LaneKey, Prosody, RunId, Scores, Span, StreamTime};

    /// Gives back the first feature as arousal.
    fn echo() -> Box<dyn AcousticModel> {
        let front_end = FrontEnd { window: 400, mels: 1, ..FrontEnd::TELEPHONE };
        let echo = FakeAcoustic::new(|w| Scores { arousal: w[0], ..Scores::default() });
        Box::new(echo.with_front_end(front_end))
    }

    fn window(features: Vec<f32>) -> Job<u8> {
        Job::Window(Window {
            key: LaneKey::new(RunId::from_u128(1), Lane::Customer),
            span: Span::new(StreamTime::ZERO, StreamTime::ZERO),
            captured_at: Instant::now(),
            features,
            speech: 1.0,
            speech_now: 1.0,
            prosody: Prosody::default(),
            compute: Duration::ZERO,
        })
    }

    #[test]
    fn scores_find_their_windows_and_notes_keep_their_place() {
        let queue = WindowQueue::new(8, WhenFull::Wait);
        for job in [
            window(vec![0.1]),
            window(vec![]),
            Job::Note(RunId::from_u128(1), 9),
            window(vec![0.2]),
        ] {
            queue.push(job).unwrap();
        }
        queue.close();
        let mut seen = Vec::new();
        AcousticWorker::new(echo(), 4)
            .run(&queue, |judged| {
                seen.push(match judged {
                    Judged::Window(_, judgement) => judgement.map(|j| j.whole.arousal),
                    Judged::Note(n) => Some(f32::from(n)),
                });
                true
            })
            .unwrap();
        assert_eq!(seen, [Some(0.1), None, Some(9.0), Some(0.2)]);
    }
}
