//! Decodes payloads to samples.

use crate::{Codec, TelephonyError};
use audio_codec::g722::G722Decoder;
use audio_codec::{pcma::PcmaDecoder, pcmu::PcmuDecoder};

/// Room for a second of Opus; a packet holds at most 120 ms.
#[cfg(feature = "opus")]
const OPUS_MAX: usize = 16_000 * 120 / 1000;

/// A decoder of one stream.
pub struct Decoder {
    codec: Codec,
    inner: Inner,
    pcm: Vec<i16>,
}

enum Inner {
    Table(Box<dyn audio_codec::Decoder>),
    L16 {
        channels: usize,
    },
    #[cfg(feature = "opus")]
    Opus(opus::Decoder),
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl Decoder {
    /// A decoder for `codec`.
    ///
    /// # Errors
    /// [`TelephonyError::Unsupported`] if this build does not include it.
    pub fn new(codec: Codec) -> Result<Self, TelephonyError> {
        let inner = match codec {
            Codec::Pcmu => Inner::Table(Box::new(PcmuDecoder::new())),
            Codec::Pcma => Inner::Table(Box::new(PcmaDecoder::new())),
            Codec::G722 => Inner::Table(Box::new(G722Decoder::new())),
            Codec::L16 { channels, .. } => Inner::L16 { channels: usize::from(channels.max(1)) },
            Codec::Opus => opus_decoder()?,
        };
        Ok(Self { codec, inner, pcm: Vec::new() })
    }

    /// The codec.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the samples of one payload, mono, −1..1, at
    /// [`Codec::sample_rate`].
    ///
    /// # Errors
    /// [`TelephonyError::Malformed`] if the payload is damaged.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<f32>) -> Result<(), TelephonyError> {
        let samples = match &mut self.inner {
            Inner::Table(decoder) => {
                self.pcm.resize(decoder.max_decode_samples(payload.len()), 0);
                decoder
                    .decode_into(payload, &mut self.pcm)
                    .map_err(|error| TelephonyError::malformed("payload", error.to_string()))?
            }
            Inner::L16 { channels } => {
                l16(payload, *channels, out);
                return Ok(());
            }
            #[cfg(feature = "opus")]
            Inner::Opus(decoder) => {
                self.pcm.resize(OPUS_MAX, 0);
                decoder
                    .decode(payload, &mut self.pcm, false)
                    .map_err(|error| TelephonyError::malformed("opus", error.to_string()))?
            }
        };
        out.extend(self.pcm[..samples].iter().map(|&sample| float(sample)));
        Ok(())
    }

    /// Conceals a lost packet: appends `samples` samples. False if the codec has no
    /// concealment.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) -> bool {
        match &mut self.inner {
            #[cfg(feature = "opus")]
            Inner::Opus(decoder) => {
                // libopus conceals in steps of 2.5 ms.
                let step = 16_000 / 400;
                self.pcm.resize((samples.div_ceil(step) * step).min(OPUS_MAX), 0);
                let Ok(made) = decoder.decode(&[], &mut self.pcm, false) else { return false };
                let made = made.min(samples);
                out.extend(self.pcm[..made].iter().map(|&sample| float(sample)));
                out.resize(out.len() + samples - made, 0.0);
                true
            }
            _ => {
                let _ = (samples, out);
                false
            }
        }
    }
}

#[cfg(feature = "opus")]
fn opus_decoder() -> Result<Inner, TelephonyError> {
    opus::Decoder::new(16_000, opus::Channels::Mono)
        .map(Inner::Opus)
        .map_err(|error| TelephonyError::malformed("opus", error.to_string()))
}

#[cfg(not(feature = "opus"))]
fn opus_decoder() -> Result<Inner, TelephonyError> {
    Err(TelephonyError::Unsupported {
        what: "opus in this build".to_owned(),
        instead: "PCMU, PCMA, G722 or L16",
    })
}

fn float(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// Big-endian samples, channels mixed to mono.
fn l16(payload: &[u8], channels: usize, out: &mut Vec<f32>) {
    out.extend(payload.chunks_exact(2 * channels).map(|frame| {
        let sum: f32 =
            frame.chunks_exact(2).map(|pair| float(i16::from_be_bytes([pair[0], pair[1]]))).sum();
        sum / channels as f32
    }));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn decode(codec: Codec, payload: &[u8]) -> Vec<f32> {
        let mut out = Vec::new();
        Decoder::new(codec).unwrap().decode(payload, &mut out).unwrap();
        out
    }

    /// ITU-T G.711, tables 1a and 2a: the ends of the scale and the two zeros.
    #[test]
    fn g711_gives_the_values_of_the_standard() {
        let mulaw: Vec<f32> = decode(Codec::Pcmu, &[0xff, 0x7f, 0x80, 0x00, 0xf0]);
        let wanted = [0.0, 0.0, 32_124.0, -32_124.0, 120.0].map(|x: f32| x / 32_768.0);
        assert_eq!(mulaw, wanted);
        let alaw: Vec<f32> = decode(Codec::Pcma, &[0xd5, 0x55, 0xaa, 0x2a]);
        let wanted = [8.0, -8.0, 32_256.0, -32_256.0].map(|x: f32| x / 32_768.0);
        assert_eq!(alaw, wanted);
    }

    #[test]
    fn l16_is_big_endian_and_stereo_is_mixed() {
        let mono = Codec::L16 { rate: 8_000, channels: 1 };
        assert_eq!(decode(mono, &[0x40, 0x00, 0xc0, 0x00, 0x01]), [0.5, -0.5]);
        let stereo = Codec::L16 { rate: 8_000, channels: 2 };
        assert_eq!(decode(stereo, &[0x40, 0x00, 0x00, 0x00]), [0.25]);
    }

    #[test]
    fn g722_gives_two_samples_a_byte() {
        assert_eq!(decode(Codec::G722, &[0x55; 160]).len(), 320);
    }

    #[cfg(feature = "opus")]
    #[test]
    fn opus_is_decoded_at_16_khz_and_concealed() {
        let mut encoder =
            opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
        let mut decoder = Decoder::new(Codec::Opus).unwrap();
        let mut out = Vec::new();
        for block in 0..10 {
            let tone: Vec<f32> = (0..960)
                .map(|i| {
                    ((block * 960 + i) as f32 * 440.0 / 48_000.0 * std::f32::consts::TAU).sin()
                        * 0.5
                })
                .collect();
            let packet = encoder.encode_vec_float(&tone, 1500).unwrap();
            decoder.decode(&packet, &mut out).unwrap();
        }
        assert_eq!(out.len(), 3200);
        let power = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32;
        assert!((power(&out[1600..]) - 0.125).abs() < 0.03, "{}", power(&out[1600..]));
        let mut made_up = Vec::new();
        assert!(decoder.conceal(320, &mut made_up));
        assert_eq!(made_up.len(), 320);
        assert!(power(&made_up) > 0.01, "the tone goes on");
        assert!(decoder.decode(&[0xff; 3], &mut out).is_err());
    }
}
