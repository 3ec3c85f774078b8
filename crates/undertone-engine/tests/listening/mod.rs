//! Devices that are none: what listening costs when one of them is unplugged.

use crate::{Mood, live, models, until_summary};
use crossbeam::channel::RecvTimeoutError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use undertone_capture::live::{Alarm, Device, DeviceError, Sink, Source, Stream};
use undertone_engine::{Engine, LaneSource, Notice, listen};
use undertone_signal::{CallId, Lane};

/// A device that plays a hum at its own rate and is unplugged after half a second, the
/// first time.
struct Hum {
    rate: u32,
    unplugged: bool,
}

impl Device for Hum {
    fn name(&self) -> &'static str {
        "hum"
    }

    fn open(&mut self, mut sink: Sink, alarm: Alarm) -> Result<Stream, DeviceError> {
        let (rate, first) = (self.rate, !std::mem::replace(&mut self.unplugged, true));
        let (running, dropped) = crossbeam::channel::bounded::<()>(0);
        std::thread::spawn(move || {
            let (began, block) = (Instant::now(), vec![0.1_f32; 2 * rate as usize / 100]);
            for callback in 1..=if first { 50 } else { 1_000_000_u32 } {
                let due = began + Duration::from_millis(10) * callback;
                if dropped.recv_deadline(due) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                sink.write(&block, 2, Instant::now(), |x| x);
            }
            alarm.raise("unplugged".to_owned());
        });
        Ok(Stream { rate, running: Box::new(running) })
    }
}

#[test]
fn a_device_that_goes_and_comes_back_costs_what_it_missed_and_no_more() {
    let (engine, events) = Engine::start(live(), models(Mood::Calm, Vec::new())).unwrap();
    let lanes = [(Lane::Customer, 44_100, false), (Lane::Agent, 16_000, true)];
    let sources = lanes.map(|(lane, rate, unplugged)| {
        let device = Box::new(Hum { rate, unplugged });
        let (source, rate) = Source::open(device, Instant::now()).unwrap();
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
    let (_, summary) = until_summary(&events);
    let (customer, agent) = (&summary.lanes[&Lane::Customer], &summary.lanes[&Lane::Agent]);
    assert!(summary.complete && agent.lost_s < 0.1, "{agent:?}");
    assert!((customer.lost_s - after.as_secs_f64()).abs() < 0.2, "{after:?} away: {customer:?}");
    assert!((customer.audio_s - agent.audio_s).abs() < 0.2, "{customer:?}, {agent:?}");
}
