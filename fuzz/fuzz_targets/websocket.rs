//! The first byte chooses the protocol; messages are lines, and those that begin with
//! a zero byte are binary.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Instant;
use undertone_telephony::{
    AudioFork, ChanWebSocket, Dialect, ForkSettings, Message, MediaStreams, RawStream, Sides,
    WebSocketGateway,
};

fn gateway(choice: u8) -> Box<dyn WebSocketGateway> {
    let sides = Sides::CUSTOMER_FIRST;
    let fork = |metadata_first| {
        AudioFork::new(ForkSettings { rate: 8_000, channels: 2, sides, metadata_first })
    };
    match choice % 6 {
        0 => Box::new(MediaStreams::new(Dialect::Twilio, sides)),
        1 => Box::new(MediaStreams::new(Dialect::Telnyx, sides)),
        2 => Box::new(ChanWebSocket::new()),
        3 => Box::new(RawStream::new()),
        4 => Box::new(fork(true)),
        _ => Box::new(fork(false)),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    let (mut gateway, mut out, now) = (gateway(choice), Vec::new(), Instant::now());
    for line in rest.split(|&byte| byte == b'\n') {
        let message = match line {
            [0, binary @ ..] => Message::Binary(binary),
            text => match std::str::from_utf8(text) {
                Ok(text) => Message::Text(text),
                Err(_) => Message::Binary(text),
            },
        };
        if gateway.message(message, now, &mut out).is_err() {
            break;
        }
    }
    gateway.closed(now, &mut out);
});
