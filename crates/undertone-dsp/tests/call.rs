//! Both lanes of a call: what one says must not depend on how the other arrives.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::speech;
use proptest::prelude::*;
use undertone_dsp::{CallAnalyzer, CallOutput, CrossFinding, LaneAnalyzer, LaneConfig, LaneOutput};
use undertone_signal::FrontEnd;

fn config() -> LaneConfig {
    LaneConfig::new(FrontEnd::TELEPHONE)
}

/// Both lanes in blocks of `cut`, the second `behind` blocks behind.
fn hear(lanes: &[Vec<f32>; 2], cut: usize, behind: usize) -> Vec<CallOutput> {
    let mut call = CallAnalyzer::new(vec![config(), config()]).unwrap();
    let mut out = Vec::new();
    let blocks = |lane: usize| lanes[lane].chunks(cut).collect::<Vec<_>>();
    let (first, second) = (blocks(0), blocks(1));
    for n in 0..first.len().max(second.len()) + behind {
        if let Some(block) = first.get(n) {
            call.push(0, block, &mut |output| out.push(output));
        }
        if let Some(block) = n.checked_sub(behind).and_then(|n| second.get(n)) {
            call.push(1, block, &mut |output| out.push(output));
        }
    }
    call.finish(&mut |output| out.push(output));
    out
}

fn of(lane: usize, outputs: &[CallOutput]) -> Vec<LaneOutput> {
    let mine = outputs.iter().filter_map(|output| match output {
        CallOutput::Lane(place, output) if *place == lane => Some(output.clone()),
        _ => None,
    });
    mine.collect()
}

fn alone(samples: &[f32]) -> Vec<LaneOutput> {
    let mut lane = LaneAnalyzer::new(config()).unwrap();
    let mut out = Vec::new();
    lane.push(samples, &mut |output| out.push(output));
    lane.finish(&mut |output| out.push(output));
    out
}

fn spoken(outputs: &[LaneOutput]) -> f32 {
    let windows = outputs.iter().filter_map(|output| match output {
        LaneOutput::Window(window) => Some(0.25 * window.speech_now),
        _ => None,
    });
    windows.sum()
}

/// Somebody speaks for two seconds, then the other for two, and so on.
fn turns(seconds: usize) -> [Vec<f32>; 2] {
    let mut lanes = [speech(seconds * 16_000, 0.3), speech((seconds + 3) * 16_000, 0.25)];
    lanes[1].drain(..3 * 16_000);
    for (lane, samples) in lanes.iter_mut().enumerate() {
        for (n, x) in samples.iter_mut().enumerate() {
            if n / 32_000 % 2 != lane {
                *x = 0.0;
            }
        }
    }
    lanes
}

#[test]
fn lanes_that_have_nothing_to_do_with_each_other_are_as_alone() {
    let lanes = turns(12);
    let out = hear(&lanes, 320, 0);
    assert!(!out.iter().any(|output| matches!(output, CallOutput::Cross(_))));
    for (lane, samples) in lanes.iter().enumerate() {
        assert_eq!(of(lane, &out), alone(samples));
    }
}

#[test]
fn an_echo_is_no_speech_of_the_lane_it_comes_back_on() {
    let clean = turns(16);
    let mut lanes = clean.clone();
    let echo = 120 * 16;
    for n in echo..lanes[1].len() {
        lanes[1][n] += 0.25 * clean[0][n - echo];
    }
    let out = hear(&lanes, 320, 0);
    let found: Vec<_> = out
        .iter()
        .filter_map(|output| if let CallOutput::Cross(found) = output { Some(found) } else { None })
        .collect();
    assert!(matches!(found[..], [CrossFinding::Echo { lane: 1, .. }]), "{found:?}");
    let (with, without) = (spoken(&of(1, &out)), spoken(&alone(&clean[1])));
    let unmasked = spoken(&alone(&lanes[1]));
    // What was taken for speech before the echo was known is the second it takes.
    assert!(
        (with - without).abs() < 1.5 && unmasked - without > 4.0,
        "{with} {without} {unmasked}"
    );
    assert_eq!(of(0, &out), alone(&lanes[0]));
}

#[test]
fn no_lanes_and_three_are_refused() {
    for count in [0, 3] {
        assert!(CallAnalyzer::new(vec![config(); count]).is_err());
    }
    let mut one = CallAnalyzer::new(vec![config()]).unwrap();
    let mut windows = 0;
    one.push(0, &vec![0.0; 16_000], &mut |_| windows += 1);
    one.push(1, &vec![0.0; 16_000], &mut |_| windows += 100);
    assert_eq!(windows, 4);
}

#[test]
fn a_lane_that_stops_does_not_hold_up_the_other() {
    let mut call = CallAnalyzer::new(vec![config(), config()]).unwrap();
    let mut last = 0;
    for block in speech(64_000, 0.3).chunks(320) {
        call.push(0, block, &mut |output| {
            if let CallOutput::Lane(0, LaneOutput::Window(window)) = output {
                last = window.span.end.samples();
            }
        });
    }
    assert!(last >= 64_000 - 8_000 - 4_000, "{last}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn how_samples_are_cut_makes_no_difference(
        cut in 1usize..1_500,
        behind in 0usize..4,
        gain in prop_oneof![Just(0.0f32), 0.05f32..1.0],
    ) {
        let mut lanes = turns(6);
        let leak: Vec<f32> = lanes[0].iter().map(|x| gain * x).collect();
        lanes[1].iter_mut().zip(leak).for_each(|(a, b)| *a += b);
        let (one, other) = (hear(&lanes, 160, 0), hear(&lanes, cut, behind));
        for lane in 0..2 {
            prop_assert_eq!(of(lane, &one), of(lane, &other));
        }
    }

    #[test]
    fn no_sample_whatever_makes_a_call_fail(
        samples in prop::collection::vec(
            prop_oneof![any::<f32>(), Just(f32::NAN), Just(f32::NEG_INFINITY), -1.0f32..1.0],
            1..400,
        ),
    ) {
        let long: Vec<f32> = samples.iter().copied().cycle().take(30_000).collect();
        let late: Vec<f32> = long.iter().skip(777).copied().collect();
        for output in hear(&[long, late], 1_000, 1) {
            if let CallOutput::Lane(_, LaneOutput::Window(window)) = output {
                prop_assert!(window.features.iter().all(|x| x.is_finite()));
            }
        }
    }
}
