//! Reports of unlisted payload types.

use crate::WireEvent;
use std::collections::BTreeMap;

/// Packets of one payload type between two reports: ten seconds at 20 ms each.
const QUIET: u64 = 500;

/// Reports unlisted payload types, at once and then at a limited rate.
#[derive(Debug, Default)]
pub(super) struct Unlisted(BTreeMap<u8, u64>);

impl Unlisted {
    /// Counts a packet of `payload_type`.
    pub(super) fn note(&mut self, payload_type: u8, out: &mut Vec<WireEvent>) {
        let count = self.0.entry(payload_type).or_default();
        if (*count).is_multiple_of(QUIET) {
            out.push(WireEvent::Problem(report(payload_type, *count + 1)));
        }
        *count += 1;
    }
}

fn report(payload_type: u8, packets: u64) -> String {
    let name = usual_name(payload_type).map(|name| format!(" ({name})")).unwrap_or_default();
    format!(
        "RTP payload type {payload_type}{name} is not listed and is ignored ({packets} packets); \
         send PCMU, PCMA, G722, L16 or opus, or list it under payload_types"
    )
}

/// Names of unsupported static payload types (RFC 3551).
const fn usual_name(payload_type: u8) -> Option<&'static str> {
    Some(match payload_type {
        2 => "G.726",
        3 => "GSM",
        4 => "G.723.1",
        5 | 6 | 16 | 17 => "DVI4",
        7 => "LPC",
        12 => "QCELP",
        15 => "G.728",
        18 => "G.729",
        26 | 31..=34 => "video",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_reported_at_once_and_then_seldom() {
        let (mut unlisted, mut out) = (Unlisted::default(), Vec::new());
        for _ in 0..QUIET {
            unlisted.note(18, &mut out);
        }
        unlisted.note(96, &mut out);
        assert_eq!(out.len(), 2, "{out:?}");
        assert!(matches!(&out[0], WireEvent::Problem(text) if text.contains("18 (G.729)")));
        unlisted.note(18, &mut out);
        assert!(matches!(&out[2], WireEvent::Problem(text) if text.contains("501 packets")));
    }
}
