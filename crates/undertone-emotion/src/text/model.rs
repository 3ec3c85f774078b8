//! The text model behind the engine's trait.

use super::batch::{Judgement, TokenBatch};
use super::encoder::Encoder;
use super::plain::PlainEncoder;
use super::signals::{self, SignalBook};
use super::tokens::Pieces;
use super::{Config, weights};
use crate::EmotionError;
use crate::error::first_line;
use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use std::path::Path;
use undertone_infer::{ModelError, TextInput, TextModel, TextScores};
use undertone_signal::{Emotion, Probability, Scores, Tone};

/// Index of the first logit of valence.
const VALENCE: usize = Emotion::ALL.len() + Tone::ALL.len();

/// Utterances in one forward pass: more save nothing on a CPU and take memory.
const BATCH: usize = 16;

/// Arousal of each tone on the circumplex, by [`Tone::index`]. Words themselves say little
/// about arousal.
const AROUSAL: [f32; 7] = [0.0, 0.7, 0.3, -0.4, 0.5, 0.3, 0.5];

/// A text model on one device.
#[derive(Debug)]
pub struct CandleText {
    config: Config,
    pieces: Pieces,
    net: Net,
    book: SignalBook,
    batch: TokenBatch,
}

/// The implementation of the encoder.
#[derive(Debug)]
enum Net {
    /// Our own CPU kernels.
    Kernels(Box<Encoder>),
    /// candle's operations, on any device.
    Plain(Box<PlainEncoder>),
}

impl CandleText {
    /// Loads the weights file at `path` onto `device`.
    ///
    /// # Errors
    /// One line naming the file, and the tensor or field at fault; a damaged file
    /// never panics.
    pub fn load(path: &Path, device: &Device) -> Result<Self, EmotionError> {
        let file = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::from_bytes(&file, &bytes, device),
            Err(source) => Err(EmotionError::Read { file, source }),
        }
    }

    /// Loads the content of a weights file, called `file` in errors. A CPU gets
    /// our own kernels, every other device candle's operations.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_bytes(file: &str, bytes: &[u8], device: &Device) -> Result<Self, EmotionError> {
        if !device.is_cpu() {
            return Self::plain_from_bytes(file, bytes, device);
        }
        let (config, vocabulary, weights) = weights::read(file, bytes)?;
        let net = Net::Kernels(Box::new(Encoder::new(&config, weights)));
        Self::assemble(file, config, &vocabulary, net)
    }

    /// As [`from_bytes`](Self::from_bytes), with candle's operations on any device:
    /// the reference for the kernels.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn plain_from_bytes(
        file: &str,
        bytes: &[u8],
        device: &Device,
    ) -> Result<Self, EmotionError> {
        let (config, vocabulary, weights) = weights::read(file, bytes)?;
        let net = weights
            .tensors(&config, device)
            .map(|tensors| VarBuilder::from_tensors(tensors, DType::F32, device))
            .and_then(|vb| PlainEncoder::load(&config, &vb))
            .map_err(|error| EmotionError::Device {
                file: file.to_owned(),
                cause: first_line(&error),
            })?;
        Self::assemble(file, config, &vocabulary, Net::Plain(Box::new(net)))
    }

    fn assemble(
        file: &str,
        config: Config,
        vocabulary: &str,
        net: Net,
    ) -> Result<Self, EmotionError> {
        let pieces = Pieces::new(vocabulary, config.pieces, config.tokens).map_err(|cause| {
            EmotionError::Tensor { file: file.to_owned(), tensor: "vocabulary".into(), cause }
        })?;
        Ok(Self { pieces, net, book: SignalBook::default(), batch: TokenBatch::default(), config })
    }

    /// Replaces the signals by those of the examples file `toml`, called `file` in errors.
    ///
    /// # Errors
    /// [`EmotionError::Format`] naming the signal and field at fault;
    /// [`EmotionError::Device`] if the examples cannot be scored.
    pub fn listen_for(&mut self, file: &str, toml: &str) -> Result<(), EmotionError> {
        let examples = signals::Examples::parse(toml)
            .map_err(|cause| EmotionError::Format { file: file.to_owned(), cause })?;
        let sentences: Vec<_> = examples.sentences().map(|sentence| (sentence, "")).collect();
        let mut judged = Vec::with_capacity(sentences.len());
        for chunk in sentences.chunks(BATCH) {
            judged.extend(self.judge(chunk).map_err(|error| EmotionError::Device {
                file: file.to_owned(),
                cause: error.to_string(),
            })?);
        }
        self.book = SignalBook::new(&examples, &self.config.signals, &judged);
        Ok(())
    }

    /// The signals.
    pub const fn signals(&self) -> &SignalBook {
        &self.book
    }

    /// Shape, labels and thresholds of the model.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The raw outputs for `(text, context)` pairs.
    ///
    /// # Errors
    /// [`ModelError::Compute`] if the backend fails.
    pub fn judge(&mut self, pairs: &[(&str, &str)]) -> Result<Vec<Judgement>, ModelError> {
        self.batch.clear();
        let model = &self.config.name;
        let failed = |cause| ModelError::Compute { model: model.clone(), cause };
        for (text, context) in pairs {
            self.pieces.push(text, context, &mut self.batch).map_err(failed)?;
        }
        self.batch.check(&self.config).map_err(failed)?;
        let judged = match &mut self.net {
            _ if pairs.is_empty() => Vec::new(),
            Net::Kernels(net) => net.forward(&self.batch),
            Net::Plain(net) => {
                net.forward(&self.batch).map_err(|error| failed(first_line(&error)))?
            }
        };
        if judged.iter().any(|judgement| !judgement.is_finite()) {
            return Err(failed("scores are not finite".into()));
        }
        Ok(judged)
    }

    /// The inputs for an utterance: for emotions, itself after its context; for signals,
    /// itself and its sentences without context. "You too, goodbye" is no apology, although
    /// the turn before it was one.
    fn readings<'a>(&self, input: &TextInput<'a>) -> Vec<(&'a str, &'a str)> {
        let mut readings = vec![(input.text, input.context)];
        if !self.book.is_empty() {
            if has_context(input) {
                readings.push((input.text, ""));
            }
            readings.extend(signals::sentences(input.text).into_iter().map(|part| (part, "")));
        }
        readings
    }

    /// The scores of `input` from `judged`, one for each of [`readings`](Self::readings).
    fn scores(&self, input: &TextInput, judged: &[Judgement]) -> Option<TextScores> {
        let (whole, rest) = judged.split_first()?;
        let alone = if has_context(input) { rest } else { judged };
        let emotions = whole.emotions();
        let mut present: Vec<_> = Emotion::ALL
            .into_iter()
            .zip(&self.config.thresholds)
            .map(|(emotion, &threshold)| (emotion, emotions[emotion.index()].get() - threshold))
            .filter(|&(_, above)| above >= 0.0)
            .collect();
        present.sort_by(|a, b| b.1.total_cmp(&a.1));
        Some(TextScores {
            emotions,
            present: present.into_iter().map(|(emotion, _)| emotion).collect(),
            scores: whole.scores(),
            negative: whole.negative(),
            signals: self.book.above_threshold(alone, input.lane),
            embedding: whole.embedding.clone(),
        })
    }
}

impl TextModel for CandleText {
    fn name(&self) -> &str {
        &self.config.name
    }

    /// For signals, the sentences of an utterance are also scored one by one: "my card
    /// came. I'd like to cancel it" is both.
    /// Every probability is rounded to four decimals, so that events replay exactly.
    fn score(
        &mut self,
        utterances: &[TextInput<'_>],
        out: &mut Vec<TextScores>,
    ) -> Result<(), ModelError> {
        out.clear();
        for chunk in utterances.chunks(BATCH) {
            let mut pairs = Vec::with_capacity(chunk.len());
            let mut starts = Vec::with_capacity(chunk.len() + 1);
            for input in chunk {
                starts.push(pairs.len());
                pairs.extend(self.readings(input));
            }
            starts.push(pairs.len());
            let judged = self.judge(&pairs).inspect_err(|_| out.clear())?;
            let parts = starts.windows(2).map(|ends| &judged[ends[0]..ends[1]]);
            out.extend(
                chunk.iter().zip(parts).filter_map(|(input, part)| self.scores(input, part)),
            );
        }
        Ok(())
    }
}

impl Judgement {
    fn is_finite(&self) -> bool {
        let numbers = self.logits.iter().chain(&self.signals).chain(&self.embedding);
        numbers.into_iter().all(|number| number.is_finite())
    }

    /// Probability of each emotion.
    pub fn emotions(&self) -> [Probability; Emotion::ALL.len()] {
        std::array::from_fn(|i| Probability::new(rounded(1.0 / (1.0 + (-self.logits[i]).exp()))))
    }

    /// Tones, valence, and the arousal that the tones imply.
    pub fn scores(&self) -> Scores {
        let tones = softmax(&self.logits[Emotion::ALL.len()..VALENCE]);
        let [negative, _, positive] = self.valence();
        let mut probabilities = [Probability::default(); Tone::ALL.len()];
        for (probability, &tone) in probabilities.iter_mut().zip(&tones) {
            *probability = Probability::new(rounded(tone));
        }
        Scores {
            probabilities,
            arousal: rounded(tones.iter().zip(AROUSAL).map(|(p, place)| p * place).sum()),
            valence: rounded(positive - negative),
            contrast: None,
        }
    }

    /// Probability that the words are negative.
    pub fn negative(&self) -> Probability {
        Probability::new(rounded(self.valence()[0]))
    }

    /// Probabilities of negative, neutral, positive.
    fn valence(&self) -> [f32; 3] {
        let shares = softmax(&self.logits[VALENCE..]);
        std::array::from_fn(|i| shares[i])
    }
}

fn has_context(input: &TextInput) -> bool {
    !input.context.trim().is_empty()
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let shares: Vec<f32> = logits.iter().map(|logit| (logit - top).exp()).collect();
    let total: f32 = shares.iter().sum();
    shares.into_iter().map(|share| share / total).collect()
}

fn rounded(number: f32) -> f32 {
    (number * 1e4).round() / 1e4
}
