//! RTP streams through bad networks.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use std::time::{Duration, Instant};
use undertone_signal::Lane;
use undertone_telephony::WireEvent;
use undertone_telephony::rtp::{RtpSettings, RtpStream};

const BLOCK: Duration = Duration::from_millis(20);

/// A PCMU packet; every sample of packet `n` has a value of its own.
fn packet(number: u16, ssrc: u32) -> Vec<u8> {
    typed(0, number, u32::from(number) * 160, ssrc, &[(number % 100) as u8; 160])
}

fn typed(payload_type: u8, number: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type];
    bytes.extend(number.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

fn stream() -> RtpStream {
    RtpStream::new(RtpSettings::new(Lane::Customer), None)
}

/// Samples in order; each block was passed on no later than `hold` after its arrival.
fn samples(events: &[WireEvent]) -> Vec<f32> {
    let mut all = Vec::new();
    for event in events {
        match event {
            WireEvent::Audio(audio) => all.extend_from_slice(&audio.samples),
            other => assert!(matches!(other, WireEvent::Dtmf { .. }), "{other:?}"),
        }
    }
    all
}

fn play(stream: &mut RtpStream, packets: &[Vec<u8>]) -> Vec<WireEvent> {
    let (mut out, mut now) = (Vec::new(), Instant::now());
    for packet in packets {
        stream.push(packet, now, &mut out);
        now += BLOCK;
    }
    stream.flush(&mut out);
    out
}

#[test]
fn packets_in_order_are_passed_on_at_once_and_whole() {
    let mut stream = stream();
    let (mut out, now) = (Vec::new(), Instant::now());
    for number in 0..50 {
        stream.push(&packet(number, 1), now + BLOCK * u32::from(number), &mut out);
        assert_eq!(out.len(), usize::from(number) + 1);
    }
    assert_eq!(samples(&out).len(), 50 * 160);
    assert_eq!(stream.counters().lost + stream.counters().silence_samples, 0);
    assert_eq!(stream.deadline(), None);
}

#[test]
fn a_lost_packet_is_concealed_and_time_goes_on() {
    let mut stream = stream();
    let packets: Vec<_> =
        (0..30).filter(|n| ![10, 15, 16].contains(n)).map(|n| packet(n, 1)).collect();
    let heard = samples(&play(&mut stream, &packets));
    assert_eq!(heard.len(), 30 * 160);
    let counters = stream.counters();
    assert_eq!((counters.lost, counters.concealed_samples), (3, 480));
    assert!(heard[10 * 160].abs() > 0.5, "the voice goes on at first");
}

#[test]
fn the_numbers_wrap() {
    let mut stream = stream();
    let packets: Vec<_> = (0..20u16)
        .map(|n| {
            let (number, time) =
                (65_530u16.wrapping_add(n), (u32::MAX - 1000).wrapping_add(160 * u32::from(n)));
            typed(0, number, time, 1, &[0x10; 160])
        })
        .collect();
    assert_eq!(samples(&play(&mut stream, &packets)).len(), 20 * 160);
    assert_eq!(stream.counters().lost + stream.counters().restarts, 0);
}

#[test]
fn a_new_sender_must_prove_itself_and_then_goes_on() {
    let mut stream = stream();
    let mut packets: Vec<_> = (0..10).map(|n| packet(n, 1)).collect();
    packets.push(packet(700, 666));
    packets.extend((10..20).map(|n| packet(n, 1)));
    packets.extend((5000..5010).map(|n| packet(n, 2)));
    let heard = samples(&play(&mut stream, &packets));
    let counters = stream.counters();
    assert_eq!((counters.restarts, counters.unusable), (1, 2));
    assert!((29 * 160..=31 * 160).contains(&heard.len()), "{}", heard.len());
}

#[test]
fn silence_suppression_becomes_silence() {
    let mut stream = stream();
    let (mut out, now) = (Vec::new(), Instant::now());
    stream.push(&packet(0, 1), now, &mut out);
    stream.push(&typed(13, 1, 160, 1, &[60]), now + BLOCK, &mut out);
    let back = typed(0, 2, 160 * 150, 1, &[0x10; 160]);
    stream.push(&back, now + BLOCK * 150, &mut out);
    assert_eq!(samples(&out).len(), 151 * 160);
    let counters = stream.counters();
    assert_eq!((counters.comfort_noise, counters.silence_samples), (1, 149 * 160));
    assert_eq!((counters.lost, counters.concealed_samples), (0, 0));
}

#[test]
fn a_leap_of_the_timestamp_is_not_believed() {
    let mut stream = stream();
    let mut packets: Vec<_> = (0..5).map(|n| packet(n, 1)).collect();
    packets
        .extend((5..10u16).map(|n| typed(0, n, 1_000_000_000 + 160 * u32::from(n), 1, &[1; 160])));
    assert_eq!(samples(&play(&mut stream, &packets)).len(), 10 * 160);
}

/// Blocks `numbers`, their timestamps `ahead` of their numbers, from `at` on.
fn from(at: Duration, numbers: std::ops::Range<u16>, ahead: u32) -> Vec<(Duration, Vec<u8>)> {
    let first = numbers.start;
    numbers
        .map(|n| {
            let time = (u32::from(n) + ahead) * 160;
            (at + BLOCK * u32::from(n - first), typed(0, n, time, 1, &[0x10; 160]))
        })
        .collect()
}

/// Plays packets at their times; where the lane stands at the end, in seconds, silence
/// for what was missing put in, and how much that was.
fn lane_time(packets: &[(Duration, Vec<u8>)]) -> (f64, f64) {
    let (mut stream, mut out, began) = (stream(), Vec::new(), Instant::now());
    for (at, packet) in packets {
        stream.push(packet, began + *at, &mut out);
    }
    stream.flush(&mut out);
    let (mut position, mut lost) = (0.0, 0.0);
    for event in out {
        match event {
            WireEvent::Audio(audio) => {
                position += audio.samples.len() as f64 / f64::from(audio.rate);
            }
            WireEvent::Missing { missing, .. } => {
                position += missing.as_secs_f64();
                lost += missing.as_secs_f64();
            }
            other => panic!("{other:?}"),
        }
    }
    (position, lost)
}

#[test]
fn a_lane_is_within_sixty_milliseconds_of_the_wall_clock_a_second_after_any_trouble() {
    let ms = Duration::from_millis;
    let pause = [from(ms(0), 0..50, 0), from(ms(11_000), 50..100, 0)].concat();
    // One packet held up, and behind it the sender's clock runs on.
    let late = [from(ms(0), 0..50, 0), from(ms(6_000), 50..51, 0), from(ms(6_020), 51..101, 250)];
    let late = late.concat();
    // The clock leaps without time having passed.
    let leap = [from(ms(0), 0..50, 0), from(ms(1_000), 50..100, 90)].concat();
    // A pause, and later a leap that makes up for it.
    let both = [from(ms(0), 0..50, 0), from(ms(6_000), 50..100, 0), from(ms(7_000), 100..150, 250)];
    let both = both.concat();
    let stops = [from(ms(0), 0..5, 0), from(ms(5_000), 5..55, 100_000)].concat();
    for (what, packets, lost) in [
        ("a pause with contiguous timestamps", pause, 10.0),
        ("a late packet and a jump", late, 0.0),
        ("a leap", leap, 0.0),
        ("a pause made up for later", both, 5.0),
        ("a pause and another clock", stops, 0.0),
    ] {
        let last = packets.last().unwrap().0 + BLOCK;
        let (position, missing) = lane_time(&packets);
        assert!((position - last.as_secs_f64()).abs() <= 0.06, "{what}: {position} of {last:?}");
        assert!((missing - lost).abs() < 0.1, "{what}: {missing} s missing");
    }
}

#[test]
fn a_key_counts_once_however_often_it_is_sent() {
    let mut settings = RtpSettings::new(Lane::Agent);
    assert!(settings.formats.map(101, "telephone-event/8000"));
    let mut stream = RtpStream::new(settings, None);
    // RFC 4733, 2.3: event 11 is '#', the end bit, volume 10, duration 800.
    let event = [11, 0x8a, 0x03, 0x20];
    let packets: Vec<_> = (0..5).map(|n| typed(101, n, 5000, 1, &event)).collect();
    let key = WireEvent::Dtmf { lane: Some(Lane::Agent), digit: '#' };
    assert_eq!(play(&mut stream, &packets), [key]);
}

#[test]
fn a_lane_that_speaks_later_begins_with_silence() {
    let began = Instant::now();
    let mut stream = RtpStream::new(RtpSettings::new(Lane::Agent), Some(began));
    let mut out = Vec::new();
    stream.push(&packet(900, 1), began + Duration::from_secs(3), &mut out);
    assert_eq!(samples(&out).len(), 3 * 8_000 + 160);
}

/// Ten per cent loss, 80 ms of jitter, duplicates: (packet, when it arrives).
fn bad_network(seed: &[(u8, u8, u8)]) -> Vec<(u16, Duration)> {
    let mut arrivals: Vec<(u16, Duration)> = Vec::new();
    for (number, &(loss, jitter, double)) in (0u16..).zip(seed) {
        let sent = BLOCK * u32::from(number);
        let late = |jitter: u8| Duration::from_millis(u64::from(jitter) * 80 / 255);
        if loss >= 26 || number == 0 {
            arrivals.push((number, sent + late(jitter)));
        }
        if double < 26 {
            arrivals.push((number, sent + late(double)));
        }
    }
    arrivals.sort_by_key(|(_, at)| *at);
    arrivals
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_bad_network_costs_only_what_was_lost_and_never_more_delay_than_the_hold(
        seed in proptest::collection::vec(any::<(u8, u8, u8)>(), 50..200),
    ) {
        let mut stream = stream();
        let (mut out, began) = (Vec::new(), Instant::now());
        let arrivals = bad_network(&seed);
        let came: std::collections::BTreeSet<u16> = arrivals.iter().map(|(n, _)| *n).collect();
        for (number, at) in &arrivals {
            let now = began + *at;
            while let Some(due) = stream.deadline().filter(|due| *due <= now) {
                stream.poll(due, &mut out);
            }
            let before = out.len();
            stream.push(&packet(*number, 7), now, &mut out);
            for event in &out[before..] {
                let WireEvent::Audio(audio) = event else { continue };
                prop_assert!(now - audio.received_at <= Duration::from_millis(120));
            }
        }
        stream.flush(&mut out);
        let first = arrivals[0].0;
        let (last, distinct) = (*came.last().unwrap(), came.range(first..).count());
        let span = usize::from(last - first) + 1;
        let heard = samples(&out);
        // 60 ms of concealment, then silence: time is kept either way.
        prop_assert!(heard.len().abs_diff(span * 160) <= 160, "{} of {}", heard.len(), span * 160);
        let counters = stream.counters();
        prop_assert_eq!(counters.lost as usize, span - distinct, "{:?}", counters);
        prop_assert_eq!(counters.late, 0);
    }

    #[test]
    fn arbitrary_datagrams_never_panic(
        datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..30),
        headers in proptest::collection::vec(any::<(u8, u16, u32, bool)>(), 0..30),
    ) {
        let mut stream = stream();
        let (mut out, mut now) = (Vec::new(), Instant::now());
        for (datagram, (kind, number, time, other)) in datagrams.iter().zip(headers) {
            stream.push(datagram, now, &mut out);
            let packet = typed(kind & 0x7f, number, time, u32::from(other), datagram);
            stream.push(&packet, now, &mut out);
            now += BLOCK;
        }
        stream.flush(&mut out);
    }
}
