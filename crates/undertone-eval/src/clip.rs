//! Reading whole clips.

use crate::EvalError;
use std::path::Path;
use undertone_capture::Recording;
use undertone_dsp::Resampler;

/// Frames decoded at a time.
const BLOCK_FRAMES: usize = 16_384;

/// The recording at `path` as 16 kHz mono; channels are averaged.
///
/// # Errors
/// [`EvalError::Recording`] if it cannot be read to its end.
pub fn read(path: &Path) -> Result<Vec<f32>, EvalError> {
    let mut recording = Recording::open(path)?;
    let mut resampler = Resampler::new(recording.sample_rate())?;
    let channels = usize::from(recording.channels());
    let (mut block, mut mono, mut samples) = (Vec::new(), Vec::new(), Vec::new());
    while recording.read(BLOCK_FRAMES, &mut block)? {
        mono.clear();
        let frames = block.chunks_exact(channels);
        mono.extend(frames.map(|frame| frame.iter().sum::<f32>() / channels as f32));
        resampler.push(&mono, &mut samples);
    }
    resampler.finish(&mut samples);
    Ok(samples)
}
