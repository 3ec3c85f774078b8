//! The acoustic model from the outside: golden figures and damaged files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::Path;
use undertone_dsp::Functionals;
use undertone_emotion::acoustic::{AcousticNet, Config, CpuNet, activate};
use undertone_emotion::{CandleAcoustic, EmotionError};
use undertone_infer::{AcousticModel, ModelError, second_look, show_both};
use undertone_signal::{Scores, Tone};

const GOLDEN: &[u8] = include_bytes!("golden/acoustic.safetensors");

fn golden(name: &str) -> (Vec<usize>, Vec<f32>) {
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    let tensor = file.tensor(name).unwrap();
    let numbers = tensor.data().as_chunks::<4>().0;
    (tensor.shape().to_vec(), numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
}

fn golden_tensor(name: &str) -> Tensor {
    let (shape, numbers) = golden(name);
    Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap()
}

fn golden_config() -> Config {
    let (_, header) = SafeTensors::read_metadata(GOLDEN).unwrap();
    Config::parse(&header.metadata().as_ref().unwrap()["config"]).unwrap()
}

fn load(bytes: &[u8]) -> Result<CandleAcoustic, EmotionError> {
    CandleAcoustic::from_bytes("model.safetensors", bytes.to_vec(), &Device::Cpu)
}

/// The golden file again, each tensor's name, shape and bytes as `edit` leaves them.
fn edited(edit: impl Fn(&mut String, &mut Vec<usize>, &mut Vec<u8>)) -> Vec<u8> {
    let (_, header) = SafeTensors::read_metadata(GOLDEN).unwrap();
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    let mut tensors = Vec::new();
    for (mut name, view) in file.tensors() {
        let (mut shape, mut data) = (view.shape().to_vec(), view.data().to_vec());
        edit(&mut name, &mut shape, &mut data);
        tensors.push((name, shape, data));
    }
    let views = tensors.iter().map(|(name, shape, data)| {
        (name, TensorView::new(safetensors::Dtype::F32, shape.clone(), data).unwrap())
    });
    safetensors::serialize(views, header.metadata().clone()).unwrap()
}

fn with_metadata(metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    safetensors::serialize(file.tensors(), metadata).unwrap()
}

fn max_difference(a: &Tensor, b: &Tensor) -> f32 {
    (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar().unwrap()
}

#[test]
fn the_network_agrees_with_the_one_that_was_trained() {
    let vb =
        VarBuilder::from_buffered_safetensors(GOLDEN.to_vec(), DType::F32, &Device::Cpu).unwrap();
    let config = golden_config();
    let plain = AcousticNet::load(&config, &vb).unwrap().forward(&golden_tensor("golden.input"));
    assert!(max_difference(&plain.unwrap(), &golden_tensor("golden.raw")) <= 1e-4);
    let mut net = CpuNet::load(&config, &vb).unwrap();
    let (_, input) = golden("golden.input");
    let raw: Vec<_> =
        input.chunks(config.front_end().len()).map(|window| net.forward(window)).collect();
    let output: Vec<_> = raw.iter().map(|raw| activate(*raw)).collect();
    for (name, ours) in [("golden.raw", raw), ("golden.output", output)] {
        let ours = Tensor::from_vec(ours.concat(), (ours.len(), 9), &Device::Cpu).unwrap();
        assert!(max_difference(&ours, &golden_tensor(name)) <= 1e-4);
    }
}

#[test]
fn scores_are_the_outputs_rounded_and_the_same_in_any_batch() {
    let mut model = load(GOLDEN).unwrap();
    let (_, input) = golden("golden.input");
    let (_, output) = golden("golden.output");
    let windows: Vec<&[f32]> = input.chunks(model.front_end().len()).collect();
    let mut batched = Vec::new();
    model.score(&windows, &mut batched).unwrap();
    let mut single = Vec::new();
    for ((window, scores), expected) in windows.iter().zip(&batched).zip(output.chunks(9)) {
        model.score(&[window], &mut single).unwrap();
        assert_eq!(single, [*scores]);
        for tone in Tone::ALL {
            assert!((scores.of(tone).get() - expected[tone.index()]).abs() < 2e-4);
        }
        assert!((scores.arousal - expected[7]).abs() < 2e-4);
        assert!((scores.valence - expected[8]).abs() < 2e-4);
        assert!((scores.arousal * 1e4 - (scores.arousal * 1e4).round()).abs() < 1e-2);
    }
}

#[test]
fn two_looks_at_once_are_those_of_two_windows() {
    let (_, input) = golden("golden.input");
    let contrast = [0.1; Functionals::COUNT];
    for weights in [GOLDEN.to_vec(), with_layers(1e-3, [0.0; 9], Some(&contrast))] {
        let mut model = load(&weights).unwrap();
        let with_pitch = model.front_end().pitch;
        // A voice that comes and goes, its pitch gliding.
        let pitch = |frame: usize| [12.0 + frame as f32 * 0.02, (frame % 7) as f32 * 0.1];
        let windows: Vec<Vec<f32>> = input
            .chunks(model.front_end().frames() * model.front_end().mels)
            .map(|window| {
                let frames = window.chunks(model.front_end().mels).enumerate();
                let pitch = |frame| pitch(frame).into_iter().filter(|_| with_pitch);
                frames.flat_map(|(i, bands)| bands.iter().copied().chain(pitch(i))).collect()
            })
            .collect();
        let windows: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
        let (mut shared, mut shown) = (Vec::new(), Vec::new());
        model.judge(&windows, &mut shared).unwrap();
        show_both(&mut model, &windows, &mut shown).unwrap();
        assert_eq!(shared, shown);
        assert!(shared.iter().any(|judgement| judgement.whole != judgement.recent));
    }
}

#[test]
fn a_window_of_another_length_is_refused() {
    let mut model = load(GOLDEN).unwrap();
    let mut out = vec![Scores::default()];
    let error = model.score(&[&[0.0; 7]], &mut out).unwrap_err();
    assert!(matches!(error, ModelError::Shape { got: 7, .. }));
    assert!(out.is_empty());
    model.score(&[], &mut out).unwrap();
    assert!(out.is_empty());
}

#[test]
fn features_that_are_no_numbers_never_become_scores_that_are_none() {
    let mut model = load(GOLDEN).unwrap();
    let mut out = Vec::new();
    for bad in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN] {
        let window = vec![bad; model.front_end().len()];
        if model.score(&[&window], &mut out).is_ok() {
            assert!(out[0].arousal.is_finite() && out[0].valence.is_finite());
            let total: f32 = Tone::ALL.iter().map(|&tone| out[0].of(tone).get()).sum();
            assert!((total - 1.0).abs() < 1e-3, "{bad}: {total}");
        }
    }
}

#[test]
fn a_damaged_file_is_named_with_its_tensor() {
    let says = |bytes: &[u8], words: &[&str]| {
        let message = load(bytes).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1, "{message}");
        for word in ["model.safetensors"].iter().chain(words) {
            assert!(message.contains(word), "{message:?} does not name {word}");
        }
    };
    says(b"", &["not a safetensors file"]);
    says(b"\x89PNG\r\n\x1a\n and so on", &["not a safetensors file"]);
    says(&GOLDEN[..GOLDEN.len() / 2], &["not a safetensors file"]);
    says(&with_metadata(None), &["no metadata"]);
    let another = HashMap::from([("format".to_owned(), "undertone-text/1".to_owned())]);
    says(&with_metadata(Some(another)), &["undertone-text/1"]);
    let renamed = edited(|name, _, _| *name = name.replace("proj.weight", "proj.wait"));
    says(&renamed, &["proj.weight", "missing"]);
    let reshaped = edited(|name, shape, _| {
        if name == "blocks.1.pw.weight" {
            shape.reverse();
        }
    });
    says(&reshaped, &["blocks.1.pw.weight", "shape"]);
    let infinite = edited(|name, _, data| {
        if name == "hidden.bias" {
            data[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
        }
    });
    says(&infinite, &["hidden.bias", "not finite"]);
}

#[test]
fn no_flipped_byte_panics() {
    let header = 8 + u64::from_le_bytes(GOLDEN[..8].try_into().unwrap()) as usize;
    for at in (0..header).chain((header..GOLDEN.len()).step_by(911)) {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = GOLDEN.to_vec();
            bytes[at] ^= flip;
            if let Err(error) = load(&bytes) {
                assert_eq!(error.to_string().lines().count(), 1, "byte {at}: {error}");
            }
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = CandleAcoustic::load(Path::new("/nowhere/x.safetensors"), &Device::Cpu);
    let message = error.unwrap_err().to_string();
    assert!(message.starts_with("cannot read /nowhere/x.safetensors: "), "{message}");
}

/// The golden file with a layer over prosody whose weights are `weight` throughout.
fn with_prosody(weight: f32, bias: [f32; 9]) -> Vec<u8> {
    with_layers(weight, bias, None)
}

/// The same, and `contrast` beside it.
fn with_layers(weight: f32, bias: [f32; 9], contrast: Option<&[f32]>) -> Vec<u8> {
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    let (_, header) = SafeTensors::read_metadata(GOLDEN).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let flags = format!("{{\"prosody\":true,\"contrast\":{},", contrast.is_some());
    metadata.insert("config".to_owned(), metadata["config"].replacen('{', &flags, 1));
    let bytes = |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
    let (weight, bias) = (bytes(&[weight; Functionals::COUNT * 9]), bytes(&bias));
    let contrast = contrast.map(|numbers| (numbers.len(), bytes(numbers)));
    let mut tensors = file.tensors();
    let f32s = |shape: &[usize], data| {
        TensorView::new(safetensors::Dtype::F32, shape.to_vec(), data).unwrap()
    };
    tensors.push(("prosody.weight".to_owned(), f32s(&[Functionals::COUNT, 9], &weight)));
    tensors.push(("prosody.bias".to_owned(), f32s(&[9], &bias)));
    if let Some((count, contrast)) = &contrast {
        tensors.push(("prosody.contrast".to_owned(), f32s(&[*count], contrast)));
    }
    safetensors::serialize(tensors, Some(metadata)).unwrap()
}

/// The first golden window, with a voice of a steady pitch.
fn voiced() -> Vec<f32> {
    let (_, input) = golden("golden.input");
    let front_end = golden_config().front_end();
    input[..front_end.len()]
        .chunks(front_end.mels)
        .flat_map(|bands| bands.iter().copied().chain([12.0, 0.9]))
        .collect()
}

#[test]
fn contrast_is_the_weighted_sum_of_the_functionals_of_each_look() {
    let window = voiced();
    let weights: Vec<f32> = (0..Functionals::COUNT).map(|i| (i as f32 * 0.7).sin()).collect();
    let mut model = load(&with_layers(0.0, [0.0; 9], Some(&weights))).unwrap();
    let (columns, mut judged) = (model.front_end().columns(), Vec::new());
    model.judge(&[&window], &mut judged).unwrap();
    let (mut look, mut values) = (Vec::new(), Vec::new());
    second_look(&window, columns, &mut look);
    let mut functionals = Functionals::new(model.front_end());
    for (shown, told) in [(&window, judged[0].whole), (&look, judged[0].recent)] {
        functionals.measure(shown, &mut values);
        let sum: f32 = values.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
        let contrast = told.contrast.unwrap();
        assert!((contrast - sum).abs() < 1e-2, "{contrast} {sum}");
    }
    let mut plain = load(&with_prosody(0.0, [0.0; 9])).unwrap();
    plain.judge(&[&window], &mut judged).unwrap();
    assert_eq!(judged[0].recent.contrast, None);
}

#[test]
fn contrast_that_does_not_fit_is_named() {
    let message = load(&with_layers(0.0, [0.0; 9], Some(&[1.0; 7]))).unwrap_err().to_string();
    assert!(message.contains("prosody.contrast") && message.contains("[7]"), "{message}");
    let infinite = vec![f32::INFINITY; Functionals::COUNT];
    let message = load(&with_layers(0.0, [0.0; 9], Some(&infinite))).unwrap_err().to_string();
    assert!(message.contains("prosody.contrast") && message.contains("not finite"), "{message}");
}

#[test]
fn the_layer_over_prosody_adds_to_the_network() {
    let (_, input) = golden("golden.input");
    let plain = load(GOLDEN).unwrap();
    let length = plain.front_end().len();
    let window = voiced();
    let judge = |mut model: CandleAcoustic, window: &[f32]| {
        let mut out = Vec::new();
        model.score(&[window], &mut out).unwrap();
        out[0]
    };
    let alone = judge(plain, &input[..length]);
    let silent = load(&with_prosody(0.0, [0.0; 9])).unwrap();
    assert_eq!(silent.front_end().len(), window.len());
    assert_eq!(judge(silent, &window), alone);
    let mut bias = [0.0; 9];
    bias[Tone::Angry.index()] = 2.0;
    let angrier = judge(load(&with_prosody(0.0, bias)).unwrap(), &window);
    let odds = |scores: Scores| scores.of(Tone::Angry).logit();
    assert!((odds(angrier) - odds(alone) - 2.0).abs() < 0.01, "{angrier:?} {alone:?}");
    let heard = judge(load(&with_prosody(1e-3, [0.0; 9])).unwrap(), &window);
    assert!((heard.arousal - alone.arousal).abs() > 1e-3, "{heard:?}");
}

#[test]
fn a_layer_over_prosody_that_is_missing_is_named() {
    let (_, header) = SafeTensors::read_metadata(GOLDEN).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let config = metadata["config"].replacen('{', "{\"prosody\":true,", 1);
    metadata.insert("config".to_owned(), config);
    let message = load(&with_metadata(Some(metadata))).unwrap_err().to_string();
    assert!(message.contains("prosody.weight"), "{message}");
}
