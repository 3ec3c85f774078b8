//! One window and 32 windows through a network of the default shape, one core.
#![allow(clippy::unwrap_used, missing_docs)]

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::collections::HashMap;
use std::hint::black_box;
use undertone_emotion::acoustic::{Config, CpuNet};

const CONFIG: &str = r#"{"name": "bench", "sample_rate": 16000, "window": 32000, "frame": 400,
    "hop": 160, "fft": 512, "mels": 48, "level_ref": 16.0, "level_floor": 0.001,
    "log_offset": 0.001, "mean": 0.0, "std": 1.0, "stem": 32,
    "blocks": [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1]],
    "proj": 128, "hidden": 128,
    "classes": ["neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised"]}"#;

fn network(config: &Config) -> CpuNet {
    let mut tensors = HashMap::new();
    for (name, shape) in config.tensors() {
        let spread = 1.0 / (shape[0] as f32).sqrt();
        tensors.insert(name, Tensor::randn(0.0, spread, shape, &Device::Cpu).unwrap());
    }
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    CpuNet::load(config, &vb).unwrap()
}

fn windows(c: &mut Criterion) {
    let config = Config::parse(CONFIG).unwrap();
    let len = config.front_end().len();
    // The second look: half of the frames are new.
    let half = len / config.mels / 2 * config.mels;
    let mut net = network(&config);
    let mut group = c.benchmark_group("acoustic");
    group.sample_size(20);
    for batch in [1, 32] {
        let x = Tensor::randn(0f32, 1.0, batch * len, &Device::Cpu).unwrap();
        let x = x.to_vec1::<f32>().unwrap();
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(format!("batch {batch}"), |b| {
            b.iter(|| black_box(&x).chunks(len).map(|x| net.forward(x)[0]).sum::<f32>());
        });
        group.bench_function(format!("batch {batch}, both looks"), |b| {
            let mut both = |x| net.forward(x)[0] + net.forward(&x[len - half..])[0];
            b.iter(|| black_box(&x).chunks(len).map(&mut both).sum::<f32>());
        });
    }
    group.finish();
}

criterion_group!(benches, windows);
criterion_main!(benches);
