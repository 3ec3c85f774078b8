//! Splits raw interleaved bytes into blocks of samples by lane.

use crate::{Codec, Decoder, LaneAudio, TelephonyError, WireEvent};
use std::time::Instant;
use undertone_signal::Lane;

/// Encoding of samples in a binary message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleFormat {
    /// 16 bit, little-endian.
    S16Le,
    /// 32-bit float, little-endian.
    F32Le,
    /// A codec of one channel.
    Coded(Codec),
}

impl SampleFormat {
    const fn bytes(self) -> usize {
        match self {
            Self::S16Le => 2,
            Self::F32Le => 4,
            Self::Coded(_) => 1,
        }
    }
}

/// Interleaved bytes in, one [`LaneAudio`] a lane out. An incomplete frame is buffered
/// until the rest of it arrives.
#[derive(Debug)]
pub(crate) struct PcmReader {
    format: SampleFormat,
    rate: u32,
    lanes: Vec<Lane>,
    decoders: Vec<Decoder>,
    carry: Vec<u8>,
}

impl PcmReader {
    pub(crate) fn new(
        format: SampleFormat,
        rate: u32,
        lanes: Vec<Lane>,
    ) -> Result<Self, TelephonyError> {
        let decoders = match format {
            SampleFormat::Coded(codec) => {
                lanes.iter().map(|_| Decoder::new(codec)).collect::<Result<_, _>>()?
            }
            _ => Vec::new(),
        };
        Ok(Self { format, rate, lanes, decoders, carry: Vec::new() })
    }

    pub(crate) fn push(&mut self, bytes: &[u8], now: Instant, out: &mut Vec<WireEvent>) {
        let joined;
        let bytes = if self.carry.is_empty() {
            bytes
        } else {
            self.carry.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.carry);
            &joined
        };
        let frame = self.format.bytes() * self.lanes.len();
        let whole = bytes.len() / frame * frame;
        self.carry.extend_from_slice(&bytes[whole..]);
        if whole == 0 {
            return;
        }
        for (channel, &lane) in self.lanes.iter().enumerate() {
            let samples = match self.decoders.get_mut(channel) {
                Some(decoder) => decoded(decoder, &bytes[..whole], channel, self.lanes.len(), out),
                None => plain(self.format, &bytes[..whole], channel, frame),
            };
            let audio = LaneAudio { lane, rate: self.rate, samples, received_at: now };
            out.push(WireEvent::Audio(audio));
        }
    }
}

fn plain(format: SampleFormat, bytes: &[u8], channel: usize, frame: usize) -> Vec<f32> {
    let width = format.bytes();
    bytes
        .chunks_exact(frame)
        .map(|frame| match frame[channel * width..(channel + 1) * width] {
            [a, b] => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]).clamp(-1.0, 1.0),
            _ => 0.0,
        })
        .collect()
}

fn decoded(
    decoder: &mut Decoder,
    bytes: &[u8],
    channel: usize,
    channels: usize,
    out: &mut Vec<WireEvent>,
) -> Vec<f32> {
    let own: Vec<u8> = bytes.iter().skip(channel).step_by(channels).copied().collect();
    let mut samples = Vec::new();
    if let Err(error) = decoder.decode(&own, &mut samples) {
        out.push(WireEvent::Problem(error.to_string()));
    }
    samples
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn channels_are_taken_apart_wherever_the_bytes_are_cut() {
        let lanes = vec![Lane::Customer, Lane::Agent];
        let bytes: Vec<u8> = [0.5_f32, -0.5, 0.25, -0.25, 1.0, f32::NAN]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        for cut in 0..bytes.len() {
            let mut reader = PcmReader::new(SampleFormat::F32Le, 8_000, lanes.clone()).unwrap();
            let (mut out, now) = (Vec::new(), Instant::now());
            reader.push(&bytes[..cut], now, &mut out);
            reader.push(&bytes[cut..], now, &mut out);
            let of = |lane| -> Vec<f32> {
                out.iter()
                    .filter_map(|event| match event {
                        WireEvent::Audio(audio) if audio.lane == lane => {
                            Some(audio.samples.clone())
                        }
                        _ => None,
                    })
                    .flatten()
                    .collect()
            };
            assert_eq!(of(Lane::Customer), [0.5, 0.25, 1.0]);
            assert_eq!(of(Lane::Agent)[..2], [-0.5, -0.25]);
        }
    }
}
