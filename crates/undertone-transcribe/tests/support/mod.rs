//! A Whisper small enough to write in a test: random weights, true structure.

use std::io::Write;
use std::path::Path;
use std::time::Instant;
use undertone_signal::{Lane, LaneKey, RunId, Segment, Span, StreamTime};

pub(crate) const VOCABULARY: u32 = 51_864;
const WIDTH: u32 = 32;
const AUDIO_CONTEXT: u32 = 1500;
const TEXT_CONTEXT: u32 = 64;
const MELS: u32 = 80;
const BINS: u32 = 201;

/// Numbers that look random and are the same every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32 / (1_u64 << 23) as f32) - 1.0
    }
}

/// The upper bits of `value` as a 16-bit float; what is tiny becomes zero.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = ((bits >> 23) & 0xff).cast_signed() - 127 + 15;
    let sign = ((bits >> 16) & 0x8000) as u16;
    if exponent <= 0 {
        sign
    } else {
        sign | ((exponent as u16) << 10) | ((bits >> 13) & 0x3ff) as u16
    }
}

struct Writer {
    bytes: Vec<u8>,
    noise: Noise,
}

impl Writer {
    fn number(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// Matrices in 16 bits, the rest in 32.
    fn tensor(&mut self, name: &str, dims: &[u32], scale: f32, offset: f32) {
        let single = dims.len() == 1 || dims[0] == 1 || name.contains("positional");
        self.number(dims.len() as u32);
        self.number(name.len() as u32);
        self.number(u32::from(!single));
        for dim in dims {
            self.number(*dim);
        }
        self.bytes.extend(name.as_bytes());
        for _ in 0..dims.iter().product::<u32>() {
            let value = offset + scale * self.noise.next();
            if single {
                self.bytes.extend(value.to_le_bytes());
            } else {
                self.bytes.extend(half(value).to_le_bytes());
            }
        }
    }

    fn norm(&mut self, name: &str) {
        self.tensor(&format!("{name}.weight"), &[WIDTH], 0.0, 1.0);
        self.tensor(&format!("{name}.bias"), &[WIDTH], 0.0, 0.0);
    }

    fn linear(&mut self, name: &str, from: u32, to: u32) {
        self.tensor(&format!("{name}.weight"), &[from, to], 0.2, 0.0);
        self.tensor(&format!("{name}.bias"), &[to], 0.1, 0.0);
    }

    fn attention(&mut self, name: &str) {
        self.norm(&format!("{name}_ln"));
        for part in ["query", "value", "out"] {
            self.linear(&format!("{name}.{part}"), WIDTH, WIDTH);
        }
        self.tensor(&format!("{name}.key.weight"), &[WIDTH, WIDTH], 0.2, 0.0);
    }

    fn block(&mut self, name: &str, crossed: bool) {
        self.attention(&format!("{name}.attn"));
        if crossed {
            self.attention(&format!("{name}.cross_attn"));
        }
        self.norm(&format!("{name}.mlp_ln"));
        self.linear(&format!("{name}.mlp.0"), WIDTH, 4 * WIDTH);
        self.linear(&format!("{name}.mlp.2"), 4 * WIDTH, WIDTH);
    }

    fn header(&mut self) {
        let heads = 2;
        for value in [
            0x6767_6d6c,
            VOCABULARY,
            AUDIO_CONTEXT,
            WIDTH,
            heads,
            1,
            TEXT_CONTEXT,
            WIDTH,
            heads,
            1,
            MELS,
            1,
            MELS,
            BINS,
        ] {
            self.number(value);
        }
        for _ in 0..MELS * BINS {
            let weight = self.noise.next().abs() * 0.01;
            self.bytes.extend(weight.to_le_bytes());
        }
        let tokens: Vec<String> =
            (0..50_257).map(|i| if i == 220 { " ".into() } else { format!(" word{i}") }).collect();
        self.number(tokens.len() as u32);
        for token in &tokens {
            self.number(token.len() as u32);
            self.bytes.extend(token.as_bytes());
        }
    }
}

/// The bytes of a tiny English-only Whisper with random weights.
pub(crate) fn tiny_model() -> Vec<u8> {
    let mut out = Writer { bytes: Vec::new(), noise: Noise(7) };
    out.header();
    out.tensor("encoder.positional_embedding", &[WIDTH, AUDIO_CONTEXT], 0.5, 0.0);
    out.tensor("encoder.conv1.weight", &[3, MELS, WIDTH], 0.1, 0.0);
    out.tensor("encoder.conv1.bias", &[1, WIDTH], 0.1, 0.0);
    out.tensor("encoder.conv2.weight", &[3, WIDTH, WIDTH], 0.1, 0.0);
    out.tensor("encoder.conv2.bias", &[1, WIDTH], 0.1, 0.0);
    out.block("encoder.blocks.0", false);
    out.norm("encoder.ln_post");
    out.tensor("decoder.positional_embedding", &[WIDTH, TEXT_CONTEXT], 0.5, 0.0);
    out.tensor("decoder.token_embedding.weight", &[WIDTH, VOCABULARY], 0.5, 0.0);
    out.block("decoder.blocks.0", true);
    out.norm("decoder.ln");
    out.bytes
}

/// Writes `bytes` to `path`.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).unwrap().write_all(bytes).unwrap();
}

/// A segment of `seconds` of a hoarse tone.
pub(crate) fn segment(seconds: f64, is_final: bool) -> Segment {
    let count = (seconds * 16_000.0) as usize;
    let mut noise = Noise(3);
    let tone = |i: usize| (i as f32 * 0.07).sin() * (i as f32 * 0.0011).sin() * 0.4;
    let samples: Vec<f32> = (0..count).map(|i| tone(i) + 0.05 * noise.next()).collect();
    Segment {
        key: LaneKey::new(RunId::from_u128(1), Lane::Customer),
        index: 0,
        span: Span::new(StreamTime::ZERO, StreamTime::from_samples(count as u64)),
        captured_at: Instant::now(),
        samples,
        is_final,
    }
}
