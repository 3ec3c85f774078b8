//! A whole lane: what it says must depend on the samples and on nothing else.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::speech;
use proptest::prelude::*;
use std::f32::consts::TAU;
use undertone_dsp::{Door, LaneAnalyzer, LaneConfig, LaneOutput, LogMel, SegmentData, WindowData};
use undertone_signal::FrontEnd;

fn config() -> LaneConfig {
    LaneConfig::new(FrontEnd::TELEPHONE)
}

fn hear(samples: &[f32], cut: usize) -> Vec<LaneOutput> {
    let mut lane = LaneAnalyzer::new(config()).unwrap();
    let mut outputs = Vec::new();
    for piece in samples.chunks(cut.max(1)) {
        lane.push(piece, &mut |output| outputs.push(output));
    }
    lane.finish(&mut |output| outputs.push(output));
    outputs
}

/// `samples` as the lane works on them.
fn passed(samples: &[f32]) -> Vec<f32> {
    let mut door = Door::new();
    samples.iter().map(|sample| door.pass(*sample)).collect()
}

fn windows(outputs: &[LaneOutput]) -> Vec<&WindowData> {
    let all = outputs.iter();
    all.filter_map(|o| if let LaneOutput::Window(w) = o { Some(w) } else { None }).collect()
}

fn segments(outputs: &[LaneOutput]) -> Vec<&SegmentData> {
    let all = outputs.iter();
    all.filter_map(|o| if let LaneOutput::Segment(s) = o { Some(s) } else { None }).collect()
}

#[test]
fn there_is_a_window_at_every_hop_and_features_once_there_is_speech() {
    let samples = speech(64_321, 1.0);
    let outputs = hear(&samples, 320);
    let windows = windows(&outputs);
    assert_eq!(windows.len(), 16);
    for (k, window) in windows.iter().enumerate() {
        assert_eq!(window.span.end.samples(), (k as u64 + 1) * 4_000);
    }
    assert!(windows[0].features.is_empty() && windows[1].features.is_empty());
    let last = windows[15];
    assert!(last.speech > 0.7 && last.prosody.f0_hz.is_some(), "{}", last.speech);
    let whole = LogMel::features(&config().front_end, &passed(&samples)[32_000..64_000]).unwrap();
    assert_eq!(last.features, whole);
}

#[test]
fn before_two_seconds_the_missing_past_is_silence() {
    let samples = speech(24_000, 1.0);
    let outputs = hear(&samples, 4_000);
    let last = windows(&outputs)[5];
    let mut padded = vec![0.0; 8_000];
    padded.extend(passed(&samples));
    let whole = LogMel::features(&config().front_end, &padded).unwrap();
    assert_eq!(last.features, whole);
    assert_eq!(last.span.start.samples(), 0);
}

#[test]
fn a_pause_has_no_features_where_none_are_wanted() {
    let mut samples = speech(32_000, 1.0);
    samples.extend(vec![0.0; 12_000]);
    let mut lane = LaneAnalyzer::new(LaneConfig { min_speech_now: 0.3, ..config() }).unwrap();
    let mut outputs = Vec::new();
    lane.push(&samples, &mut |output| outputs.push(output));
    let usual = hear(&samples, 320);
    let mut spared = 0;
    for (window, usual) in windows(&outputs).into_iter().zip(windows(&usual)) {
        let heard = usual.speech_now >= 0.3;
        assert_eq!(window.features, if heard { usual.features.clone() } else { Vec::new() });
        spared += usize::from(!heard && !usual.features.is_empty());
    }
    assert!(spared >= 1, "{spared}");
}

#[test]
fn a_segment_holds_the_samples_its_span_names() {
    let mut samples = vec![0.0; 16_000];
    samples.extend(speech(32_000, 0.8));
    samples.extend(vec![0.0; 16_000]);
    let outputs = hear(&samples, 777);
    let segments = segments(&outputs);
    assert_eq!(segments.len(), 1);
    let SegmentData { span, is_final, samples: heard, .. } = segments[0];
    let (start, end) = (span.start.samples() as usize, span.end.samples() as usize);
    assert!(*is_final && (9_000..16_000).contains(&start), "{start}");
    assert!((46_000..53_600).contains(&end), "{end}");
    assert_eq!(heard, &passed(&samples)[start..end]);
}

/// What a bad line adds to a sample, given a sine of so many hertz.
type Add = fn(&dyn Fn(f32, usize) -> f32, usize) -> f32;

/// What a lane finds of speech and prosody, with and without what a bad line adds.
#[test]
fn an_offset_or_hum_changes_neither_speech_nor_prosody() {
    let mut clean = speech(80_000, 0.3);
    clean.extend(vec![0.0; 16_000]);
    clean.extend(speech(80_000, 0.3));
    let sine = |hz: f32, n: usize| (TAU * hz * n as f32 / 16_000.0).sin();
    let cases: [(&str, Add); 5] = [
        ("10 % offset", |_, _| 0.1),
        ("-5 % offset", |_, _| -0.05),
        ("50 Hz at -15 dBFS", |sine, n| 0.178 * sine(50.0, n)),
        ("60 Hz at -15 dBFS", |sine, n| 0.178 * sine(60.0, n)),
        ("rectified 50 Hz", |sine, n| 0.1 * sine(100.0, n) + 0.03 * sine(200.0, n)),
    ];
    let wanted = hear(&clean, 320);
    for (name, add) in cases {
        let bad: Vec<f32> = clean.iter().enumerate().map(|(n, x)| x + add(&sine, n)).collect();
        let outputs = hear(&bad, 320);
        // A line of hum above 80 Hz is known after two seconds, and gone soon after.
        let pairs = windows(&outputs).into_iter().zip(windows(&wanted)).skip(20);
        for (window, wanted) in pairs {
            let at = window.span.end.seconds();
            assert!((window.speech_now - wanted.speech_now).abs() < 0.25, "{name}, {at} s");
            let (f0, right) = (window.prosody.f0_hz, wanted.prosody.f0_hz);
            if let (Some(f0), Some(right)) = (f0, right) {
                assert!((f0 / right - 1.0).abs() < 0.03, "{name}, {at} s: {f0} for {right} Hz");
            }
        }
        let length = |outputs: &[LaneOutput]| -> u64 {
            segments(outputs).iter().map(|segment| segment.span.samples()).sum()
        };
        let (found, right) = (length(&outputs) as f32, length(&wanted) as f32);
        assert!((found / right - 1.0).abs() < 0.1, "{name}: {found} of {right} samples");
    }
}

#[test]
fn a_deep_voice_keeps_its_f0_at_the_door() {
    for hz in [65.0f32, 70.0, 80.0, 95.0, 120.0] {
        let pulse = |n: usize| {
            let phase = (f64::from(n as u32) * f64::from(hz) / 16_000.0).fract() as f32;
            (1..20).map(|k| (TAU * k as f32 * phase).sin() / (k as f32 + 2.0)).sum::<f32>()
        };
        let swell = |n: usize| 0.55 - 0.45 * (n as f32 / 16_000.0 * 3.0 * TAU).cos();
        let samples: Vec<f32> = (0..48_000).map(|n| 0.2 * swell(n) * pulse(n)).collect();
        let outputs = hear(&samples, 160);
        let found: Vec<f32> = windows(&outputs).iter().filter_map(|w| w.prosody.f0_hz).collect();
        assert!(found.len() >= 6, "{hz} Hz: {found:?}");
        assert!(found.iter().all(|f0| (f0 / hz - 1.0).abs() < 0.02), "{hz} Hz: {found:?}");
    }
}

/// Keys and a beep between two utterances.
fn tones() -> Vec<f32> {
    let tone = |hz: [f32; 2], samples: usize| -> Vec<f32> {
        let sine = |n: usize, hz: f32| (TAU * (n as f32 * hz / 16_000.0).fract()).sin();
        (0..samples).map(|n| 0.1 * (sine(n, hz[0]) + sine(n, hz[1]))).collect()
    };
    let mut samples = Vec::new();
    for (low, high) in [(697.0, 1_336.0), (941.0, 1_477.0), (770.0, 1_209.0)] {
        samples.extend(tone([low, high], 1_920));
        samples.extend(vec![0.0; 1_920]);
    }
    samples.extend(tone([1_000.0; 2], 24_000));
    samples.extend(vec![0.0; 8_000]);
    samples.extend(tone([440.0, 480.0], 24_000));
    samples
}

#[test]
fn tones_are_silence_to_everything_but_their_events() {
    let gap = |samples: Vec<f32>| {
        let mut all = speech(32_000, 0.3);
        all.extend(vec![0.0; 16_000]);
        all.extend(samples);
        all.extend(vec![0.0; 16_000]);
        all.extend(speech(32_000, 0.3));
        hear(&all, 320)
    };
    let (with, without) = (gap(tones()), gap(vec![0.0; tones().len()]));
    let spoken = |outputs: &[LaneOutput]| -> Vec<f32> {
        windows(outputs).iter().map(|window| window.speech_now).collect()
    };
    let gone: Vec<_> = spoken(&with).iter().zip(spoken(&without)).map(|(a, b)| a - b).collect();
    assert!(gone.iter().all(|share| share.abs() < 0.1), "{gone:?}");
    assert_eq!(segments(&with).len(), segments(&without).len());
    for (a, b) in windows(&with).iter().zip(windows(&without)) {
        assert_eq!(a.features.is_empty(), b.features.is_empty(), "{}", a.span.end.seconds());
        // With little speech in it the level of a window is that of its edges.
        if b.speech < 0.4 {
            continue;
        }
        let far = a.features.iter().zip(&b.features).filter(|(a, b)| (*a - *b).abs() > 0.2).count();
        // What is left is a few frames at the edges of a tone.
        assert!(far <= a.features.len() / 20, "{} s: {far}", a.span.end.seconds());
    }
    let tones = with.iter().filter(|output| matches!(output, LaneOutput::Tone(_))).count();
    assert_eq!(tones, 5);
}

#[test]
fn a_segment_is_handed_over_soon_after_its_last_speech() {
    let mut samples = vec![0.0; 16_000];
    samples.extend(speech(32_000, 0.8));
    samples.extend(vec![0.0; 16_000]);
    let mut lane = LaneAnalyzer::new(config()).unwrap();
    let (mut pushed, mut waited) = (0, Vec::new());
    for tick in samples.chunks(160) {
        pushed += tick.len() as u64;
        lane.push(tick, &mut |output| {
            if let LaneOutput::Segment(segment) = output {
                let speech_end = segment.span.end.samples() - config().segment.padding as u64;
                waited.push(pushed - speech_end);
            }
        });
    }
    // 300 ms of silence end a segment; recognising it may begin 50 ms later at most.
    assert!(matches!(waited[..], [4_000..=5_600]), "{waited:?}");
}

#[test]
fn what_is_still_being_said_at_the_end_is_handed_over() {
    let samples = speech(20_050, 0.8);
    let outputs = hear(&samples, 160);
    let segments = segments(&outputs);
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].span.end.samples(), 20_050);
}

#[test]
fn contradictory_settings_are_refused() {
    for spoil in [
        (|c| c.hop = 0) as fn(&mut LaneConfig),
        |c| c.hop = 100,
        |c| c.front_end.hop = 200,
        |c| c.front_end.mels = 0,
        |c| c.min_speech = f32::NAN,
        |c| c.min_speech_now = 1.5,
        |c| c.vad.leave = 0.9,
        |c| c.segment.max = 0,
    ] {
        let mut bad = config();
        spoil(&mut bad);
        assert!(LaneAnalyzer::new(bad).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn how_samples_are_cut_makes_no_difference(
        length in 0usize..60_000,
        pause in 0usize..20_000,
        cut in prop_oneof![1usize..500, 500usize..40_000],
    ) {
        let mut samples = speech(length, 0.7);
        samples.extend(std::iter::repeat_n(0.0, pause));
        samples.extend(tones());
        samples.extend(speech(length / 2, 0.2));
        prop_assert_eq!(hear(&samples, 160), hear(&samples, cut));
    }

    #[test]
    fn no_sample_whatever_makes_a_lane_fail(
        samples in prop::collection::vec(
            prop_oneof![any::<f32>(), Just(f32::NAN), Just(f32::INFINITY), -1.0f32..1.0],
            1..500,
        ),
    ) {
        let long: Vec<f32> = samples.iter().copied().cycle().take(20_000).collect();
        for output in hear(&long, 1_000) {
            match output {
                LaneOutput::Window(w) => {
                    prop_assert!(w.features.iter().all(|x| x.is_finite()));
                    let p = w.prosody;
                    let all = [p.f0_hz, p.f0_range_st, p.loudness_db, p.rate_hz, p.roughness];
                    prop_assert!(all.iter().flatten().all(|x| x.is_finite()));
                }
                LaneOutput::Segment(s) => {
                    prop_assert!(s.samples.iter().all(|x| x.is_finite()));
                }
                LaneOutput::SegmentStarted { .. } | LaneOutput::Tone(_) => {}
                LaneOutput::Line(finding) => prop_assert!(finding.value.is_finite()),
            }
        }
    }
}
