//! Asterisk's `AudioSocket`: a kind (u8), a length (u16, big-endian) and a payload,
//! over TCP. <https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/>

use crate::{CallStart, Counters, LaneAudio, TelephonyError, WireEvent};
use std::time::Instant;
use undertone_signal::Lane;

const PROTOCOL: &str = "AudioSocket";
const HEADER: usize = 3;

/// One connection: one call, one lane, the customer's.
#[derive(Debug, Default)]
pub struct AudioSocket {
    buffer: Vec<u8>,
    named: bool,
    ended: bool,
    counters: Counters,
}

/// Samples a second of the audio kinds 0x10 to 0x18.
const RATES: [u32; 9] = [8_000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000];

impl AudioSocket {
    /// A new connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the bytes that arrived at `now`, split anywhere, and appends the events in
    /// them.
    ///
    /// # Errors
    /// [`TelephonyError`] if the peer does not speak `AudioSocket`.
    pub fn push(
        &mut self,
        bytes: &[u8],
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        self.buffer.extend_from_slice(bytes);
        let buffer = std::mem::take(&mut self.buffer);
        let mut rest = buffer.as_slice();
        while let Some((kind, payload, after)) = split(rest) {
            self.message(kind, payload, now, out)?;
            rest = after;
        }
        self.buffer.extend_from_slice(rest);
        Ok(())
    }

    /// Counts of its audio messages so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    fn message(
        &mut self,
        kind: u8,
        payload: &[u8],
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        if self.ended {
            return Ok(());
        }
        match (kind, payload) {
            (0x01, payload) => return self.uuid(payload, out),
            _ if !self.named => {
                return Err(TelephonyError::OutOfOrder {
                    protocol: PROTOCOL,
                    what: "a message",
                    missing: "the UUID",
                });
            }
            (0x00, _) => self.end(None, out),
            // A silence indication of early versions; it carries no length.
            (0x02, _) => {}
            (0x03, [digit]) if is_key(*digit) => {
                out.push(WireEvent::Dtmf { lane: Some(Lane::Customer), digit: char::from(*digit) });
            }
            (0x10..=0x18, payload) => {
                self.audio(RATES[usize::from(kind - 0x10)], payload, now, out);
            }
            (0xff, payload) => {
                let cause = match payload {
                    [0x01] => "Asterisk: the caller hung up".to_owned(),
                    [0x02] => "Asterisk: a frame could not be forwarded".to_owned(),
                    [0x04] => "Asterisk: out of memory".to_owned(),
                    other => format!("Asterisk: error {other:02x?}"),
                };
                self.end(Some(cause), out);
            }
            (kind, payload) => {
                self.counters.unusable += 1;
                let size = payload.len();
                out.push(WireEvent::Problem(format!(
                    "{PROTOCOL}: message of kind {kind:#04x} with {size} bytes ignored"
                )));
            }
        }
        Ok(())
    }

    fn uuid(&mut self, payload: &[u8], out: &mut Vec<WireEvent>) -> Result<(), TelephonyError> {
        let bytes: [u8; 16] = payload.try_into().map_err(|_| {
            TelephonyError::malformed(PROTOCOL, format!("UUID of {} bytes", payload.len()))
        })?;
        if self.named {
            return Err(TelephonyError::malformed(PROTOCOL, "a second UUID"));
        }
        self.named = true;
        let call = Some(hyphenated(u128::from_be_bytes(bytes)));
        out.push(WireEvent::Started(CallStart { call, lanes: vec![Lane::Customer], token: None }));
        Ok(())
    }

    fn audio(&mut self, rate: u32, payload: &[u8], now: Instant, out: &mut Vec<WireEvent>) {
        self.counters.packets += 1;
        let samples: Vec<f32> = payload
            .chunks_exact(2)
            .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
            .collect();
        if !payload.len().is_multiple_of(2) {
            self.counters.unusable += 1;
        }
        let audio = LaneAudio { lane: Lane::Customer, rate, samples, received_at: now };
        out.push(WireEvent::Audio(audio));
    }

    fn end(&mut self, cause: Option<String>, out: &mut Vec<WireEvent>) {
        self.ended = true;
        out.push(WireEvent::Ended { cause });
    }
}

/// The first complete message: its kind, its payload, and the remaining bytes.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[1], header[2]]));
    let (payload, rest) = rest.split_at_checked(length)?;
    Some((header[0], payload, rest))
}

pub(crate) const fn is_key(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D' | b'a'..=b'd')
}

fn hyphenated(uuid: u128) -> String {
    let hex = format!("{uuid:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// By hand, from the protocol's page: UUID, two samples at 8 kHz, key 5, one
    /// sample at 48 kHz, hang-up.
    const GOLDEN: &[u8] = &[
        0x01, 0x00, 0x10, 0x40, 0x32, 0x5e, 0xc2, 0x5e, 0xfd, 0x4b, 0xd3, 0x80, 0x5f, 0x53, 0x57,
        0x6e, 0x58, 0x1d, 0x13, // 40325ec2-5efd-4bd3-805f-53576e581d13
        0x10, 0x00, 0x04, 0x00, 0x40, 0x00, 0xc0, //
        0x03, 0x00, 0x01, 0x35, //
        0x16, 0x00, 0x02, 0x00, 0x20, //
        0x00, 0x00, 0x00,
    ];

    fn golden_events(now: Instant) -> Vec<WireEvent> {
        let audio = |rate, samples| {
            WireEvent::Audio(LaneAudio { lane: Lane::Customer, rate, samples, received_at: now })
        };
        vec![
            WireEvent::Started(CallStart {
                call: Some("40325ec2-5efd-4bd3-805f-53576e581d13".to_owned()),
                lanes: vec![Lane::Customer],
                token: None,
            }),
            audio(8_000, vec![0.5, -0.5]),
            WireEvent::Dtmf { lane: Some(Lane::Customer), digit: '5' },
            audio(48_000, vec![0.25]),
            WireEvent::Ended { cause: None },
        ]
    }

    #[test]
    fn the_documented_bytes_are_read_wherever_they_are_cut() {
        let now = Instant::now();
        for cut in 0..GOLDEN.len() {
            let (mut socket, mut out) = (AudioSocket::new(), Vec::new());
            socket.push(&GOLDEN[..cut], now, &mut out).unwrap();
            socket.push(&GOLDEN[cut..], now, &mut out).unwrap();
            assert_eq!(out, golden_events(now), "cut at {cut}");
        }
    }

    #[test]
    fn audio_before_the_uuid_and_a_short_uuid_are_refused() {
        let now = Instant::now();
        let refused = |bytes: &[u8]| AudioSocket::new().push(bytes, now, &mut Vec::new()).is_err();
        assert!(refused(&[0x10, 0x00, 0x02, 0x00, 0x40]));
        assert!(refused(&[0x01, 0x00, 0x03, 1, 2, 3]));
    }

    #[test]
    fn an_error_says_what_asterisk_says_of_it() {
        let (mut socket, mut out) = (AudioSocket::new(), Vec::new());
        socket.push(&GOLDEN[..19], Instant::now(), &mut out).unwrap();
        socket.push(&[0xff, 0, 1, 2], Instant::now(), &mut out).unwrap();
        let cause = Some("Asterisk: a frame could not be forwarded".to_owned());
        assert_eq!(out[1], WireEvent::Ended { cause });
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_cuts_do_not_matter(
            tail in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 0usize..320,
        ) {
            let now = Instant::now();
            let bytes = [&GOLDEN[..19], &tail].concat();
            let cut = cut.min(bytes.len());
            let (mut whole, mut pieces) = (Vec::new(), Vec::new());
            let _ = AudioSocket::new().push(&bytes, now, &mut whole);
            let mut socket = AudioSocket::new();
            if socket.push(&bytes[..cut], now, &mut pieces).is_ok() {
                let _ = socket.push(&bytes[cut..], now, &mut pieces);
            }
            prop_assert_eq!(whole, pieces);
        }
    }
}
