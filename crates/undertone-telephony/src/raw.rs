//! A generic WebSocket protocol: one JSON hello, then binary audio.
//!
//! The first message is a text message:
//!
//! ```json
//! {"type": "hello", "call": "A-17", "rate": 16000, "encoding": "s16le",
//!  "lanes": ["customer", "agent"], "token": "…"}
//! ```
//!
//! `encoding` is `s16le` (default), `f32le`, `mulaw` or `alaw`; with two lanes the
//! samples are interleaved; `lanes` defaults to the customer alone; `call` and `token`
//! may be omitted if the URL of the connection contains them. Binary messages follow,
//! split anywhere. Text messages may come between them:
//! `{"type": "dtmf", "lane": "customer", "digit": "5"}` and `{"type": "end"}`.

use crate::audiosocket::is_key;
use crate::codec::RATES;
use crate::pcm::{PcmReader, SampleFormat};
use crate::{CallStart, Codec, Counters, Message, TelephonyError, WebSocketGateway, WireEvent};
use serde::Deserialize;
use std::time::Instant;
use undertone_signal::Lane;

const PROTOCOL: &str = "raw stream";

/// One connection: one call.
#[derive(Debug, Default)]
pub struct RawStream {
    reader: Option<PcmReader>,
    ended: bool,
    counters: Counters,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Said {
    Hello(Hello),
    Dtmf { lane: Option<Lane>, digit: char },
    End,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hello {
    call: Option<String>,
    rate: u32,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default = "customer_alone")]
    lanes: Vec<Lane>,
    token: Option<String>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    S16le,
    F32le,
    Mulaw,
    Alaw,
}

fn customer_alone() -> Vec<Lane> {
    vec![Lane::Customer]
}

impl RawStream {
    /// A new connection.
    pub fn new() -> Self {
        Self::default()
    }

    fn hello(&mut self, hello: Hello, out: &mut Vec<WireEvent>) -> Result<(), TelephonyError> {
        let malformed = |cause: &str| TelephonyError::malformed(PROTOCOL, cause);
        if self.reader.is_some() {
            return Err(malformed("a second hello"));
        }
        if !RATES.contains(&hello.rate) {
            return Err(TelephonyError::Unsupported {
                what: format!("a rate of {} Hz", hello.rate),
                instead: "8000 to 192000 Hz",
            });
        }
        if !matches!(hello.lanes[..], [_])
            && !matches!(hello.lanes[..], [first, second] if first != second)
        {
            return Err(malformed("`lanes` must be one lane, or two different ones"));
        }
        let format = match hello.encoding {
            Encoding::S16le => SampleFormat::S16Le,
            Encoding::F32le => SampleFormat::F32Le,
            Encoding::Mulaw => SampleFormat::Coded(Codec::Pcmu),
            Encoding::Alaw => SampleFormat::Coded(Codec::Pcma),
        };
        self.reader = Some(PcmReader::new(format, hello.rate, hello.lanes.clone())?);
        out.push(WireEvent::Started(CallStart {
            call: hello.call,
            lanes: hello.lanes,
            token: hello.token,
        }));
        Ok(())
    }
}

impl WebSocketGateway for RawStream {
    fn message(
        &mut self,
        message: Message<'_>,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        if self.ended {
            return Ok(());
        }
        match (message, &mut self.reader) {
            (Message::Binary(bytes), Some(reader)) => {
                self.counters.packets += 1;
                reader.push(bytes, now, out);
                Ok(())
            }
            (Message::Binary(_), None) => Err(TelephonyError::OutOfOrder {
                protocol: PROTOCOL,
                what: "audio",
                missing: "hello",
            }),
            (Message::Text(text), _) => {
                let said = serde_json::from_str(text)
                    .map_err(|error| TelephonyError::malformed(PROTOCOL, error.to_string()))?;
                match said {
                    Said::Hello(hello) => return self.hello(hello, out),
                    Said::Dtmf { lane, digit } if digit.is_ascii() && is_key(digit as u8) => {
                        out.push(WireEvent::Dtmf { lane, digit });
                    }
                    Said::Dtmf { .. } => self.counters.unusable += 1,
                    Said::End => {
                        self.ended = true;
                        out.push(WireEvent::Ended { cause: None });
                    }
                }
                Ok(())
            }
        }
    }

    fn counters(&self) -> Counters {
        self.counters
    }
}
