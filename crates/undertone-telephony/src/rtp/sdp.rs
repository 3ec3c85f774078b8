//! The part of SDP (RFC 8866) that defines payload types.

use super::Formats;
use crate::TelephonyError;

/// One `m=audio` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdpMedia {
    /// The destination port.
    pub port: u16,
    /// Its payload types.
    pub formats: Formats,
}

/// The audio sections of a session description, in order.
///
/// # Errors
/// [`TelephonyError::Malformed`] if there is none or one cannot be read,
/// [`TelephonyError::Unsupported`] for encrypted media.
pub fn parse_sdp(text: &str) -> Result<Vec<SdpMedia>, TelephonyError> {
    let mut sections: Vec<SdpMedia> = Vec::new();
    let mut in_audio = false;
    for line in text.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            in_audio = media.starts_with("audio ");
            if in_audio {
                sections.push(audio(media)?);
            }
        } else if let Some(map) = line.strip_prefix("a=rtpmap:").filter(|_| in_audio) {
            let mapped = map.split_once(' ').and_then(|(number, name)| {
                let formats = &mut sections.last_mut()?.formats;
                Some(formats.map(number.parse().ok()?, name.trim()))
            });
            if mapped != Some(true) {
                return Err(TelephonyError::malformed("SDP", format!("cannot read {line:?}")));
            }
        }
    }
    if sections.is_empty() {
        return Err(TelephonyError::malformed("SDP", "no m=audio section"));
    }
    Ok(sections)
}

/// `audio 49170 RTP/AVP 0 8 111`.
fn audio(media: &str) -> Result<SdpMedia, TelephonyError> {
    let mut words = media.split_whitespace().skip(1);
    let port = words.next().and_then(|port| port.split('/').next()?.parse().ok());
    let port = port.ok_or_else(|| {
        TelephonyError::malformed("SDP", format!("no port in {:?}", format!("m={media}")))
    })?;
    match words.next() {
        Some("RTP/AVP" | "RTP/AVPF") => Ok(SdpMedia { port, formats: Formats::default() }),
        other => Err(TelephonyError::Unsupported {
            what: format!("SDP transport {:?}", other.unwrap_or_default()),
            instead: "RTP/AVP",
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Codec;
    use crate::rtp::Format;

    #[test]
    fn dynamic_types_are_read_from_their_own_section() {
        let sections = parse_sdp(
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio 5004 RTP/AVP 111 101 0\r\na=rtpmap:111 opus/48000/2\r\n\
             a=fmtp:111 useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\n\
             m=video 5006 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n\
             m=audio 5008 RTP/AVP 97\r\na=rtpmap:97 L16/16000\r\na=sendonly\r\n",
        )
        .unwrap();
        assert_eq!(sections.iter().map(|section| section.port).collect::<Vec<_>>(), [5004, 5008]);
        let formats = &sections[0].formats;
        assert_eq!(formats.get(111), Some(Format::Voice(Codec::Opus)));
        assert_eq!(formats.get(101), Some(Format::TelephoneEvent));
        assert_eq!(formats.get(0), Some(Format::Voice(Codec::Pcmu)));
        assert_eq!(formats.get(96), None);
        let l16 = Codec::L16 { rate: 16_000, channels: 1 };
        assert_eq!(sections[1].formats.get(97), Some(Format::Voice(l16)));
    }

    #[test]
    fn what_cannot_be_heard_is_refused_with_its_reason() {
        let error = parse_sdp("m=audio 5004 RTP/SAVP 0\n").unwrap_err().to_string();
        assert_eq!(error, "SDP transport \"RTP/SAVP\" is not supported; use RTP/AVP");
        assert!(parse_sdp("v=0\n").is_err());
        assert!(parse_sdp("m=audio x RTP/AVP 0\n").is_err());
        assert!(parse_sdp("m=audio 1 RTP/AVP 0\na=rtpmap:300 PCMU/8000\n").is_err());
    }
}
