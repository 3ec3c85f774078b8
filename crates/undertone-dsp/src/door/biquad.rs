//! A second-order section.

use undertone_signal::SAMPLE_RATE;

/// 600 dB below full scale: nothing.
const SUBNORMAL_SOON: f64 = 1e-30;

/// `b0 b1 b2 a1 a2` of a second-order section (`a0` is 1), transposed direct form II.
/// Double precision: poles this close to zero hertz ask for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Biquad {
    weights: [f64; 5],
    state: [f64; 2],
}

impl Biquad {
    pub(super) const fn new(weights: [f64; 5]) -> Self {
        Self { weights, state: [0.0; 2] }
    }

    /// Takes out `hz`, and 3 dB of what lies `width` / 2 hertz beside it.
    pub(super) fn notch(hz: f64, width: f64) -> Self {
        let turn = std::f64::consts::TAU * hz / f64::from(SAMPLE_RATE);
        let slope = (std::f64::consts::PI * width / f64::from(SAMPLE_RATE)).tan();
        let (gain, middle) = (1.0 / (1.0 + slope), -2.0 * turn.cos() / (1.0 + slope));
        Self::new([gain, middle, gain, middle, (1.0 - slope) * gain])
    }

    /// The state after `sample` has come in for ever.
    pub(super) fn settle(&mut self, sample: f64) {
        let [b0, b1, b2, a1, a2] = self.weights;
        let out = sample * (b0 + b1 + b2) / (1.0 + a1 + a2);
        self.state[1] = b2 * sample - a2 * out;
        self.state[0] = b1 * sample - a1 * out + self.state[1];
    }

    /// Whether nothing rings on in it.
    #[cfg(test)]
    pub(super) fn is_still(&self) -> bool {
        self.state.iter().all(|state| *state == 0.0)
    }

    pub(super) fn pass(&mut self, x: f64) -> f64 {
        let [b0, b1, b2, a1, a2] = self.weights;
        let y = b0 * x + self.state[0];
        // What rings on in silence becomes subnormal, which processors add thirty times
        // as slowly as other numbers.
        let audible = |state: f64| if state.abs() < SUBNORMAL_SOON { 0.0 } else { state };
        self.state = [audible(b1 * x - a1 * y + self.state[1]), audible(b2 * x - a2 * y)];
        y
    }
}
