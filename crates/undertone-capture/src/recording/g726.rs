//! G.726, decoded.
//!
//! No crate of a licence that suits decodes it, so the recommendation is followed
//! here: the names in comments are its blocks (ITU-T G.726, section 4.2).

use super::blocks::from_i16;

/// Powers of two at which a magnitude takes one more bit.
const EXPONENTS: i32 = 15;

/// What one width of code means.
struct Tables {
    /// Logarithm of the difference by magnitude of the code.
    logs: &'static [i32],
    /// Multiplier of the quantiser's scale, W(I).
    scales: &'static [i32],
    /// Rate of change, F(I).
    rates: &'static [i32],
}

const BITS_2: Tables = Tables { logs: &[116, 365], scales: &[-704, 14_048], rates: &[0, 0xe00] };
const BITS_3: Tables = Tables {
    logs: &[-2048, 135, 273, 373],
    scales: &[-128, 960, 4384, 18_624],
    rates: &[0, 0x200, 0x400, 0xe00],
};
const BITS_4: Tables = Tables {
    logs: &[-2048, 4, 135, 213, 273, 323, 373, 425],
    scales: &[-384, 576, 1312, 2048, 3584, 6336, 11_360, 35_904],
    rates: &[0, 0, 0, 0x200, 0x200, 0x200, 0x600, 0xe00],
};
const BITS_5: Tables = Tables {
    logs: &[-2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566],
    scales: &[
        448, 448, 768, 1248, 1280, 1312, 1856, 3200, 4512, 5728, 7008, 8960, 11_456, 14_080,
        16_928, 22_272,
    ],
    rates: &[
        0, 0, 0, 0, 0, 0x200, 0x200, 0x200, 0x200, 0x200, 0x400, 0x600, 0x800, 0xa00, 0xc00, 0xc00,
    ],
};

/// The decoder of one stream.
pub(super) struct G726 {
    bits: u8,
    /// Whether the first code is in the highest bits of a byte, as ATM (AAL2) and
    /// WAV files pack them, and not in the lowest, as RTP does.
    high_first: bool,
    tables: &'static Tables,
    predictor: Predictor,
    scale: Scale,
}

impl G726 {
    /// A decoder of codes of `bits` bits, 2 to 5.
    pub(super) fn new(bits: u8, high_first: bool) -> Self {
        let tables = match bits {
            2 => &BITS_2,
            3 => &BITS_3,
            4 => &BITS_4,
            _ => &BITS_5,
        };
        Self { bits, high_first, tables, predictor: Predictor::default(), scale: Scale::default() }
    }

    /// Appends the samples of `bytes`, a whole number of groups of eight codes.
    pub(super) fn decode(&mut self, bytes: &[u8], out: &mut Vec<f32>) {
        let width = u32::from(self.bits);
        for group in bytes.chunks_exact(usize::from(self.bits)) {
            let mut packed = if self.high_first {
                group.iter().fold(0_u64, |all, &byte| all << 8 | u64::from(byte))
            } else {
                group.iter().rev().fold(0_u64, |all, &byte| all << 8 | u64::from(byte))
            };
            if self.high_first {
                packed <<= 64 - 8 * width;
            }
            for _ in 0..8 {
                let code = if self.high_first {
                    let code = packed >> (64 - width);
                    packed <<= width;
                    code
                } else {
                    let code = packed & ((1 << width) - 1);
                    packed >>= width;
                    code
                };
                out.push(from_i16(self.sample(code as usize)));
            }
        }
    }

    /// The sample of one code.
    fn sample(&mut self, code: usize) -> i16 {
        let sign = 1_usize << (self.bits - 1);
        let negative = code & sign != 0;
        let row = if negative { 2 * sign - 1 - code } else { code };
        let (zeros, poles) = self.predictor.estimate();
        let (partial, estimate) = (zeros >> 1, (zeros + poles) >> 1);
        let step = self.scale.step();
        let magnitude = difference(self.tables.logs[row], step);
        let difference = if negative { -magnitude } else { magnitude };
        let signal = (estimate + difference).clamp(-32_768, 32_767);
        let change = Change { negative, magnitude, partial: signal - estimate + partial, signal };
        let jumped = self.scale.jumped(magnitude, self.predictor.tone);
        self.scale.widen(step, self.tables.scales[row]);
        let leak = if self.bits == 5 { 9 } else { 8 };
        self.predictor.learn(&change, jumped, leak);
        self.scale.pace(step, self.tables.rates[row], jumped, self.predictor.tone);
        (signal << 2).clamp(-32_768, 32_767) as i16
    }
}

/// RECONST and ANTILOG: the size of the difference a logarithm stands for.
fn difference(log: i32, step: i32) -> i32 {
    let log = log + (step >> 2);
    if log < 0 {
        return 0;
    }
    let (exponent, mantissa) = ((log >> 7) & 15, 128 + (log & 127));
    (mantissa << 7) >> (14 - exponent).max(0)
}

/// What one code changed.
struct Change {
    negative: bool,
    magnitude: i32,
    /// The difference together with the zeros' part of the estimate (DQSEZ).
    partial: i32,
    signal: i32,
}

/// The quantiser's scale and how fast it moves.
struct Scale {
    /// Locked (slow) scale, YL.
    slow: i32,
    /// Unlocked (fast) scale, YU.
    fast: i32,
    /// Short and long means of F(I).
    short: i32,
    long: i32,
    /// Share of the fast scale, AP.
    speed: i32,
}

impl Default for Scale {
    fn default() -> Self {
        Self { slow: 34_816, fast: 544, short: 0, long: 0, speed: 0 }
    }
}

impl Scale {
    /// MIX: the scale in force.
    fn step(&self) -> i32 {
        if self.speed >= 256 {
            return self.fast;
        }
        let (slow, share) = (self.slow >> 6, self.speed >> 2);
        let apart = self.fast - slow;
        let rounding = if apart < 0 { 0x3f } else { 0 };
        slow + ((apart * share + rounding) >> 6)
    }

    /// TRANS: whether a difference of `magnitude` while a `tone` sounds means that
    /// the signal has changed its kind.
    fn jumped(&self, magnitude: i32, tone: bool) -> bool {
        let (whole, fraction) = (self.slow >> 15, (self.slow >> 10) & 0x1f);
        let threshold = if whole > 9 { 31 << 10 } else { (32 + fraction) << whole };
        tone && magnitude > (threshold + (threshold >> 1)) >> 1
    }

    /// FILTD, LIMB and FILTE.
    fn widen(&mut self, step: i32, scale: i32) {
        self.fast = (step + ((scale - step) >> 5)).clamp(544, 5120);
        self.slow += self.fast + ((-self.slow) >> 6);
    }

    /// FILTA to FILTC.
    fn pace(&mut self, step: i32, rate: i32, jumped: bool, tone: bool) {
        self.short += (rate - self.short) >> 5;
        self.long += ((rate << 2) - self.long) >> 7;
        let uneven = ((self.short << 2) - self.long).abs() >= self.long >> 3;
        self.speed = if jumped {
            256
        } else if step < 1536 || tone || uneven {
            self.speed + ((0x200 - self.speed) >> 4)
        } else {
            self.speed + ((-self.speed) >> 4)
        };
    }
}

/// The adaptive predictor: two poles and six zeros.
struct Predictor {
    poles: [i32; 2],
    zeros: [i32; 6],
    /// Signs of the last two partial signals.
    signs: [bool; 2],
    differences: [Float; 6],
    signals: [Float; 2],
    /// Whether the poles are those of a tone, TD.
    tone: bool,
}

impl Default for Predictor {
    fn default() -> Self {
        Self {
            poles: [0; 2],
            zeros: [0; 6],
            signs: [false; 2],
            differences: [Float::of(0, false); 6],
            signals: [Float::of(0, false); 2],
            tone: false,
        }
    }
}

impl Predictor {
    /// FMULT and ACCUM: the estimate's parts by zeros and by poles, doubled.
    fn estimate(&self) -> (i32, i32) {
        let sum = |coefficients: &[i32], values: &[Float]| {
            coefficients.iter().zip(values).map(|(a, value)| value.times(a >> 2)).sum()
        };
        (sum(&self.zeros, &self.differences), sum(&self.poles, &self.signals))
    }

    fn learn(&mut self, change: &Change, jumped: bool, leak: u32) {
        let negative = change.partial < 0;
        if jumped {
            (self.poles, self.zeros) = ([0; 2], [0; 6]);
        } else {
            self.learn_poles(change.partial != 0, negative);
            self.learn_zeros(change, leak);
        }
        self.differences.copy_within(..5, 1);
        self.differences[0] = Float::of(change.magnitude, change.negative);
        self.signals[1] = self.signals[0];
        self.signals[0] = Float::of(change.signal.abs().min(32_767), change.signal < 0);
        self.signs = [negative, self.signs[0]];
        self.tone = !jumped && self.poles[1] < -11_776;
    }

    /// UPA2, LIMC, UPA1 and LIMD.
    fn learn_poles(&mut self, moved: bool, negative: bool) {
        let differs = negative != self.signs[0];
        let mut second = self.poles[1] - (self.poles[1] >> 7);
        if moved {
            let first = if differs { self.poles[0] } else { -self.poles[0] };
            second += match first {
                ..-8191 => -0x100,
                8192.. => 0xff,
                between => between >> 5,
            };
            second += if negative == self.signs[1] { 0x80 } else { -0x80 };
            second = second.clamp(-12_288, 12_288);
        }
        self.poles[1] = second;
        self.poles[0] -= self.poles[0] >> 8;
        if moved {
            self.poles[0] += if differs { -192 } else { 192 };
        }
        let limit = 15_360 - second;
        self.poles[0] = self.poles[0].clamp(-limit, limit);
    }

    /// UPB.
    fn learn_zeros(&mut self, change: &Change, leak: u32) {
        for (zero, past) in self.zeros.iter_mut().zip(&self.differences) {
            *zero -= *zero >> leak;
            if change.magnitude != 0 {
                *zero += if change.negative == past.negative { 128 } else { -128 };
            }
        }
    }
}

/// A number of six bits of mantissa and four of exponent, as the recommendation's
/// multiplier takes them.
#[derive(Clone, Copy)]
struct Float {
    exponent: i32,
    mantissa: i32,
    negative: bool,
}

impl Float {
    /// FLOATA and FLOATB.
    fn of(magnitude: i32, negative: bool) -> Self {
        let exponent = exponent(magnitude);
        let mantissa = if magnitude == 0 { 32 } else { (magnitude << 6) >> exponent };
        Self { exponent, mantissa, negative }
    }

    /// FMULT: this number times the coefficient `by`.
    fn times(self, by: i32) -> i32 {
        let magnitude = if by > 0 { by } else { -by & 0x1fff };
        let exponent = exponent(magnitude) - 6;
        let mantissa = match (magnitude, exponent) {
            (0, _) => 32,
            (_, 0..) => magnitude >> exponent,
            _ => magnitude << -exponent,
        };
        let shift = exponent + self.exponent - 13;
        let product = (mantissa * self.mantissa + 0x30) >> 4;
        let product = if shift >= 0 { (product << shift) & 0x7fff } else { product >> -shift };
        if (by < 0) == self.negative { product } else { -product }
    }
}

/// Bits `magnitude` takes, at most [`EXPONENTS`].
fn exponent(magnitude: i32) -> i32 {
    (32 - magnitude.max(0).leading_zeros().cast_signed()).min(EXPONENTS)
}
