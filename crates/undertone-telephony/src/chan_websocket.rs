//! Asterisk's `chan_websocket`: media in binary messages, control in text messages, as
//! plain text or as JSON.
//! <https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/>

use crate::audiosocket::is_key;
use crate::pcm::{PcmReader, SampleFormat};
use crate::{
    CallStart, Codec, Counters, Decoder, LaneAudio, Message, TelephonyError, WebSocketGateway,
    WireEvent,
};
use serde_json::Value;
use std::time::Instant;
use undertone_signal::Lane;

const PROTOCOL: &str = "chan_websocket";

/// One connection: one call, one lane, the customer's.
#[derive(Debug, Default)]
pub struct ChanWebSocket {
    media: Option<Media>,
    counters: Counters,
}

#[derive(Debug)]
enum Media {
    /// Formats that may be split anywhere.
    Stream(PcmReader),
    /// Formats in which a message is a packet.
    Packets(Decoder),
}

impl ChanWebSocket {
    /// A new connection.
    pub fn new() -> Self {
        Self::default()
    }

    fn text(&mut self, text: &str, out: &mut Vec<WireEvent>) -> Result<(), TelephonyError> {
        let control = Control::parse(text)?;
        match control.event() {
            "MEDIA_START" if self.media.is_some() => {
                Err(TelephonyError::malformed(PROTOCOL, "a second MEDIA_START"))
            }
            "MEDIA_START" => self.start(&control, out),
            "DTMF_END" => {
                if let Some(&[digit]) = control.field("digit").as_deref().map(str::as_bytes)
                    && is_key(digit)
                {
                    let digit = char::from(digit);
                    out.push(WireEvent::Dtmf { lane: Some(Lane::Customer), digit });
                }
                Ok(())
            }
            // XON and XOFF, marks, buffers: about media sent to Asterisk, and
            // nothing is.
            _ => Ok(()),
        }
    }

    fn start(&mut self, control: &Control, out: &mut Vec<WireEvent>) -> Result<(), TelephonyError> {
        let missing = || TelephonyError::malformed(PROTOCOL, "MEDIA_START without a format");
        let format = control.field("format").ok_or_else(missing)?;
        self.media = Some(media(&format)?);
        let call = ["channel_id", "channel", "connection_id"]
            .into_iter()
            .find_map(|name| control.field(name));
        out.push(WireEvent::Started(CallStart { call, lanes: vec![Lane::Customer], token: None }));
        Ok(())
    }
}

/// The reader for the Asterisk format `format`.
fn media(format: &str) -> Result<Media, TelephonyError> {
    let lanes = vec![Lane::Customer];
    if let Some(rate) = format.strip_prefix("slin").and_then(slin_rate) {
        return PcmReader::new(SampleFormat::S16Le, rate, lanes).map(Media::Stream);
    }
    let codec = Codec::named(format, 8_000, 1)?;
    match codec {
        Codec::Opus => Decoder::new(codec).map(Media::Packets),
        Codec::L16 { .. } => {
            Err(TelephonyError::Unsupported { what: format.to_owned(), instead: "slin16" })
        }
        _ => PcmReader::new(SampleFormat::Coded(codec), codec.sample_rate(), lanes)
            .map(Media::Stream),
    }
}

/// `slin` is 8 kHz, `slin16` 16 kHz, `slin44` 44.1 kHz.
fn slin_rate(suffix: &str) -> Option<u32> {
    match suffix {
        "" => Some(8_000),
        "44" => Some(44_100),
        "12" | "16" | "24" | "32" | "48" | "96" | "192" => {
            suffix.parse::<u32>().ok().map(|khz| khz * 1000)
        }
        _ => None,
    }
}

/// A control message in either form.
enum Control {
    Plain(Vec<String>),
    Json(Value),
}

impl Control {
    fn parse(text: &str) -> Result<Self, TelephonyError> {
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text)
                .map(Self::Json)
                .map_err(|error| TelephonyError::malformed(PROTOCOL, error.to_string()));
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Err(TelephonyError::malformed(PROTOCOL, "an empty control message"));
        }
        Ok(Self::Plain(words))
    }

    fn event(&self) -> &str {
        match self {
            Self::Plain(words) => words.first().map_or("", String::as_str),
            Self::Json(value) => value["event"].as_str().unwrap_or_default(),
        }
    }

    /// `name:value` in plain text, or the member of the JSON object.
    fn field(&self, name: &str) -> Option<String> {
        match self {
            Self::Plain(words) => words
                .iter()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
                .map(str::to_owned),
            Self::Json(value) => value[name].as_str().map(str::to_owned),
        }
    }
}

impl WebSocketGateway for ChanWebSocket {
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
        let Some(media) = &mut self.media else {
            let (what, missing) = ("media", "MEDIA_START");
            return Err(TelephonyError::OutOfOrder { protocol: PROTOCOL, what, missing });
        };
        self.counters.packets += 1;
        match media {
            Media::Stream(reader) => reader.push(bytes, now, out),
            Media::Packets(decoder) => {
                let mut samples = Vec::new();
                if let Err(error) = decoder.decode(bytes, &mut samples) {
                    self.counters.unusable += 1;
                    out.push(WireEvent::Problem(error.to_string()));
                }
                let (lane, rate) = (Lane::Customer, decoder.codec().sample_rate());
                out.push(WireEvent::Audio(LaneAudio { lane, rate, samples, received_at: now }));
            }
        }
        Ok(())
    }

    fn counters(&self) -> Counters {
        self.counters
    }
}
