// Equal to the last bit is the claim.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

use super::*;
use crate::acoustic::config::tests::yamnet_like;
use candle_core::Device;
use std::collections::HashMap;

/// Numbers in −1..1 that look random and are the same everywhere.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn weights(config: &Config) -> VarBuilder<'static> {
    let mut tensors = HashMap::new();
    for (i, (name, shape)) in config.tensors().into_iter().enumerate() {
        let count: usize = shape.iter().product();
        let inputs = if shape.len() == 2 { shape[0] } else { 4 };
        let scale = (3.0 / inputs as f64).sqrt();
        let tensor = Tensor::from_vec(numbers(count, i as u32), shape, &Device::Cpu).unwrap();
        tensors.insert(name, (tensor * scale).unwrap());
    }
    VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)
}

fn difference(a: &Tensor, b: &Tensor) -> f32 {
    (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar().unwrap()
}

fn windows(config: &Config, count: usize) -> Tensor {
    let front_end = config.front_end();
    let shape = (count, front_end.frames(), front_end.mels);
    Tensor::from_vec(numbers(count * front_end.len(), 99), shape, &Device::Cpu).unwrap()
}

/// Odd sizes everywhere: no axis fits a vector, a panel or a stride.
fn ragged() -> Config {
    Config {
        stem: 5,
        blocks: vec![Block(19, 2), Block(7, 1), Block(33, 2)],
        proj: 17,
        hidden: 11,
        mels: 45,
        window: 31_000,
        ..yamnet_like()
    }
}

#[test]
fn kernels_and_candle_operations_agree() {
    for config in [yamnet_like(), ragged()] {
        let vb = weights(&config);
        let fast = AcousticNet::load_as(&config, &vb, Path::Kernels).unwrap();
        let plain = AcousticNet::load_as(&config, &vb, Path::Plain).unwrap();
        let x = windows(&config, 3);
        let (fast, plain) = (fast.forward(&x).unwrap(), plain.forward(&x).unwrap());
        let spread = difference(&plain, &plain.mean_all().unwrap().broadcast_as((3, 9)).unwrap());
        assert!(spread > 0.05, "a dead network would prove nothing: {spread}");
        assert!(difference(&fast, &plain) < 1e-4 * spread.max(1.0), "{fast} {plain}");
    }
}

#[test]
fn a_window_scores_the_same_in_any_batch() {
    let config = ragged();
    let net = AcousticNet::load(&config, &weights(&config)).unwrap();
    let x = windows(&config, 5);
    let batched = net.forward(&x).unwrap();
    for i in 0..5 {
        let single = net.forward(&x.narrow(0, i, 1).unwrap()).unwrap();
        assert_eq!(difference(&single, &batched.narrow(0, i, 1).unwrap()), 0.0);
    }
}

#[test]
fn half_precision_stays_close() {
    let config = ragged();
    let vb = weights(&config);
    let x = windows(&config, 2);
    let full = AcousticNet::load(&config, &vb).unwrap().forward(&x).unwrap();
    let half = AcousticNet::load(&config, &vb.to_dtype(DType::F16)).unwrap();
    assert!(difference(&half.forward(&x).unwrap(), &full) < 0.05);
}

#[test]
fn no_windows_have_no_scores() {
    let config = ragged();
    let net = AcousticNet::load(&config, &weights(&config)).unwrap();
    let none = Tensor::zeros((0, 192, 45), DType::F32, &Device::Cpu).unwrap();
    assert_eq!(net.forward(&none).unwrap().dims(), [0, OUTPUTS]);
}
