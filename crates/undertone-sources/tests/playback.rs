//! Recordings as calls.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use undertone_capture::Recording;
use undertone_engine::{Engine, EngineSettings, fake};
use undertone_signal::{CallId, EventBody, Lane};
use undertone_sources::{Playback, lanes_of, play};

#[test]
fn a_recording_is_judged_on_both_lanes_to_its_end() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../audio-fixtures");
    let recording = Recording::open(&fixtures.join("refund.flac")).unwrap();
    let rate = f64::from(recording.sample_rate());
    let seconds = recording.frames().unwrap() as f64 / rate;
    let (engine, events) = Engine::start(EngineSettings::default(), fake::models()).unwrap();
    let call = engine.open(CallId::new("call"), lanes_of(recording.channels())).unwrap();
    let playback = Playback { customer_channel: 0, realtime: false };
    let player = std::thread::spawn(move || {
        let mut played = 0.0;
        play(recording, call, playback, |seconds| played = seconds).map(|()| played)
    });
    let summary = events.iter().find_map(|event| match event.body {
        EventBody::Summary(summary) => Some(summary),
        _ => None,
    });
    let (summary, played) = (summary.unwrap(), player.join().unwrap().unwrap());
    assert!(summary.complete && (played - seconds).abs() < 1e-6, "{played} of {seconds} s");
    for lane in [Lane::Customer, Lane::Agent] {
        let audio_s = summary.lanes[&lane].audio_s;
        assert!((audio_s - seconds).abs() < 1e-3, "{lane}: {audio_s} of {seconds} s");
    }
}
