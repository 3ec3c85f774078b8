//! Batches of utterances for the encoder.

/// Token ids of several utterances one after the other, without padding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenBatch {
    /// Word-piece ids.
    pub ids: Vec<u32>,
    /// 0 for the utterance itself, 1 for its context; as long as `ids`.
    pub kinds: Vec<u8>,
    /// Tokens of each utterance; their sum is the length of `ids`.
    pub lengths: Vec<usize>,
}

impl TokenBatch {
    /// Adds an utterance of `(id, kind)` pairs.
    pub fn push(&mut self, tokens: impl IntoIterator<Item = (u32, u8)>) {
        let before = self.ids.len();
        for (id, kind) in tokens {
            self.ids.push(id);
            self.kinds.push(kind);
        }
        self.lengths.push(self.ids.len() - before);
    }

    /// Clears the batch but keeps its memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.kinds.clear();
        self.lengths.clear();
    }

    /// Number and position within its utterance of every token.
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        self.lengths.iter().flat_map(|&length| 0..length)
    }

    /// The first fault that would read past a table of the model, or an empty utterance.
    pub(super) fn check(&self, config: &super::Config) -> Result<(), String> {
        let tokens: usize = self.lengths.iter().sum();
        if tokens != self.ids.len() || tokens != self.kinds.len() {
            return Err(format!("{tokens} tokens by length, {} by id", self.ids.len()));
        }
        if let Some(length) = self.lengths.iter().find(|&&n| n == 0 || n > config.tokens) {
            return Err(format!("an utterance has {length} tokens, not 1 to {}", config.tokens));
        }
        if let Some(id) = self.ids.iter().find(|&&id| id as usize >= config.pieces) {
            return Err(format!("token {id} is none of {} word pieces", config.pieces));
        }
        if self.kinds.iter().any(|&kind| kind > 1) {
            return Err("a token is of a kind other than 0 and 1".into());
        }
        Ok(())
    }
}

/// The encoder's raw outputs for one utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Logits of the heads: 28 emotions, 7 tones, valence negative/neutral/positive.
    pub logits: [f32; super::OUTPUTS],
    /// Log-odds of the trained signals, by [`Config::signals`](super::Config).
    pub signals: Vec<f32>,
    /// Sentence embedding of unit length.
    pub embedding: Vec<f32>,
}

impl Judgement {
    /// From one row of the heads' outputs and one of the embedding, which is normalised to
    /// unit length.
    pub(super) fn new(heads: &[f32], embedding: &[f32]) -> Self {
        let mut logits = [0.0; super::OUTPUTS];
        logits.iter_mut().zip(heads).for_each(|(cell, &logit)| *cell = logit);
        let signals = heads.iter().skip(super::OUTPUTS).copied().collect();
        let length = embedding.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        Self { logits, signals, embedding: embedding.iter().map(|x| x / length).collect() }
    }
}
