//! Tones made by code: they must have their names, and voices none.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::pitch::PitchAnalyzer;
use crate::testing::{noise, vowel};
use crate::{PITCH_FRAME, segment::TICK};
use std::f32::consts::TAU;

/// Sines at `hz`, `seconds` long, together at `level_db`.
fn tone(hz: &[f32], seconds: f32, level_db: f32) -> Vec<f32> {
    let gain = 10f32.powf(level_db / 20.0) / (hz.len() as f32).sqrt();
    let wave =
        |n: usize, hz: f32| (TAU * (n as f64 * f64::from(hz) / 16_000.0).fract() as f32).sin();
    (0..(seconds * 16_000.0) as usize)
        .map(|n| gain * hz.iter().map(|hz| wave(n, *hz)).sum::<f32>())
        .collect()
}

fn silence(seconds: f32) -> Vec<f32> {
    vec![0.0; (seconds * 16_000.0) as usize]
}

/// What is found in `samples` over a line with noise at -65 dB, and the ticks masked.
fn hear(samples: &[f32]) -> (Vec<ToneFinding>, Vec<bool>) {
    let line = noise(9, samples.len());
    let samples: Vec<f32> = samples.iter().zip(line).map(|(x, n)| x + 1e-3 * n).collect();
    let (mut analyzer, mut track) = (PitchAnalyzer::new(), ToneTrack::default());
    let (mut found, mut masks) = (Vec::new(), Vec::<bool>::new());
    for end in (TICK..=samples.len()).step_by(TICK) {
        analyzer.analyze(&samples[end.saturating_sub(PITCH_FRAME)..end]);
        let masked = track.push(analyzer.power(), end as u64, &mut |tone| found.push(tone));
        let from = masks.len().saturating_sub(masked.back);
        masks[from..].fill(true);
        masks.push(masked.now);
    }
    track.finish(samples.len() as u64, &mut |tone| found.push(tone));
    (found, masks)
}

fn kinds(samples: &[f32]) -> Vec<ToneKind> {
    hear(samples).0.iter().map(|found| found.kind).collect()
}

/// A cadence of `hz`: seconds on, off, on, off.
fn cadence(hz: &[f32], rhythm: &[f32], times: usize) -> Vec<f32> {
    let one: Vec<f32> = (rhythm.iter().enumerate())
        .flat_map(|(n, s)| if n % 2 == 0 { tone(hz, *s, -18.0) } else { silence(*s) })
        .collect();
    let mut all = silence(0.5);
    all.extend(one.repeat(times));
    all
}

#[test]
fn every_key_is_read_at_every_level_and_length() {
    const KEYS: &str = "123A456B789C*0#D";
    let row = [697.0, 770.0, 852.0, 941.0];
    let column = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    for (level, on, off) in [(-6.0, 0.1, 0.1), (-20.0, 0.05, 0.05), (-35.0, 0.2, 0.06)] {
        let mut samples = silence(0.3);
        for n in 0..16 {
            // Off by up to 1.5 %, as Q.24 has it accepted.
            let off_by = 1.0 + 0.015 * ((n % 3) as f32 - 1.0);
            samples.extend(tone(&[off_by * row[n / 4], off_by * column[n % 4]], on, level));
            samples.extend(silence(off));
        }
        let (found, masks) = hear(&samples);
        let read: String = found
            .iter()
            .map(|found| if let ToneKind::Dtmf(key) = found.kind { key } else { '?' })
            .collect();
        assert_eq!(read, KEYS, "at {level} dB, {on} s");
        for (n, found) in found.iter().enumerate() {
            let start = 0.3 + n as f64 * f64::from(on + off);
            let (from, to) = (found.span.start.seconds(), found.span.end.seconds());
            assert!((from - start).abs() < 0.03, "{n}: {from} for {start}");
            assert!((to - start - f64::from(on)).abs() < 0.04, "{n}: {to} for {start}");
            let ticks = (start * 100.0).ceil() as usize..((start + f64::from(on)) * 100.0) as usize;
            assert!(masks[ticks].iter().all(|masked| *masked), "{n} at {level} dB");
        }
    }
}

#[test]
fn a_key_too_short_for_q24_and_a_pair_that_is_no_key_are_not_read() {
    for samples in [tone(&[770.0, 1_336.0], 0.015, -15.0), tone(&[725.0, 1_270.0], 0.2, -15.0)] {
        let all = [silence(0.2), samples, silence(0.2)].concat();
        let found = kinds(&all);
        assert!(!found.iter().any(|kind| matches!(kind, ToneKind::Dtmf(_))), "{found:?}");
    }
}

#[test]
fn exchanges_are_understood_whatever_the_country() {
    use ToneKind::{Busy, Dial, Ringback};
    let cases: [(&str, &[f32], &[f32], usize, ToneKind); 13] = [
        ("ring, North America", &[440.0, 480.0], &[2.0, 4.0], 2, Ringback),
        ("ring, Germany", &[425.0], &[1.0, 4.0], 3, Ringback),
        ("ring, France", &[440.0], &[1.5, 3.5], 2, Ringback),
        ("ring, United Kingdom", &[400.0, 450.0], &[0.4, 0.2, 0.4, 2.0], 3, Ringback),
        ("busy, North America", &[480.0, 620.0], &[0.5, 0.5], 8, Busy),
        ("busy, Germany", &[425.0], &[0.48, 0.48], 8, Busy),
        ("busy, Italy", &[425.0], &[0.5, 0.5], 4, Busy),
        ("busy, United Kingdom", &[400.0], &[0.375, 0.375], 8, Busy),
        ("congestion, Germany", &[425.0], &[0.24, 0.24], 12, Busy),
        ("reorder, North America", &[480.0, 620.0], &[0.25, 0.25], 12, Busy),
        ("dial, North America", &[350.0, 440.0], &[6.0], 1, Dial),
        ("dial, Germany", &[425.0], &[6.0], 1, Dial),
        ("dial, United Kingdom", &[350.0, 450.0], &[6.0], 1, Dial),
    ];
    for (name, hz, rhythm, times, kind) in cases {
        let (found, masks) = hear(&cadence(hz, rhythm, times));
        let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
        assert_eq!(kinds, [kind], "{name}: {found:?}");
        let on: f32 = rhythm.iter().step_by(2).sum::<f32>() * times as f32;
        let masked = masks.iter().filter(|masked| **masked).count() as f32 / 100.0;
        assert!(masked > 0.95 * on, "{name}: {masked} of {on} s masked");
    }
}

#[test]
fn information_fax_and_beeps_are_told_apart() {
    let sit: Vec<f32> =
        [985.2, 1_428.5, 1_776.7].iter().flat_map(|f| tone(&[*f], 0.38, -18.0)).collect();
    assert_eq!(kinds(&[silence(0.3), sit, silence(1.0)].concat()), [ToneKind::Sit]);
    for (hz, seconds, kind) in [
        (1_100.0, 0.5, ToneKind::Fax),
        (2_100.0, 2.6, ToneKind::Fax),
        (1_400.0, 0.5, ToneKind::Beep),
        (1_000.0, 1.0, ToneKind::Beep),
        (950.0, 0.3, ToneKind::Beep),
        (440.0, 0.3, ToneKind::Beep),
    ] {
        let all = [silence(0.3), tone(&[hz], seconds, -20.0), silence(2.0)].concat();
        assert_eq!(kinds(&all), [kind], "{hz} Hz");
    }
}

#[test]
fn voices_and_noise_are_no_tones() {
    let glide = |n: usize| 190.0 + 60.0 * (n as f32 / 5_000.0).sin();
    let scream = |n: usize| 520.0 + 60.0 * (n as f32 / 2_000.0).sin();
    for (low, high) in [(0.0, 7_000.0), (300.0, 3_400.0)] {
        for samples in [vowel(glide, 80_000, low, high), vowel(scream, 80_000, low, high)] {
            let (found, masks) = hear(&samples);
            assert_eq!(found, []);
            assert!(masks.iter().all(|masked| !masked));
        }
    }
    let (found, masks) = hear(&noise(4, 160_000));
    assert!(found.is_empty() && masks.iter().all(|masked| !masked));
}

#[test]
fn speech_right_after_a_tone_is_masked_no_longer_than_a_frame() {
    let voice = vowel(|_| 150.0, 16_000, 0.0, 7_000.0);
    let (_, masks) = hear(&[silence(0.2), tone(&[1_000.0], 0.5, -18.0), voice].concat());
    assert!(masks[25..70].iter().all(|masked| *masked));
    assert!(masks[77..].iter().all(|masked| !masked));
}
