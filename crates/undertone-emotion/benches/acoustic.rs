//! One window and 32 windows through a network of the default shape, one core.
#![allow(clippy::unwrap_used, missing_docs)]

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::collections::HashMap;
use std::hint::black_box;
use undertone_emotion::acoustic::{AcousticNet, Config};

const CONFIG: &str = r#"{"name": "bench", "sample_rate": 16000, "window": 32000, "frame": 400,
    "hop": 160, "fft": 512, "mels": 48, "level_ref": 16.0, "level_floor": 0.001,
    "log_offset": 0.001, "mean": 0.0, "std": 1.0, "stem": 32,
    "blocks": [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1]],
    "proj": 128, "hidden": 128,
    "classes": ["neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised"]}"#;

fn network(config: &Config) -> AcousticNet {
    let mut tensors = HashMap::new();
    for (name, shape) in config.tensors() {
        let spread = 1.0 / (shape[0] as f32).sqrt();
        tensors.insert(name, Tensor::randn(0.0, spread, shape, &Device::Cpu).unwrap());
    }
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    AcousticNet::load(config, &vb).unwrap()
}

fn windows(c: &mut Criterion) {
    let config = Config::parse(CONFIG).unwrap();
    let front_end = config.front_end();
    let net = network(&config);
    let mut group = c.benchmark_group("acoustic");
    for batch in [1, 32] {
        let shape = (batch, front_end.frames(), front_end.mels);
        let x = Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap();
        group.throughput(Throughput::Elements(batch as u64));
        group.sample_size(20);
        group.bench_function(format!("batch {batch}"), |b| {
            b.iter(|| net.forward(black_box(&x)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, windows);
criterion_main!(benches);
