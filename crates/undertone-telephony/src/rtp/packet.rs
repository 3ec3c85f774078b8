//! The RTP header.

/// One RTP packet, its payload without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Marks the first packet of a talk spurt, with some senders.
    pub marker: bool,
    /// The payload type, an index into the call's formats.
    pub payload_type: u8,
    /// Sequence number; increments by one and wraps.
    pub sequence: u16,
    /// Position of the payload on the sender's clock.
    pub timestamp: u32,
    /// SSRC: identifies the sender.
    pub ssrc: u32,
    /// The payload.
    pub payload: &'a [u8],
}

const FIXED_HEADER: usize = 12;

impl<'a> Packet<'a> {
    /// Reads a datagram; `None` if it is not RTP version 2, is cut short, or is an
    /// RTCP packet on the same port (RFC 5761).
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = datagram.split_at_checked(FIXED_HEADER)?;
        if header[0] >> 6 != 2 || (192..=223).contains(&header[1]) {
            return None;
        }
        let contributors = usize::from(header[0] & 0x0f);
        rest = rest.get(4 * contributors..)?;
        if header[0] & 0x10 != 0 {
            let words = u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]);
            rest = rest.get(4 + 4 * usize::from(words)..)?;
        }
        if header[0] & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            let kept = rest.len().checked_sub(padding).filter(|_| padding > 0)?;
            rest = &rest[..kept];
        }
        Some(Self {
            marker: header[1] & 0x80 != 0,
            payload_type: header[1] & 0x7f,
            sequence: u16::from_be_bytes([header[2], header[3]]),
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            payload: rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand from RFC 3550, section 5.1: version 2, padding, extension, one
    /// contributing source, marker, type 0.
    #[test]
    fn every_part_of_the_header_is_understood() {
        let bytes = [
            0xb1, 0x80, 0x12, 0x34, 0x00, 0x00, 0x00, 0xa0, 0xde, 0xad, 0xbe, 0xef, // fixed
            0x00, 0x00, 0x00, 0x01, // CSRC
            0xbe, 0xde, 0x00, 0x01, 0x10, 0xff, 0x00, 0x00, // extension of one word
            0x7f, 0xff, // payload
            0x00, 0x02, // padding
        ];
        let packet = Packet {
            marker: true,
            payload_type: 0,
            sequence: 0x1234,
            timestamp: 160,
            ssrc: 0xdead_beef,
            payload: &[0x7f, 0xff],
        };
        assert_eq!(Packet::parse(&bytes), Some(packet));
    }

    #[test]
    fn what_is_not_rtp_is_not_taken_for_it() {
        assert_eq!(Packet::parse(&[0x80; 11]), None, "short");
        let mut rtcp = [0x80; 28];
        rtcp[1] = 200;
        assert_eq!(Packet::parse(&rtcp), None, "a sender report");
        assert_eq!(Packet::parse(&[0x16; 40]), None, "DTLS");
        let mut padded = [0; 14];
        (padded[0], padded[13]) = (0xa0, 3);
        assert_eq!(Packet::parse(&padded), None, "more padding than payload");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Packet::parse(&bytes);
        }
    }
}
