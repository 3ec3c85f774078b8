//! G.711 µ-law (ITU-T Recommendation G.711, 1988), sample by sample.

/// Added before the logarithm's segments begin, so that each is twice the last.
const BIAS: i32 = 0x84;
/// Largest magnitude that still fits the last segment.
const CLIP: i32 = 32_635;

/// 16-bit linear to 8-bit µ-law.
pub(super) fn encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    let segment = 24 - magnitude.leading_zeros().cast_signed();
    let step = (magnitude >> (segment + 3)) & 0x0F;
    !(sign | (segment << 4) | step) as u8
}

/// 8-bit µ-law to 16-bit linear.
pub(super) fn decode(code: u8) -> i16 {
    let code = i32::from(!code);
    let segment = (code >> 4) & 7;
    let magnitude = ((((code & 0x0F) << 3) + BIAS) << segment) - BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

/// A sample in −1..1 after encoding and decoding.
pub(super) fn companded(sample: f32) -> f32 {
    let linear = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
    f32::from(decode(encode(linear))) / 32_768.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // Table 2a of G.711: decision and output values, scaled by four to 16 bits.
        let table = [
            (0, 0xFF, 0),
            (-1, 0x7F, 0),
            (8, 0xFE, 8),
            (1_000, 0xCE, 988),
            (-1_000, 0x4E, -988),
            (32_767, 0x80, 32_124),
            (-32_768, 0x00, -32_124),
        ];
        for (linear, code, back) in table {
            assert_eq!(encode(linear), code, "{linear}");
            assert_eq!(decode(code), back, "{code:#x}");
        }
    }

    #[test]
    fn every_code_survives_the_round_trip() {
        for code in 0..=255 {
            // Negative zero is the one value with two codes.
            let expected = if code == 0x7F { 0xFF } else { code };
            assert_eq!(encode(decode(code)), expected);
        }
    }
}
