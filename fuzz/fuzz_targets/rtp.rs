//! Datagrams, each with its length in one byte and its arrival in the next.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::{Duration, Instant};
use undertone_signal::Lane;
use undertone_telephony::WireEvent;
use undertone_telephony::rtp::{RtpSettings, RtpStream};

fuzz_target!(|data: &[u8]| {
    let mut settings = RtpSettings::new(Lane::Customer);
    settings.formats.map(96, "opus/48000/2");
    settings.formats.map(97, "L16/16000");
    settings.formats.map(101, "telephone-event/8000");
    let mut stream = RtpStream::new(settings, None);
    let (mut out, began) = (Vec::new(), Instant::now());
    let (mut now, mut rest, mut taken) = (began, data, 0);
    while let [length, wait, more @ ..] = rest {
        let (datagram, after) = more.split_at((*length as usize).min(more.len()));
        now += Duration::from_millis(u64::from(*wait));
        stream.push(datagram, now, &mut out);
        (rest, taken) = (after, taken + datagram.len());
    }
    stream.flush(&mut out);
    // However wild the timestamps: no more silence than time has passed, nor more
    // sound than was sent.
    let heard: usize = out
        .iter()
        .map(|event| match event {
            WireEvent::Audio(audio) => audio.samples.len(),
            _ => 0,
        })
        .sum();
    let passed = (now - began).as_secs_f64() + 2.0 * data.len() as f64;
    assert!(heard as f64 <= passed * 44_100.0 + taken as f64 * 2_000.0);
});
