//! Two voices made by code, on lines that mix them.
#![allow(clippy::panic)]

use super::*;
use crate::testing::{noise, vowel};
use proptest::prelude::*;

/// A voice in syllables of its own rhythm, its pitch never where the other's is.
fn voice(seed: usize, seconds: usize) -> Vec<f32> {
    let base = if seed == 0 { 115.0 } else { 205.0 };
    let f0 = move |n: usize| {
        let t = n as f32 / 16_000.0 + seed as f32;
        base * (1.0 + 0.12 * (t * 2.3).sin() + 0.07 * (t * 5.9).sin())
    };
    let mut samples = vowel(f0, seconds * 16_000, 80.0, 3_800.0);
    let breath = noise(seed as u32 + 77, samples.len());
    for (n, x) in samples.iter_mut().enumerate() {
        let t = n as f32 / 16_000.0;
        let swell = (t * (19.0 + 4.0 * seed as f32)).sin() * (t * 3.1 + seed as f32).cos();
        *x = (*x + 0.02 * breath[n]) * (0.1 + swell.abs());
    }
    samples
}

/// Two people who take turns of four seconds, and both speak from 16 s on.
fn talk() -> [Vec<f32>; 2] {
    let mut lanes = [voice(0, 20), voice(1, 20)];
    for (lane, samples) in lanes.iter_mut().enumerate() {
        for (n, x) in samples.iter_mut().enumerate().take(16 * 16_000) {
            if (n / 64_000) % 2 != lane {
                *x = 0.0;
            }
        }
    }
    lanes
}

fn delayed(samples: &[f32], by: usize, gain: f32) -> Vec<f32> {
    let silence = std::iter::repeat_n(0.0, by);
    silence.chain(samples.iter().map(|x| gain * x)).take(samples.len()).collect()
}

fn add(to: &mut [f32], what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(a, b)| *a += b);
}

fn hiss(lanes: &mut [Vec<f32>; 2], gain: f32) {
    for (lane, samples) in lanes.iter_mut().enumerate() {
        let hiss: Vec<f32> =
            noise(lane as u32 + 5, samples.len()).iter().map(|x| gain * x).collect();
        add(samples, &hiss);
    }
}

/// What is found, and the ticks masked on each lane.
fn check(lanes: &[Vec<f32>; 2]) -> (Vec<CrossFinding>, [Vec<bool>; 2]) {
    let (mut check, mut found) = (CrossCheck::new(), Vec::new());
    let mut masks = [Vec::new(), Vec::new()];
    for (a, b) in lanes[0].chunks_exact(TICK).zip(lanes[1].chunks_exact(TICK)) {
        let masked = check.push([a, b], &mut |finding| found.push(finding));
        masks[0].push(masked[0]);
        masks[1].push(masked[1]);
    }
    (found, masks)
}

/// Share of the ticks of `seconds` that are masked.
fn masked(masks: &[bool], seconds: std::ops::Range<usize>) -> f32 {
    let part = &masks[seconds.start * 100..seconds.end * 100];
    part.iter().filter(|masked| **masked).count() as f32 / part.len() as f32
}

#[test]
fn two_voices_on_lanes_of_their_own_are_left_alone() {
    let mut lanes = talk();
    hiss(&mut lanes, 5e-4);
    let (found, masks) = check(&lanes);
    assert_eq!(found, []);
    assert!(masks.iter().flatten().all(|masked| !masked));
}

#[test]
fn a_copy_is_found_once_and_judged_once() {
    for gain in [1.0, -0.95] {
        let lanes = talk();
        let mut mixed = lanes[0].clone();
        add(&mut mixed, &lanes[1]);
        let mut both = [mixed.clone(), delayed(&mixed, 0, gain)];
        hiss(&mut both, 3e-4);
        let (found, masks) = check(&both);
        assert_eq!(found, [CrossFinding::Copy]);
        assert!(masks[0].iter().all(|masked| !masked));
        assert!(masked(&masks[1], 2..20) > 0.99);
    }
}

#[test]
fn leakage_is_found_each_way_and_masked_where_it_is_all_there_is() {
    for db in [-12.0, -20.0, -30.0] {
        let gain = 10f32.powf(db / 20.0);
        let clean = talk();
        let mut lanes = clean.clone();
        add(&mut lanes[0], &delayed(&clean[1], 5, gain));
        add(&mut lanes[1], &delayed(&clean[0], 5, gain));
        hiss(&mut lanes, 5e-4);
        let (found, masks) = check(&lanes);
        let mut into = [0, 0];
        for finding in &found {
            let CrossFinding::Leak { lane, gain_db } = *finding else { panic!("{found:?}") };
            into[lane] += 1;
            assert!((gain_db - db).abs() < 3.0, "{gain_db} for {db}");
        }
        assert_eq!(into, [1, 1], "{db} dB: {found:?}");
        // Lane 1 has only leakage up to 4 s and from 8 to 12, lane 0 from 12 to 16.
        assert!(masked(&masks[1], 2..4) > 0.8 && masked(&masks[1], 8..12) > 0.8, "{db} dB");
        assert!(masked(&masks[0], 12..16) > 0.8, "{db} dB");
        // Their own voices stay.
        assert!(masked(&masks[0], 8..12) < 0.15 && masked(&masks[1], 12..16) < 0.15, "{db} dB");
    }
}

#[test]
fn an_echo_has_its_delay_and_gain_and_hides_nobody() {
    for (ms, db) in [(120, -12.0), (60, -20.0), (300, -15.0)] {
        let clean = talk();
        let mut lanes = clean.clone();
        add(&mut lanes[1], &delayed(&clean[0], ms * 16, 10f32.powf(db / 20.0)));
        hiss(&mut lanes, 5e-4);
        let (found, masks) = check(&lanes);
        let [CrossFinding::Echo { lane: 1, delay_ms, gain_db }] = found[..] else {
            panic!("{ms} ms: {found:?}")
        };
        assert!((delay_ms - ms as f32).abs() < 2.0 && (gain_db - db).abs() < 3.0, "{found:?}");
        assert!(masked(&masks[1], 8..12) > 0.8, "{ms} ms");
        assert!(masked(&masks[1], 13..16) < 0.1 && masked(&masks[0], 0..20) < 0.01, "{ms} ms");
    }
}

#[test]
fn a_lane_without_sound_is_found_once() {
    let lanes = [voice(0, 20), vec![0.0; 20 * 16_000]];
    let (found, masks) = check(&lanes);
    assert!(matches!(found[..], [CrossFinding::Empty { lane: 1, .. }]), "{found:?}");
    assert!(masks.iter().flatten().all(|masked| !masked));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_sound_makes_the_check_fail(
        a in prop::collection::vec(prop_oneof![-8.0f32..8.0, Just(0.0), -1e-20f32..1e-20], 1..300),
        b in prop::collection::vec(-8.0f32..8.0, 1..300),
    ) {
        let long = |x: &[f32]| x.iter().copied().cycle().take(40_000).collect::<Vec<f32>>();
        let (found, _) = check(&[long(&a), long(&b)]);
        for finding in found {
            if let CrossFinding::Echo { delay_ms, gain_db, .. } = finding {
                prop_assert!(delay_ms.is_finite() && gain_db.is_finite());
            }
        }
    }
}
