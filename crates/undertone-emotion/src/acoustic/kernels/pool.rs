//! Attentive statistics pooling over time.

/// Keeps the deviation of a constant away from the root's steep foot.
pub(crate) const MIN_VARIANCE: f32 = 1e-6;

/// Attention of `[time, p]` and its working space.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    weights: Vec<f32>,
    bias: f32,
    shares: Vec<f32>,
}

impl Pool {
    /// `weights` `[p]`, for `time` frames.
    pub(crate) fn new(weights: Vec<f32>, bias: f32, time: usize) -> Self {
        Self { weights, bias, shares: vec![0.0; time] }
    }

    /// `frames` `[time, pitch]`, of which the first p of each are used, → `out`
    /// `[2p]`: weighted means, then weighted standard deviations.
    pub(crate) fn run(&mut self, frames: &[f32], pitch: usize, out: &mut [f32]) {
        self.attend(frames, pitch);
        let (mean, spread) = out.split_at_mut(self.weights.len());
        mean.fill(0.0);
        spread.fill(0.0);
        for (frame, &share) in frames.chunks_exact(pitch).zip(&self.shares) {
            for ((&x, mean), square) in frame.iter().zip(mean.iter_mut()).zip(spread.iter_mut()) {
                *mean += share * x;
                *square += share * x * x;
            }
        }
        for (mean, square) in mean.iter().zip(spread) {
            *square = (*square - mean * mean).max(MIN_VARIANCE).sqrt();
        }
    }

    /// The softmax over time of each frame's dot product with the weights.
    fn attend(&mut self, frames: &[f32], pitch: usize) {
        let Self { weights, bias, shares } = self;
        for (frame, share) in frames.chunks_exact(pitch).zip(shares.iter_mut()) {
            *share = *bias + frame.iter().zip(&*weights).map(|(x, w)| x * w).sum::<f32>();
        }
        let top = shares.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0;
        for share in shares.iter_mut() {
            *share = (*share - top).exp();
            total += *share;
        }
        for share in shares.iter_mut() {
            *share /= total;
        }
    }
}
