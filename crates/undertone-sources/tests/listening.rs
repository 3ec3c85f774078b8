//! Devices that are none: what listening costs when one of them is unplugged.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use undertone_capture::live::{FakeDevice, Source};
use undertone_engine::{Engine, EngineSettings, Pace, fake};
use undertone_signal::{CallId, EventBody, Lane};
use undertone_sources::{LaneSource, Notice, listen};

#[test]
fn a_device_that_goes_and_comes_back_costs_what_it_missed_and_no_more() {
    let settings = EngineSettings { pace: Pace::Live, ..EngineSettings::default() };
    let (engine, events) = Engine::start(settings, fake::models()).unwrap();
    let unplugged = FakeDevice::new(44_100).unplugged_after(Duration::from_millis(500));
    let lanes = [(Lane::Customer, unplugged), (Lane::Agent, FakeDevice::new(16_000))];
    let sources = lanes.map(|(lane, device)| {
        let (source, rate) = Source::open(Box::new(device), Instant::now()).unwrap();
        LaneSource { lane, source, rate }
    });
    let call = engine.open(CallId::new("call"), &[Lane::Customer, Lane::Agent]).unwrap();
    let (stop, ears) = (Arc::new(AtomicBool::new(false)), std::thread::current());
    let stopper = Arc::clone(&stop);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        stopper.store(true, Ordering::Release);
        ears.unpark();
    });
    let mut told = Vec::new();
    listen(sources.into(), call, None, &stop, &mut |notice| told.push(notice)).unwrap();
    let [Notice::Lost { cause, .. }, Notice::Back { after, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert!(cause == "unplugged" && *after >= Duration::from_millis(250), "{told:?}");
    let summary = events.iter().find_map(|event| match event.body {
        EventBody::Summary(summary) => Some(summary),
        _ => None,
    });
    let summary = summary.unwrap();
    let (customer, agent) = (&summary.lanes[&Lane::Customer], &summary.lanes[&Lane::Agent]);
    assert!(summary.complete && agent.lost_s < 0.1, "{agent:?}");
    assert!((customer.lost_s - after.as_secs_f64()).abs() < 0.2, "{after:?} away: {customer:?}");
    assert!((customer.audio_s - agent.audio_s).abs() < 0.2, "{customer:?}, {agent:?}");
}
