//! Makes samples finite and limits them.

/// Largest magnitude kept, 18 dB above full scale: a resampler may overshoot
/// full scale a little, but squares and sums must never reach infinity.
const HEADROOM: f32 = 8.0;

/// `sample`; 0 if it is NaN or infinite.
pub(crate) fn repair(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-HEADROOM, HEADROOM) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::repair;

    fn is(sample: f32, value: f32) -> bool {
        repair(sample).to_bits() == value.to_bits()
    }

    #[test]
    fn what_is_not_a_sample_becomes_silence_or_a_bounded_one() {
        assert!(is(f32::NAN, 0.0));
        assert!(is(f32::NEG_INFINITY, 0.0));
        assert!(is(-1e30, -8.0));
        assert!(is(0.25, 0.25));
    }
}
