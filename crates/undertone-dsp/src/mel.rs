//! The mel filter bank of `YAMNet`, kept sparse.

/// Bands of the full bank, of which a front end keeps the lowest.
pub(crate) const BANDS: usize = 64;
const LOWEST_HZ: f64 = 125.0;
const HIGHEST_HZ: f64 = 7_500.0;

fn to_mel(hz: f64) -> f64 {
    1_127.0 * (hz / 700.0).ln_1p()
}

fn to_hz(mel: f64) -> f64 {
    700.0 * (mel / 1_127.0).exp_m1()
}

/// The `index`th of the 66 equally spaced edges, in mel.
fn edge(index: usize) -> f64 {
    let (low, high) = (to_mel(LOWEST_HZ), to_mel(HIGHEST_HZ));
    low + (high - low) * index as f64 / (BANDS + 1) as f64
}

/// Middle of band `band`, in hertz.
pub(crate) fn centre_hz(band: usize) -> f64 {
    to_hz(edge(band + 1))
}

/// One triangle: its first bin and its weights.
#[derive(Debug, Clone)]
struct Band {
    first: usize,
    weights: Vec<f32>,
}

/// `tf.signal.linear_to_mel_weight_matrix(64, bins, rate, 125, 7500)`, cut to the
/// lowest bands: HTK mel, triangles linear in mel, no area normalisation, the
/// bin of 0 Hz left out.
#[derive(Debug, Clone)]
pub(crate) struct MelBank {
    bands: Vec<Band>,
}

impl MelBank {
    /// The lowest `mels` bands over the `fft / 2 + 1` bins of audio at `rate` Hz.
    pub(crate) fn new(mels: usize, fft: usize, rate: u32) -> Self {
        let bin_mel = |bin: usize| to_mel(f64::from(rate) * bin as f64 / fft as f64);
        let bands = (0..mels.min(BANDS)).map(|band| {
            let (low, middle, high) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |bin: usize| {
                let mel = bin_mel(bin);
                ((mel - low) / (middle - low)).min((high - mel) / (high - middle))
            };
            let inside = |bin: &usize| weight(*bin) > 0.0;
            let first = (1..=fft / 2).find(inside).unwrap_or(1);
            let weights = (first..=fft / 2).take_while(inside).map(|b| weight(b) as f32);
            Band { first, weights: weights.collect() }
        });
        Self { bands: bands.collect() }
    }

    /// Sums `magnitude` (one number a bin) into `out` (one number a band).
    pub(crate) fn apply(&self, magnitude: &[f32], out: &mut [f32]) {
        for (out, band) in out.iter_mut().zip(&self.bands) {
            let bins = &magnitude[band.first..band.first + band.weights.len()];
            *out = bins.iter().zip(&band.weights).map(|(m, w)| m * w).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_48_bands_end_below_4_khz() {
        assert!(to_hz(edge(49)) < 4_000.0 && to_hz(edge(50)) > 4_000.0);
        assert!((centre_hz(0) - 145.0).abs() < 10.0);
    }

    #[test]
    fn a_flat_spectrum_without_its_zero_bin_reaches_every_band() {
        let bank = MelBank::new(48, 512, 16_000);
        let mut magnitude = vec![1.0; 257];
        magnitude[0] = 1e9;
        let mut out = vec![0.0; 48];
        bank.apply(&magnitude, &mut out);
        assert!(out.iter().all(|x| *x > 0.0 && *x < 20.0), "{out:?}");
    }
}
