// Equal to the last bit is the claim.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

use super::*;
use crate::acoustic::CpuNet;
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

/// What the kernels make of each window.
fn by_kernels(net: &mut CpuNet, windows: &Tensor) -> Tensor {
    let windows = windows.flatten_from(1).unwrap().to_vec2::<f32>().unwrap();
    let raw: Vec<_> = windows.iter().map(|window| net.forward(window).to_vec()).collect();
    Tensor::new(raw, &Device::Cpu).unwrap()
}

#[test]
fn kernels_and_candle_operations_agree() {
    let shallow = Config { stem: 1, blocks: Vec::new(), ..ragged() };
    for config in [yamnet_like(), ragged(), shallow] {
        let vb = weights(&config);
        let mut fast = CpuNet::load(&config, &vb).unwrap();
        let plain = AcousticNet::load(&config, &vb).unwrap();
        let x = windows(&config, 3);
        let (fast, plain) = (by_kernels(&mut fast, &x), plain.forward(&x).unwrap());
        let spread = difference(&plain, &plain.mean_all().unwrap().broadcast_as((3, 9)).unwrap());
        assert!(spread > 0.05, "a dead network would prove nothing: {spread}");
        assert!(difference(&fast, &plain) < 1e-4 * spread.max(1.0), "{fast} {plain}");
    }
}

#[test]
fn a_window_scores_the_same_whatever_came_before() {
    let config = ragged();
    let mut net = CpuNet::load(&config, &weights(&config)).unwrap();
    let x = windows(&config, 5);
    let together = by_kernels(&mut net, &x);
    for i in 0..5 {
        let mut fresh = CpuNet::load(&config, &weights(&config)).unwrap();
        let alone = by_kernels(&mut fresh, &x.narrow(0, i, 1).unwrap());
        assert_eq!(difference(&alone, &together.narrow(0, i, 1).unwrap()), 0.0);
    }
}

#[test]
fn new_first_frames_are_as_good_as_a_new_window() {
    for config in [yamnet_like(), ragged()] {
        let (mels, len) = (config.mels, config.front_end().len());
        let mut net = CpuNet::load(&config, &weights(&config)).unwrap();
        for frames in [0, 1, 2, 50, 96, 191, 192] {
            let (old, new) = (numbers(len, 3), numbers(frames * mels, 4));
            let whole = [&new, &old[new.len().min(len)..]].concat();
            let expected = net.forward(&whole);
            net.forward(&old);
            assert_eq!(net.forward(&new), expected, "{frames}");
        }
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

#[test]
fn activated_outputs_are_probabilities_and_bounded() {
    let out = activate([1.0, 3.0, 1000.0, -5.0, 0.0, 0.0, 1000.0, 9.0, -0.5]);
    assert_eq!(out[..7], [0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5]);
    assert!(out[7] > 0.999 && (out[8] + 0.462_117_2).abs() < 1e-6, "{out:?}");
}
