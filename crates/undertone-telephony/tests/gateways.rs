//! Messages written by hand from each gateway's documentation, and their events.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use std::time::Instant;
use undertone_signal::Lane;
use undertone_telephony::{
    AudioFork, CallStart, ChanWebSocket, Dialect, ForkSettings, MediaStreams, Message, RawStream,
    Sides, TelephonyError, WebSocketGateway, WireEvent,
};

/// The events of some messages.
fn hear(
    gateway: &mut dyn WebSocketGateway,
    messages: &[Message<'_>],
) -> Result<Vec<WireEvent>, TelephonyError> {
    let mut out = Vec::new();
    for message in messages {
        gateway.message(*message, Instant::now(), &mut out)?;
    }
    gateway.closed(Instant::now(), &mut out);
    Ok(out)
}

fn started(call: &str, lanes: &[Lane], token: Option<&str>) -> WireEvent {
    WireEvent::Started(CallStart {
        call: Some(call.to_owned()),
        lanes: lanes.to_vec(),
        token: token.map(str::to_owned),
    })
}

/// The samples of a lane, one rate for all.
fn samples(events: &[WireEvent], lane: Lane) -> (u32, Vec<f32>) {
    let mut all = (0, Vec::new());
    for event in events {
        if let WireEvent::Audio(audio) = event
            && audio.lane == lane
        {
            all.0 = audio.rate;
            all.1.extend_from_slice(&audio.samples);
        }
    }
    all
}

const TWILIO_START: &str = r#"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1",
    "streamSid":"MZ1","callSid":"CA1","tracks":["inbound","outbound"],
    "mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},
    "customParameters":{"token":"s3cret"}},"streamSid":"MZ1"}"#;

#[test]
fn a_twilio_stream_is_two_lanes_of_mulaw() {
    let messages = [
        r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#,
        TWILIO_START,
        // gAAA… is 0x80 0x00 0xff: 32124, -32124, 0.
        r#"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",
            "timestamp":"5","payload":"gAD/"},"streamSid":"MZ1"}"#,
        r#"{"event":"media","sequenceNumber":"3","media":{"track":"outbound","chunk":"1",
            "timestamp":"105","payload":"\/\/8="},"streamSid":"MZ1"}"#,
        r#"{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"4",
            "dtmf":{"track":"inbound_track","digit":"1"}}"#,
        r#"{"event":"mark","sequenceNumber":"5","streamSid":"MZ1","mark":{"name":"label"}}"#,
        r#"{"event":"stop","sequenceNumber":"6","stop":{"accountSid":"AC1","callSid":"CA1"},
            "streamSid":"MZ1"}"#,
    ];
    let mut twilio = MediaStreams::new(Dialect::Twilio, Sides::CUSTOMER_FIRST);
    let events = hear(&mut twilio, &messages.map(Message::Text)).unwrap();
    assert_eq!(events[0], started("CA1", &[Lane::Customer, Lane::Agent], Some("s3cret")));
    let loud = 32_124.0 / 32_768.0;
    assert_eq!(samples(&events, Lane::Customer), (8_000, vec![loud, -loud, 0.0]));
    let (_, agent) = samples(&events, Lane::Agent);
    assert_eq!(agent.len(), 800 + 2, "its track began 100 ms later");
    let digit = WireEvent::Dtmf { lane: Some(Lane::Customer), digit: '1' };
    assert_eq!(events[events.len() - 2..], [digit, WireEvent::Ended { cause: None }]);
}

#[test]
fn telnyx_media_is_put_in_order_and_heard_once() {
    let start = r#"{"event":"start","sequence_number":"1","start":{"user_id":"u",
        "call_control_id":"v2:T02","client_state":"aGF","media_format":
        {"encoding":"PCMA","sample_rate":8000,"channels":1}},"stream_id":"32de"}"#;
    let media = |number: u8, payload: &str| {
        format!(
            r#"{{"event":"media","sequence_number":"{number}","media":{{"track":"inbound",
            "chunk":"{number}","timestamp":"{}","payload":"{payload}"}},"stream_id":"32de"}}"#,
            20 * (number - 2)
        )
    };
    // 1VU= is d5 55 (8, -8); qio= is aa 2a (32256, -32256).
    let (first, second) = (media(2, "1VU="), media(3, "qio="));
    let mut telnyx = MediaStreams::new(Dialect::Telnyx, Sides::CUSTOMER_FIRST);
    let messages = [start, &first, &media(4, "1VU="), &second, &second, &first];
    let events = hear(&mut telnyx, &messages.map(Message::Text)).unwrap();
    assert_eq!(events[0], started("v2:T02", &[Lane::Customer, Lane::Agent], None));
    let wanted = [8.0, -8.0, 32_256.0, -32_256.0, 8.0, -8.0].map(|x: f32| x / 32_768.0);
    assert_eq!(samples(&events, Lane::Customer), (8_000, wanted.to_vec()));
    let counters = telnyx.counters();
    assert_eq!((counters.reordered, counters.duplicates, counters.lost), (1, 2, 0));

    // One number gone wild is heard where it comes, and costs nothing after it.
    let wild = first
        .replace("\"sequence_number\":\"2\"", &format!("\"sequence_number\":\"{}\"", u64::MAX));
    let mut telnyx = MediaStreams::new(Dialect::Telnyx, Sides::CUSTOMER_FIRST);
    let events = hear(&mut telnyx, &[start, &wild, &first, &second].map(Message::Text)).unwrap();
    assert!(samples(&events, Lane::Customer).1.len() >= 6, "{events:?}");
    assert_eq!(telnyx.counters().lost, 0);
}

#[test]
fn what_a_media_stream_must_not_say_is_refused() {
    let refused = |messages: &[Message<'_>]| {
        let mut gateway = MediaStreams::new(Dialect::Twilio, Sides::CUSTOMER_FIRST);
        hear(&mut gateway, messages).unwrap_err().to_string()
    };
    let media = Message::Text(
        r#"{"event":"media","media":{"track":"inbound","timestamp":"5","payload":"gAD/"}}"#,
    );
    assert_eq!(refused(&[media]), "Twilio Media Streams: media before start");
    let binary = Message::Binary(&[1, 2, 3]);
    let wanted = "Twilio Media Streams: a binary message where JSON is due";
    assert_eq!(refused(&[binary]), wanted);
    let start = Message::Text(TWILIO_START);
    let not_base64 =
        Message::Text(r#"{"event":"media","media":{"track":"inbound","payload":"%%"}}"#);
    assert!(refused(&[start, not_base64]).contains("not base64"));
    assert!(refused(&[start, start]).contains("a second start"));
}

#[test]
fn chan_websocket_speaks_plain_words_and_json() {
    let plain = "MEDIA_START connection_id:media_connection1 channel:WebSocket/1/0x1 \
                 channel_id:1761245643.1 format:slin16 optimal_frame_size:640 ptime:20";
    let json = r#"{"event":"MEDIA_START","connection_id":"media_connection1",
        "channel":"WebSocket/1/0x1","channel_id":"1761245643.1","format":"slin16",
        "optimal_frame_size":640,"ptime":20,"channel_variables":{"A":"b"}}"#;
    let keys = ["DTMF_END digit:7", r#"{"event":"DTMF_END","digit":"7","channel_id":"1.1"}"#];
    for (start, key) in [plain, json].into_iter().zip(keys) {
        let messages = [
            Message::Text(start),
            Message::Binary(&[0x00, 0x40, 0x00]),
            Message::Text("MEDIA_XOFF"),
            Message::Binary(&[0xc0]),
            Message::Text(key),
        ];
        let events = hear(&mut ChanWebSocket::new(), &messages).unwrap();
        assert_eq!(events[0], started("1761245643.1", &[Lane::Customer], None));
        assert_eq!(samples(&events, Lane::Customer), (16_000, vec![0.5, -0.5]));
        let digit = WireEvent::Dtmf { lane: Some(Lane::Customer), digit: '7' };
        assert_eq!(events[events.len() - 1], digit);
    }
    let ulaw = [Message::Text("MEDIA_START format:ulaw"), Message::Binary(&[0x80])];
    let events = hear(&mut ChanWebSocket::new(), &ulaw).unwrap();
    assert_eq!(samples(&events, Lane::Customer), (8_000, vec![32_124.0 / 32_768.0]));
    assert!(hear(&mut ChanWebSocket::new(), &ulaw[1..]).is_err(), "media before its start");
}

fn fork(channels: u8, metadata_first: bool) -> AudioFork {
    let sides = Sides::AGENT_FIRST;
    AudioFork::new(ForkSettings { rate: 8_000, channels, sides, metadata_first })
}

#[test]
fn vonage_says_its_rate_and_keys() {
    let messages = [
        Message::Text(
            r#"{"event":"websocket:connected","content-type":"audio/l16;rate=16000",
                "conversation_uuid":"CON-1"}"#,
        ),
        Message::Binary(&[0x00, 0x40]),
        Message::Text(r##"{"event":"websocket:dtmf","digit":"#","duration":260}"##),
    ];
    let events = hear(&mut fork(1, true), &messages).unwrap();
    assert_eq!(events[0], started("CON-1", &[Lane::Customer], None));
    assert_eq!(samples(&events, Lane::Customer), (16_000, vec![0.5]));
    assert_eq!(events[2], WireEvent::Dtmf { lane: None, digit: '#' });
    let error = hear(&mut fork(1, true), &messages[1..]).unwrap_err();
    assert_eq!(error.to_string(), "audio fork: audio before metadata");
    let mp3 = Message::Text(r#"{"content-type":"audio/mp3;rate=8000"}"#);
    assert!(hear(&mut fork(1, true), &[mp3]).is_err());
}

#[test]
fn a_freeswitch_fork_may_be_stereo_and_say_nothing() {
    let stereo = [0x00, 0x40, 0x00, 0xc0, 0x00, 0x20, 0x00, 0xe0];
    let events = hear(&mut fork(2, false), &[Message::Binary(&stereo)]).unwrap();
    let start = CallStart { call: None, lanes: vec![Lane::Agent, Lane::Customer], token: None };
    assert_eq!(events[0], WireEvent::Started(start));
    assert_eq!(samples(&events, Lane::Agent), (8_000, vec![0.5, 0.25]));
    assert_eq!(samples(&events, Lane::Customer), (8_000, vec![-0.5, -0.25]));
    let metadata = [Message::Text("agent 17, no JSON"), Message::Binary(&stereo)];
    let events = hear(&mut fork(2, false), &metadata).unwrap();
    assert_eq!(samples(&events, Lane::Customer), (8_000, vec![-0.5, -0.25]));
}

const HELLO: &str = r#"{"type":"hello","call":"A-17","rate":16000,"encoding":"s16le",
    "lanes":["agent","customer"],"token":"t"}"#;

#[test]
fn a_raw_stream_says_hello_and_what_lanes_it_has() {
    let messages = [
        Message::Text(HELLO),
        Message::Binary(&[0x00, 0x40, 0x00]),
        Message::Binary(&[0xc0]),
        Message::Text(r#"{"type":"dtmf","lane":"agent","digit":"5"}"#),
        Message::Text(r#"{"type":"end"}"#),
        Message::Binary(&[1, 2, 3, 4]),
    ];
    let events = hear(&mut RawStream::new(), &messages).unwrap();
    assert_eq!(events[0], started("A-17", &[Lane::Agent, Lane::Customer], Some("t")));
    assert_eq!(samples(&events, Lane::Agent), (16_000, vec![0.5]));
    assert_eq!(samples(&events, Lane::Customer), (16_000, vec![-0.5]));
    let digit = WireEvent::Dtmf { lane: Some(Lane::Agent), digit: '5' };
    assert_eq!(events[events.len() - 2..], [digit, WireEvent::Ended { cause: None }]);
}

#[test]
fn a_raw_stream_without_a_proper_hello_is_refused() {
    let refused = |message| hear(&mut RawStream::new(), &[message]).unwrap_err().to_string();
    assert_eq!(refused(Message::Binary(&[0, 0])), "raw stream: audio before hello");
    for (hello, reason) in [
        (r#"{"type":"hello","rate":1}"#, "8000 to 192000"),
        (r#"{"type":"hello","rate":8000,"lanes":[]}"#, "`lanes`"),
        (r#"{"type":"hello","rate":8000,"lanes":["agent","agent"]}"#, "`lanes`"),
        (r#"{"type":"hello","rate":8000,"colour":"red"}"#, "colour"),
        ("hello", "expected value"),
    ] {
        let said = refused(Message::Text(hello));
        assert!(said.contains(reason), "{said}");
    }
}

/// Messages that are almost right reach further into a parser than noise does.
fn almost(base: &'static str) -> impl Strategy<Value = String> {
    (proptest::collection::vec((0usize..400, any::<char>()), 0..4)).prop_map(move |changes| {
        let mut text: Vec<char> = base.chars().collect();
        for (at, new) in changes {
            let at = at % text.len();
            text[at] = new;
        }
        text.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn no_message_makes_a_gateway_panic(
        starts in (almost(TWILIO_START), almost(HELLO)),
        texts in proptest::collection::vec(".{0,60}", 0..4),
        bytes in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let gateways: [Box<dyn WebSocketGateway>; 6] = [
            Box::new(MediaStreams::new(Dialect::Twilio, Sides::AGENT_FIRST)),
            Box::new(MediaStreams::new(Dialect::Telnyx, Sides::CUSTOMER_FIRST)),
            Box::new(ChanWebSocket::new()),
            Box::new(fork(2, false)),
            Box::new(fork(1, true)),
            Box::new(RawStream::new()),
        ];
        let mut messages = vec![Message::Text(&starts.0), Message::Text(&starts.1)];
        messages.extend(texts.iter().map(|text| Message::Text(text)));
        messages.push(Message::Binary(&bytes));
        for mut gateway in gateways {
            let mut out = Vec::new();
            for message in &messages {
                let _ = gateway.message(*message, Instant::now(), &mut out);
            }
        }
    }
}
