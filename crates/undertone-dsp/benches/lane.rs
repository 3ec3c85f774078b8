//! What a lane costs: `cargo bench -p undertone-dsp`.
#![allow(missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::f32::consts::TAU;
use std::hint::black_box;
use undertone_dsp::{LaneAnalyzer, LaneConfig, LogMel, PITCH_FRAME, PitchAnalyzer, Resampler};
use undertone_signal::FrontEnd;

const HOP: usize = 4_000;
const FRONT_END: FrontEnd = FrontEnd::TELEPHONE;

/// A voice that speaks without pause, which is the dearest a lane can hear.
fn voice(samples: usize) -> Vec<f32> {
    let mut phase = 0.0f32;
    let sample = |n: usize| {
        let t = n as f32 / 16_000.0;
        phase = (phase + (140.0 + 25.0 * (TAU * 0.9 * t).sin()) / 16_000.0).fract();
        let sum: f32 = (1..24).map(|k| (TAU * k as f32 * phase).sin() / k as f32).sum();
        0.1 * (1.0 - 0.8 * (TAU * 4.0 * t).cos()) * sum
    };
    (0..samples).map(sample).collect()
}

fn lane(criterion: &mut Criterion) {
    let samples = voice(HOP * 40);
    let Ok(mut lane) = LaneAnalyzer::new(LaneConfig::new(FRONT_END)) else { return };
    let mut hops = samples.chunks_exact(HOP).cycle();
    let mut group = criterion.benchmark_group("lane");
    group.throughput(Throughput::Elements(HOP as u64));
    group.bench_function("hop of 250 ms", |bencher| {
        bencher.iter(|| {
            let hop = hops.next().unwrap_or_default();
            lane.push(hop, &mut |output| drop(black_box(output)));
        });
    });
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let samples = voice(32_000);
    let mut pitch = PitchAnalyzer::new();
    criterion.bench_function("pitch candidates of a frame", |bencher| {
        bencher.iter(|| pitch.analyze(black_box(&samples[..PITCH_FRAME])));
    });
    let Ok(mut log_mel) = LogMel::new(FRONT_END) else { return };
    let mut row = vec![0.0; FRONT_END.mels];
    criterion.bench_function("mel of a frame", |bencher| {
        bencher.iter(|| log_mel.magnitude(black_box(&samples[..400]), &mut row));
    });
    let mel = log_mel.magnitudes(&samples);
    criterion.bench_function("normalise a window", |bencher| {
        bencher.iter(|| {
            let mut features = mel.clone();
            log_mel.normalise(&mut features);
            features
        });
    });
    for rate in [8_000u32, 48_000] {
        let Ok(mut resampler) = Resampler::new(rate) else { return };
        let input = &samples[..rate as usize / 2];
        let mut out = Vec::with_capacity(16_000);
        criterion.bench_function(&format!("resample half a second from {rate} Hz"), |bencher| {
            bencher.iter(|| {
                out.clear();
                resampler.push(black_box(input), &mut out);
            });
        });
    }
}

criterion_group!(benches, lane, parts);
criterion_main!(benches);
