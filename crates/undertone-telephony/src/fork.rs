//! A text message of metadata, then binary 16-bit little-endian audio: FreeSWITCH's
//! `mod_audio_fork` and `mod_audio_stream`, and Vonage's WebSocket endpoint.
//!
//! <https://github.com/drachtio/drachtio-freeswitch-modules/tree/main/modules/mod_audio_fork>,
//! <https://github.com/amigniter/mod_audio_stream>,
//! <https://developer.vonage.com/en/voice/voice-api/concepts/websockets>

use crate::audiosocket::is_key;
use crate::codec::RATES;
use crate::pcm::{PcmReader, SampleFormat};
use crate::{CallStart, Counters, Message, Sides, TelephonyError, WebSocketGateway, WireEvent};
use serde_json::Value;
use std::time::Instant;

/// Settings of the gateway that its messages do not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForkSettings {
    /// Sample rate, unless the metadata gives one (`content-type`).
    pub rate: u32,
    /// Channels, 1 or 2: of `mod_audio_fork`, `mono` and `mixed` have one and
    /// `stereo` has two, the caller's first.
    pub channels: u8,
    /// Which channel is the customer's.
    pub sides: Sides,
    /// Metadata always precedes audio (Vonage); otherwise audio may come first.
    pub metadata_first: bool,
}

/// One connection: one call.
#[derive(Debug)]
pub struct AudioFork {
    settings: ForkSettings,
    reader: Option<PcmReader>,
    counters: Counters,
}

const PROTOCOL: &str = "audio fork";

/// Fields of the metadata that may hold the id of the call, in order of preference.
const CALL_KEYS: [&str; 6] =
    ["call", "call_id", "callId", "call_uuid", "uuid", "conversation_uuid"];

impl AudioFork {
    /// A new connection.
    pub fn new(settings: ForkSettings) -> Self {
        Self { settings, reader: None, counters: Counters::default() }
    }

    /// The first message. Users choose its metadata, so unknown content is ignored.
    fn start(&mut self, metadata: &Value, out: &mut Vec<WireEvent>) -> Result<(), TelephonyError> {
        let rate = metadata["content-type"].as_str().map_or(Ok(self.settings.rate), rate_of)?;
        let text = |key: &str| metadata[key].as_str().map(str::to_owned);
        let lanes = self.settings.sides.lanes(usize::from(self.settings.channels));
        self.reader = Some(PcmReader::new(SampleFormat::S16Le, rate, lanes.clone())?);
        let call = CALL_KEYS.into_iter().find_map(text);
        out.push(WireEvent::Started(CallStart { call, lanes, token: text("token") }));
        Ok(())
    }

    fn text(&mut self, text: &str, out: &mut Vec<WireEvent>) -> Result<(), TelephonyError> {
        let said: Value = serde_json::from_str(text).unwrap_or_default();
        if self.reader.is_none() {
            return self.start(&said, out);
        }
        if said["event"] == "websocket:dtmf"
            && let Some([digit]) = said["digit"].as_str().map(str::as_bytes)
            && is_key(*digit)
        {
            out.push(WireEvent::Dtmf { lane: None, digit: char::from(*digit) });
        }
        Ok(())
    }
}

/// The rate in `audio/l16;rate=16000`.
fn rate_of(content_type: &str) -> Result<u32, TelephonyError> {
    let unsupported = || TelephonyError::Unsupported {
        what: format!("content-type {content_type:?}"),
        instead: "audio/l16;rate=8000, 16000 or 24000",
    };
    let (kind, parameters) = content_type.split_once(';').ok_or_else(unsupported)?;
    let rate = parameters.trim().strip_prefix("rate=").and_then(|rate| rate.parse().ok());
    rate.filter(|rate| kind.eq_ignore_ascii_case("audio/l16") && RATES.contains(rate))
        .ok_or_else(unsupported)
}

impl WebSocketGateway for AudioFork {
    fn message(
        &mut self,
        message: Message<'_>,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        let bytes = match message {
            Message::Text(text) => return self.text(text, out),
            Message::Binary(bytes) => bytes,
        };
        if self.reader.is_none() {
            if self.settings.metadata_first {
                let (what, missing) = ("audio", "metadata");
                return Err(TelephonyError::OutOfOrder { protocol: PROTOCOL, what, missing });
            }
            self.start(&Value::Null, out)?;
        }
        self.counters.packets += 1;
        if let Some(reader) = &mut self.reader {
            reader.push(bytes, now, out);
        }
        Ok(())
    }

    fn counters(&self) -> Counters {
        self.counters
    }
}
