//! Twilio Media Streams and Telnyx media streaming: JSON text messages with base64
//! audio. They differ in field names, and Telnyx does not guarantee order.
//!
//! <https://www.twilio.com/docs/voice/media-streams/websocket-messages>,
//! <https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming>

use crate::align::{Aligner, Placement};
use crate::audiosocket::is_key;
use crate::reorder::{Reorder, Verdict};
use crate::{
    CallStart, Codec, Counters, Decoder, LaneAudio, Message, Sides, TelephonyError,
    WebSocketGateway, WireEvent,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use undertone_signal::Lane;

/// The provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Twilio: messages arrive in order.
    Twilio,
    /// Telnyx: media is reordered by `sequence_number`.
    Telnyx,
}

/// Longest wait for a missing Telnyx message once a later one has arrived.
const HOLD: Duration = Duration::from_millis(120);
/// Timestamps are whole milliseconds of a clock that is not the audio's. Only a
/// difference greater than this means that a track has paused.
const TOLERANCE: Duration = Duration::from_millis(60);

/// One connection: one call, of one or two tracks.
#[derive(Debug)]
pub struct MediaStreams {
    dialect: Dialect,
    sides: Sides,
    stream: Option<Stream>,
    ended: bool,
    counters: Counters,
}

#[derive(Debug)]
struct Stream {
    codec: Codec,
    began: Instant,
    lanes: Vec<Lane>,
    /// Timestamp of the first chunk of any track.
    origin: Option<u64>,
    tracks: HashMap<Lane, Track>,
    reorder: Reorder<Item>,
}

#[derive(Debug)]
struct Track {
    decoder: Decoder,
    aligner: Aligner,
}

/// A message in order.
#[derive(Debug)]
enum Item {
    Media { lane: Lane, timestamp: Option<u64>, payload: Vec<u8> },
    Dtmf { lane: Option<Lane>, digit: char },
    Nothing,
}

impl MediaStreams {
    /// A new connection; `sides` says whether the customer is inbound.
    pub fn new(dialect: Dialect, sides: Sides) -> Self {
        Self { dialect, sides, stream: None, ended: false, counters: Counters::default() }
    }

    const fn protocol(&self) -> &'static str {
        match self.dialect {
            Dialect::Twilio => "Twilio Media Streams",
            Dialect::Telnyx => "Telnyx media streaming",
        }
    }

    fn start(
        &mut self,
        envelope: Envelope<'_>,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        let malformed = |cause| TelephonyError::malformed(self.protocol(), cause);
        let start = envelope.start.ok_or_else(|| malformed("start without its fields"))?;
        if self.stream.is_some() {
            return Err(malformed("a second start"));
        }
        let format = start.media_format.unwrap_or_default();
        let codec = Codec::named(&format.encoding, format.sample_rate, 1)?;
        // Says at once what this build cannot hear.
        Decoder::new(codec)?;
        let lanes = self.lanes(&start.tracks);
        let mut reorder = Reorder::new(HOLD);
        if let Some(number) = envelope.sequence_number.as_ref().and_then(Number::value) {
            reorder.push(number, Item::Nothing, now);
        }
        let token = start.custom_parameters.and_then(|mut parameters| parameters.remove("token"));
        self.stream = Some(Stream {
            codec,
            began: now,
            lanes: lanes.clone(),
            origin: None,
            tracks: HashMap::new(),
            reorder,
        });
        let token = token.and_then(|token| token.as_str().map(str::to_owned));
        out.push(WireEvent::Started(CallStart { call: start.call, lanes, token }));
        Ok(())
    }

    /// Twilio lists its tracks in advance, Telnyx does not.
    fn lanes(&self, tracks: &[String]) -> Vec<Lane> {
        let named = |name: &str| tracks.iter().any(|track| track.starts_with(name));
        match (named("inbound"), named("outbound")) {
            (true, false) => vec![self.sides.lane(true)],
            (false, true) => vec![self.sides.lane(false)],
            _ => vec![self.sides.lane(true), self.sides.lane(false)],
        }
    }

    fn lane_of(&self, track: Option<&str>) -> Option<Lane> {
        match track? {
            "inbound" | "inbound_track" => Some(self.sides.lane(true)),
            "outbound" | "outbound_track" => Some(self.sides.lane(false)),
            _ => None,
        }
    }

    fn media(&mut self, media: &Media<'_>) -> Result<Item, TelephonyError> {
        let malformed = |cause: String| TelephonyError::malformed(self.protocol(), cause);
        let lane = self
            .lane_of(Some(&media.track))
            .ok_or_else(|| malformed(format!("media of an unknown track {:?}", media.track)))?;
        let payload = STANDARD
            .decode(media.payload.as_bytes())
            .map_err(|error| malformed(format!("media payload is not base64: {error}")))?;
        let timestamp = media.timestamp.as_ref().and_then(Number::value);
        Ok(Item::Media { lane, timestamp, payload })
    }

    /// Emits the messages that are in order.
    fn arrange(
        &mut self,
        number: Option<u64>,
        item: Item,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        let protocol = self.protocol();
        let Some(stream) = &mut self.stream else {
            return Err(TelephonyError::OutOfOrder { protocol, what: "media", missing: "start" });
        };
        let counters = &mut self.counters;
        let in_order =
            |number: &u64| self.dialect == Dialect::Telnyx && !stream.reorder.is_far(*number);
        let Some(number) = number.filter(in_order) else {
            stream.hear(item, now, counters, out);
            return Ok(());
        };
        match stream.reorder.push(number, item, now) {
            Verdict::InOrder | Verdict::Early => {}
            Verdict::Reordered => counters.reordered += 1,
            Verdict::Duplicate => counters.duplicates += 1,
            Verdict::Late => counters.late += 1,
        }
        while let Some(next) = stream.reorder.pop(now) {
            counters.lost = counters.lost.saturating_add(next.lost);
            stream.hear(next.item, next.arrived, counters, out);
        }
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<WireEvent>) {
        let Some(stream) = &mut self.stream else { return };
        while let Some(next) = stream.reorder.flush() {
            self.counters.lost = self.counters.lost.saturating_add(next.lost);
            stream.hear(next.item, next.arrived, &mut self.counters, out);
        }
    }
}

impl WebSocketGateway for MediaStreams {
    fn message(
        &mut self,
        message: Message<'_>,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError> {
        let protocol = self.protocol();
        let Message::Text(text) = message else {
            return Err(TelephonyError::malformed(protocol, "a binary message where JSON is due"));
        };
        if self.ended {
            return Ok(());
        }
        let envelope: Envelope<'_> = serde_json::from_str(text)
            .map_err(|error| TelephonyError::malformed(protocol, error.to_string()))?;
        let number = envelope.sequence_number.as_ref().and_then(Number::value);
        match envelope.event.as_ref() {
            "connected" => {}
            "start" => self.start(envelope, now, out)?,
            "media" => {
                self.counters.packets += 1;
                let missing = || TelephonyError::malformed(protocol, "media without its fields");
                let item = self.media(envelope.media.as_ref().ok_or_else(missing)?)?;
                self.arrange(number, item, now, out)?;
            }
            "dtmf" => {
                let dtmf = envelope.dtmf.as_ref();
                let digit = dtmf.and_then(Dtmf::key);
                let lane = self.lane_of(dtmf.and_then(|dtmf| dtmf.track.as_deref()));
                let item = digit.map_or(Item::Nothing, |digit| Item::Dtmf { lane, digit });
                self.arrange(number, item, now, out)?;
            }
            "stop" => {
                self.flush(out);
                self.ended = true;
                out.push(WireEvent::Ended { cause: None });
            }
            "error" => out.push(WireEvent::Problem(format!("{protocol}: {}", excerpt(text)))),
            // Marks and whatever comes to be added keep their place in the order.
            _ if self.stream.is_some() => self.arrange(number, Item::Nothing, now, out)?,
            _ => {}
        }
        Ok(())
    }

    fn closed(&mut self, _now: Instant, out: &mut Vec<WireEvent>) {
        self.flush(out);
    }

    fn counters(&self) -> Counters {
        self.counters
    }
}

impl Stream {
    fn hear(
        &mut self,
        item: Item,
        arrived: Instant,
        counters: &mut Counters,
        out: &mut Vec<WireEvent>,
    ) {
        let (lane, timestamp, payload) = match item {
            Item::Nothing => return,
            Item::Dtmf { lane, digit } => return out.push(WireEvent::Dtmf { lane, digit }),
            Item::Media { lane, timestamp, payload } => (lane, timestamp, payload),
        };
        if !self.lanes.contains(&lane) {
            counters.unusable += 1;
            return;
        }
        let origin = *self.origin.get_or_insert(timestamp.unwrap_or(0));
        let track = match self.tracks.entry(lane) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let Ok(decoder) = Decoder::new(self.codec) else { return };
                let aligner = Aligner::new(1000, TOLERANCE, Some(origin), self.began);
                entry.insert(Track { decoder, aligner })
            }
        };
        let rate = self.codec.sample_rate();
        let mut samples = Vec::new();
        if let Some(Placement::After(ms)) = timestamp.map(|ts| track.aligner.place(ts, arrived)) {
            let silence = ms * u64::from(rate) / 1000;
            counters.silence_samples += silence;
            samples.resize(silence as usize, 0.0);
        }
        let before = samples.len();
        if let Err(error) = track.decoder.decode(&payload, &mut samples) {
            counters.unusable += 1;
            out.push(WireEvent::Problem(error.to_string()));
        }
        track.aligner.advance((samples.len() - before) as u64 * 1000 / u64::from(rate));
        out.push(WireEvent::Audio(LaneAudio { lane, rate, samples, received_at: arrived }));
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(alias = "sequenceNumber")]
    sequence_number: Option<Number>,
    start: Option<Start>,
    #[serde(borrow)]
    media: Option<Media<'a>>,
    dtmf: Option<Dtmf>,
}

/// Both send numbers as strings, but neither documents it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(u64),
    Quoted(String),
}

impl Number {
    fn value(&self) -> Option<u64> {
        match self {
            Self::Plain(value) => Some(*value),
            Self::Quoted(text) => text.parse().ok(),
        }
    }
}

#[derive(Deserialize)]
struct Start {
    #[serde(alias = "callSid", alias = "call_control_id")]
    call: Option<String>,
    #[serde(default)]
    tracks: Vec<String>,
    #[serde(alias = "mediaFormat")]
    media_format: Option<MediaFormat>,
    #[serde(alias = "customParameters")]
    custom_parameters: Option<HashMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(default)]
struct MediaFormat {
    encoding: String,
    #[serde(alias = "sampleRate")]
    sample_rate: u32,
}

impl Default for MediaFormat {
    fn default() -> Self {
        Self { encoding: "PCMU".to_owned(), sample_rate: 8_000 }
    }
}

#[derive(Deserialize)]
struct Media<'a> {
    /// Clients that imitate Twilio leave it out.
    #[serde(borrow, default = "inbound")]
    track: Cow<'a, str>,
    timestamp: Option<Number>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

const fn inbound() -> Cow<'static, str> {
    Cow::Borrowed("inbound")
}

#[derive(Deserialize)]
struct Dtmf {
    track: Option<String>,
    digit: String,
}

impl Dtmf {
    fn key(&self) -> Option<char> {
        let [byte] = *self.digit.as_bytes() else { return None };
        is_key(byte).then_some(char::from(byte))
    }
}
