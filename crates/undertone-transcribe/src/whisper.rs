//! Runs Whisper on one segment at a time.
//!
//! A state takes hundreds of megabytes, so each worker owns one and reuses it. Flash
//! attention is off: with it, whisper.cpp's encoder attends to padding left from the
//! segment before, and transcripts would depend on earlier segments. The abort callback of
//! whisper-rs 0.16 is not used, because it passes C a pointer of the wrong type. A
//! segment's time is bounded by its length and its token limit.

use crate::languages::{CallLanguages, Known};
use crate::params::{LEAST_SAMPLES, Params, positions_for};
use crate::{Doubt, Guard, Hypothesis, ModelFile, TranscribeError, WhisperSettings};
use std::path::Path;
use std::sync::Arc;
use undertone_infer::{Dropped, ModelError, Transcriber};
use undertone_signal::{Probability, RunId, SAMPLE_RATE, Segment, Transcript};
use whisper_rs::{WhisperContext, WhisperContextParameters, WhisperError, WhisperState};

/// Shorter segments contain no word and are skipped.
const LEAST_SPEECH: usize = SAMPLE_RATE as usize / 10;
/// Probability above which a segment's detected language is used before its call has any
/// finished speech.
const SURE: f32 = 0.5;

/// A Whisper model with its one state.
pub struct WhisperTranscriber {
    name: String,
    threads: usize,
    guard: Guard,
    params: Params,
    tongue: Tongue,
    calls: Arc<CallLanguages>,
    context: WhisperContext,
    state: WhisperState,
    padded: Vec<f32>,
    probabilities: Vec<f32>,
    languages: Vec<f32>,
    dropped: Option<Dropped>,
}

/// How the language of a segment is chosen.
enum Tongue {
    /// The model knows one.
    Only,
    /// One for all calls, unless a gateway sets another.
    One(i32),
    /// Detected per call.
    Each,
}

/// Accepted words and their confidence, or the reason and the text of rejected words.
type Judged = Result<(String, f32), (Doubt, String)>;

/// The output of one run of the model.
struct Decoded {
    text: String,
    confidence: f32,
    average_log_probability: f32,
    no_speech_probability: f32,
    seconds: f64,
}

impl Decoded {
    fn hypothesis(&self) -> Hypothesis<'_> {
        Hypothesis {
            text: &self.text,
            average_log_probability: self.average_log_probability,
            no_speech_probability: self.no_speech_probability,
            seconds: self.seconds,
        }
    }
}

impl WhisperTranscriber {
    /// Checks the model at `path` and loads it.
    ///
    /// # Errors
    /// [`TranscribeError`] if the file is missing, damaged or not a Whisper
    /// model, if it does not support the language, or if memory is short.
    pub fn load(path: &Path, settings: &WhisperSettings) -> Result<Self, TranscribeError> {
        whisper_rs::install_logging_hooks();
        let file = ModelFile::check(path)?;
        let tongue = match crate::params::number_of(&file, &settings.language)? {
            Some(number) => Tongue::One(number),
            None if file.shape.is_multilingual() => Tongue::Each,
            None => Tongue::Only,
        };
        let backend = |error: WhisperError| TranscribeError::Backend {
            path: path.to_owned(),
            cause: error.to_string(),
        };
        let mut options = WhisperContextParameters::default();
        options.flash_attn(false);
        let context = WhisperContext::new_with_params(path, options).map_err(backend)?;
        let state = context.create_state().map_err(backend)?;
        Ok(Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            threads: usize::from(settings.threads.get()),
            guard: settings.guard,
            params: Params::new(settings),
            tongue,
            calls: Arc::clone(&settings.calls),
            context,
            state,
            padded: Vec::new(),
            probabilities: Vec::new(),
            languages: Vec::new(),
            dropped: None,
        })
    }

    /// Runs the model on `samples` with an encoder context of `positions`. `None` if the
    /// text is empty.
    fn decode(
        &mut self,
        samples: &[f32],
        language: Option<i32>,
        positions: usize,
    ) -> Result<Option<Decoded>, WhisperError> {
        self.languages.clear();
        let text_context = self.context.n_text_ctx() as usize;
        let params = self.params.of(language, samples.len(), positions, text_context);
        if samples.len() >= LEAST_SAMPLES {
            self.state.full(params, samples)?;
        } else {
            self.padded.clear();
            self.padded.extend_from_slice(samples);
            self.padded.resize(LEAST_SAMPLES, 0.0);
            self.state.full(params, &self.padded)?;
        }
        let (text, confidence, average_log_probability) = self.words()?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let no_speech_probability = self.first_token()?;
        let seconds = samples.len() as f64 / f64::from(SAMPLE_RATE);
        Ok(Some(Decoded {
            text,
            confidence,
            average_log_probability,
            no_speech_probability,
            seconds,
        }))
    }

    /// The words in the state. Writes the probabilities of their tokens to
    /// `self.probabilities`. The first number is the mean probability of the words, the second
    /// the mean log-probability including the end token.
    fn words(&mut self) -> Result<(String, f32, f32), WhisperError> {
        let mut bytes = Vec::new();
        let end = self.context.token_eot();
        self.probabilities.clear();
        let mut sum_log = 0.0;
        let mut tokens = 0.0;
        for segment in self.state.as_iter() {
            bytes.extend_from_slice(segment.to_bytes()?);
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                let data = token.token_data();
                sum_log += data.plog;
                tokens += 1.0;
                if data.id < end {
                    self.probabilities.push(data.p);
                }
            }
        }
        let sum: f32 = self.probabilities.iter().sum();
        let confidence = sum / self.probabilities.len().max(1) as f32;
        // A token can be half a character: only the whole text is UTF-8.
        Ok((String::from_utf8_lossy(&bytes).into_owned(), confidence, sum_log / tokens))
    }

    /// The no-speech probability of the audio just encoded. Writes the probability of each
    /// language to `self.languages` if languages are detected.
    ///
    /// whisper.cpp reads its own figure from a row of logits that is filled only for
    /// one-token prompts and otherwise holds the end of the segment before. So the first token
    /// is decoded once more, alone. The same row has the probabilities of the languages.
    fn first_token(&mut self) -> Result<f32, WhisperError> {
        self.state.decode(&[self.context.token_sot()], 0, self.threads)?;
        let logits = self.state.get_logits()?;
        let silence = logits[self.context.token_nosp() as usize];
        let sum: f32 = logits.iter().map(|logit| (logit - silence).exp()).sum();
        self.languages.clear();
        if matches!(self.tongue, Tongue::Each) {
            let row = |number: i32| logits.get(self.context.token_lang(number) as usize).copied();
            let of_all = (0..=whisper_rs::get_lang_max_id()).map_while(row);
            self.languages.extend(of_all);
            softmax(&mut self.languages);
        }
        Ok(1.0 / sum)
    }

    /// The words of `samples` in `language`, accepted or rejected; `None` if the text is
    /// empty.
    fn listen(
        &mut self,
        samples: &[f32],
        language: Option<i32>,
        is_final: bool,
    ) -> Result<Option<Judged>, WhisperError> {
        let most = self.context.n_audio_ctx() as usize;
        let positions = positions_for(samples.len(), most);
        let Some(first) = self.decode(samples, language, positions)? else { return Ok(None) };
        let doubt = match self.judge(&first) {
            Ok(text) => return Ok(Some(Ok((text, first.confidence)))),
            Err(doubt) => doubt,
        };
        // The shortened encoder context makes models repeat short utterances. Finished
        // speech is decoded again with the whole context.
        if doubt.is_loop()
            && is_final
            && positions < most
            && let Some(second) = self.decode(samples, language, most)?
        {
            let judged = self.judge(&second).ok();
            let copy = || self.guard.first_copy(&second.hypothesis());
            if let Some(text) = judged.or_else(copy) {
                return Ok(Some(Ok((text, second.confidence))));
            }
        }
        Ok(Some(match self.guard.first_copy(&first.hypothesis()) {
            Some(text) if doubt.is_loop() => Ok((text, first.confidence)),
            _ => Err((doubt, first.text)),
        }))
    }

    fn judge(&self, decoded: &Decoded) -> Result<String, Doubt> {
        let hypothesis = decoded.hypothesis();
        let judged = self.guard.judge(&hypothesis);
        tracing::debug!(?hypothesis, doubt = ?judged.as_ref().err(), "words judged");
        judged
    }

    /// As [`listen`](Self::listen), in the language of the segment's call, which is detected
    /// from finished speech.
    fn listen_to_call(&mut self, segment: &Segment) -> Result<Option<Decided>, WhisperError> {
        let (samples, is_final) = (&segment.samples[..], segment.is_final);
        let call = segment.key.run;
        let (language, settled) = self.language_of(call);
        let mut used = language;
        let mut words = self.listen(samples, language, is_final)?;
        if !settled && !self.languages.is_empty() && words.as_ref().is_some_and(is_speech) {
            if is_final {
                let seconds = samples.len() as f64 / f64::from(SAMPLE_RATE);
                self.calls.learn(call, &self.languages, seconds);
            }
            let now = self.likeliest(call);
            if now != language {
                used = now;
                words = self.listen(samples, now, is_final)?;
            }
        }
        let code = used.and_then(whisper_rs::get_lang_str).unwrap_or("en");
        Ok(words.map(|words| Decided { words, language: code }))
    }

    /// The language to decode `call` in, and whether it is final.
    fn language_of(&self, call: RunId) -> (Option<i32>, bool) {
        match (&self.tongue, self.calls.of(call)) {
            (Tongue::Only, _) => (None, true),
            (_, Known::Settled(number)) => (Some(number), true),
            (Tongue::One(number), _) => (Some(*number), true),
            (Tongue::Each, Known::Likely(number)) => (Some(number), false),
            (Tongue::Each, Known::Nothing) => (whisper_rs::get_lang_id("en"), false),
        }
    }

    /// The language of `call` after the segment just decoded: detected in its finished
    /// speech, or else in this segment, or else English.
    fn likeliest(&self, call: RunId) -> Option<i32> {
        let here = self.languages.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let sure = here.filter(|(_, probability)| **probability > SURE);
        match self.calls.of(call) {
            Known::Settled(number) | Known::Likely(number) => Some(number),
            Known::Nothing => sure
                .and_then(|(number, _)| i32::try_from(number).ok())
                .or_else(|| whisper_rs::get_lang_id("en")),
        }
    }
}

/// The result for a segment, and the language it was decoded in.
struct Decided {
    words: Judged,
    language: &'static str,
}

/// True if the segment is likely to be speech. A wrong language can cause the other doubts.
const fn is_speech(words: &Judged) -> bool {
    matches!(words, Ok(_) | Err((Doubt::Improbable | Doubt::Repetitive | Doubt::TooFast, _)))
}

fn softmax(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|logit| *logit = (*logit - most).exp());
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|share| *share /= sum);
}

impl Transcriber for WhisperTranscriber {
    fn name(&self) -> &str {
        &self.name
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        self.dropped = None;
        if segment.samples.len() < LEAST_SPEECH {
            return Ok(None);
        }
        // Lanes repair such samples; whisper.cpp would make words of them.
        if !segment.samples.iter().all(|sample| sample.is_finite()) {
            let reason = "samples that are not numbers".to_owned();
            self.dropped = Some(Dropped { reason, text: String::new() });
            return Ok(None);
        }
        let decided = self.listen_to_call(segment).map_err(|error| ModelError::Compute {
            model: self.name.clone(),
            cause: error.to_string(),
        })?;
        let Some(Decided { words, language }) = decided else { return Ok(None) };
        match words {
            Ok((text, confidence)) => Ok(Some(Transcript {
                key: segment.key,
                segment: segment.index,
                span: segment.span,
                text,
                confidence: Probability::new(confidence),
                is_final: segment.is_final,
                language: Some(language),
            })),
            Err((doubt, text)) => {
                if doubt != Doubt::NoWords {
                    self.dropped = Some(Dropped { reason: doubt.to_string(), text });
                }
                Ok(None)
            }
        }
    }

    fn take_dropped(&mut self) -> Option<Dropped> {
        self.dropped.take()
    }
}
