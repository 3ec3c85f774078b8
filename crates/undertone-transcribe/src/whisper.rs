//! Runs Whisper on one segment at a time.
//!
//! A state takes hundreds of megabytes, so each worker owns one and reuses it. Flash
//! attention is off: with it, whisper.cpp's encoder attends to padding left from the
//! segment before, and transcripts would depend on earlier segments. The abort callback of
//! whisper-rs 0.16 is not used, because it passes C a pointer of the wrong type. A
//! segment's time is bounded by its length and its token limit.

use crate::{Guard, Hypothesis, Language, ModelFile, TranscribeError, WhisperSettings};
use std::path::Path;
use undertone_infer::{ModelError, Transcriber};
use undertone_signal::{Probability, SAMPLE_RATE, Segment, Transcript};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState,
};

/// Shorter audio is padded with silence: whisper.cpp reads 201 samples unchecked and
/// ignores audio shorter than 100 ms.
const LEAST_SAMPLES: usize = SAMPLE_RATE as usize / 2;
/// Shorter segments contain no word and are skipped.
const LEAST_SPEECH: usize = SAMPLE_RATE as usize / 10;
/// Encoder positions per second of audio.
const POSITIONS_PER_SECOND: usize = 50;
/// Silence after the last sample, in encoder positions. Whisper was not trained on audio
/// that ends with its context, and repeats itself without this margin.
const SILENT_POSITIONS: usize = 128;
/// Published models fail on contexts much shorter than this.
const LEAST_POSITIONS: usize = 384;
/// Encoder contexts are a multiple of this, the width of a matrix tile.
const POSITION_STEP: usize = 64;
/// Tokens per second of a fast speaker, and a margin for the ends.
const TOKENS_PER_SECOND: usize = 10;
const TOKENS_TO_SPARE: usize = 16;

/// A Whisper model with its one state.
pub struct WhisperTranscriber {
    name: String,
    threads: usize,
    guard: Guard,
    params: FullParams<'static, 'static>,
    context: WhisperContext,
    state: WhisperState,
    padded: Vec<f32>,
    probabilities: Vec<f32>,
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
        let params = params(&file, settings)?;
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
            params,
            context,
            state,
            padded: Vec::new(),
            probabilities: Vec::new(),
        })
    }

    /// Runs the model; the result is in the state.
    fn run(&mut self, samples: &[f32]) -> Result<(), WhisperError> {
        let mut params = self.params.clone();
        let positions = audio_positions(samples.len(), self.context.n_audio_ctx() as usize);
        params.set_audio_ctx(i32::try_from(positions).unwrap_or(0));
        params.set_max_tokens(token_limit(samples.len(), self.context.n_text_ctx() as usize));
        if samples.len() >= LEAST_SAMPLES {
            return self.state.full(params, samples);
        }
        self.padded.clear();
        self.padded.extend_from_slice(samples);
        self.padded.resize(LEAST_SAMPLES, 0.0);
        self.state.full(params, &self.padded)
    }

    /// The words in the state. Writes the log-probabilities of their tokens to
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

    /// The no-speech probability of the audio just encoded.
    ///
    /// whisper.cpp reads its own figure from a row of logits that is filled only for
    /// one-token prompts and otherwise holds the end of the segment before. So the first token
    /// is decoded once more, alone.
    fn no_speech_probability(&mut self) -> Result<f32, WhisperError> {
        self.state.decode(&[self.context.token_sot()], 0, self.threads)?;
        let logits = self.state.get_logits()?;
        let silence = logits[self.context.token_nosp() as usize];
        let sum: f32 = logits.iter().map(|logit| (logit - silence).exp()).sum();
        Ok(1.0 / sum)
    }

    /// The accepted words of `samples` and their confidence.
    fn listen(&mut self, samples: &[f32]) -> Result<Option<(String, f32)>, WhisperError> {
        self.run(samples)?;
        let (text, confidence, average_log_probability) = self.words()?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let hypothesis = Hypothesis {
            text: &text,
            average_log_probability,
            no_speech_probability: self.no_speech_probability()?,
            seconds: samples.len() as f64 / f64::from(SAMPLE_RATE),
        };
        let judged = self.guard.judge(&hypothesis);
        tracing::debug!(?hypothesis, doubt = ?judged.as_ref().err(), "words judged");
        Ok(judged.ok().map(|text| (text, confidence)))
    }
}

impl Transcriber for WhisperTranscriber {
    fn name(&self) -> &str {
        &self.name
    }

    fn transcribe(&mut self, segment: &Segment) -> Result<Option<Transcript>, ModelError> {
        if segment.samples.len() < LEAST_SPEECH {
            return Ok(None);
        }
        let heard = self.listen(&segment.samples).map_err(|error| ModelError::Compute {
            model: self.name.clone(),
            cause: error.to_string(),
        })?;
        Ok(heard.map(|(text, confidence)| Transcript {
            key: segment.key.clone(),
            segment: segment.index,
            span: segment.span,
            text,
            confidence: Probability::new(confidence),
            is_final: segment.is_final,
        }))
    }
}

/// The parameters of every segment. Made once, because whisper-rs leaks the language each
/// time it is set.
fn params(
    file: &ModelFile,
    settings: &WhisperSettings,
) -> Result<FullParams<'static, 'static>, TranscribeError> {
    let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    params.set_n_threads(i32::from(settings.threads.get()));
    params.set_no_context(true);
    params.set_single_segment(true);
    params.set_no_timestamps(true);
    // Hotter retries of a doubtful segment cost its time over again and invent
    // more than they mend: the guard drops it instead.
    params.set_temperature_inc(0.0);
    params.set_suppress_nst(true);
    params.set_print_special(false);
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    match &settings.language {
        Language::Detect if file.shape.is_multilingual() => params.set_language(None),
        Language::English | Language::Detect => {}
        Language::Code(code) => params.set_language(Some(known(file, code)?)),
    }
    Ok(params)
}

/// whisper.cpp's name for the language `code`, if the model in `file` supports it.
fn known(file: &ModelFile, code: &str) -> Result<&'static str, TranscribeError> {
    let word = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase());
    let spoken = word && (code == "en" || file.shape.is_multilingual());
    let id = if spoken { whisper_rs::get_lang_id(code) } else { None };
    id.and_then(whisper_rs::get_lang_str).ok_or_else(|| TranscribeError::Language {
        path: file.path.clone(),
        language: code.to_owned(),
    })
}

/// Encoder positions for `samples`, at most `most`. On Metal the whole context is used,
/// because kernels compiled for it make shorter ones slower.
fn audio_positions(samples: usize, most: usize) -> usize {
    if cfg!(feature = "metal") {
        return most;
    }
    let spoken = (samples * POSITIONS_PER_SECOND).div_ceil(SAMPLE_RATE as usize);
    let wanted = (spoken + SILENT_POSITIONS).max(LEAST_POSITIONS);
    wanted.next_multiple_of(POSITION_STEP).min(most)
}

/// Token limit of a segment. At most whisper.cpp's own.
fn token_limit(samples: usize, text_context: usize) -> i32 {
    let wanted = samples * TOKENS_PER_SECOND / SAMPLE_RATE as usize + TOKENS_TO_SPARE;
    i32::try_from(wanted.min(text_context / 2)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_context_grows_with_the_segment_up_to_the_models() {
        let seconds = |s: usize| audio_positions(s * SAMPLE_RATE as usize, 1500);
        if cfg!(not(feature = "metal")) {
            assert_eq!(seconds(0), 384);
            assert_eq!(seconds(5), 384);
            assert_eq!(seconds(10), 640);
        }
        assert_eq!(seconds(30), 1500);
        assert_eq!(seconds(600), 1500);
    }

    #[test]
    fn the_token_limit_leaves_room_for_fast_speech_and_no_more() {
        assert_eq!(token_limit(3 * SAMPLE_RATE as usize, 448), 46);
        assert_eq!(token_limit(60 * SAMPLE_RATE as usize, 448), 224);
    }
}
