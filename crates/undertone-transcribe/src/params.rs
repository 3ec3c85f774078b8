//! Parameters of whisper.cpp, per language, and the length of the encoder's context.

use crate::{Language, ModelFile, TranscribeError, WhisperSettings};
use undertone_signal::SAMPLE_RATE;
use whisper_rs::{FullParams, SamplingStrategy};

/// Shorter audio is padded with silence: whisper.cpp reads 201 samples unchecked and
/// ignores audio shorter than 100 ms.
pub(crate) const LEAST_SAMPLES: usize = SAMPLE_RATE as usize / 2;
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

/// Encoder positions for `samples`, at most `most`. On Metal the whole context is used,
/// because kernels compiled for it make shorter ones slower.
pub(crate) fn positions_for(samples: usize, most: usize) -> usize {
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

/// The parameters of every language used so far. Each is made once, because whisper-rs
/// leaks the language each time it is set.
pub(crate) struct Params {
    plain: FullParams<'static, 'static>,
    /// Keyed by whisper.cpp's number of the language.
    by_language: Vec<(i32, FullParams<'static, 'static>)>,
}

impl Params {
    /// The parameters of every segment.
    pub(crate) fn new(settings: &WhisperSettings) -> Self {
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        params.set_n_threads(i32::from(settings.threads.get()));
        params.set_no_context(true);
        params.set_single_segment(true);
        params.set_no_timestamps(true);
        // Hotter retries of a doubtful segment invent more than they mend.
        params.set_temperature_inc(0.0);
        params.set_suppress_nst(true);
        params.set_print_special(false);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        Self { plain: params, by_language: Vec::new() }
    }

    /// The parameters for `samples` samples in the language of this number (`None`: the
    /// model's only one) with an encoder context of `positions`.
    pub(crate) fn of(
        &mut self,
        language: Option<i32>,
        samples: usize,
        positions: usize,
        text_context: usize,
    ) -> FullParams<'static, 'static> {
        let mut params = match language {
            Some(id) => self.in_language(id),
            None => self.plain.clone(),
        };
        params.set_audio_ctx(i32::try_from(positions).unwrap_or(0));
        params.set_max_tokens(token_limit(samples, text_context));
        params
    }

    fn in_language(&mut self, id: i32) -> FullParams<'static, 'static> {
        if let Some((_, params)) = self.by_language.iter().find(|(known, _)| *known == id) {
            return params.clone();
        }
        let mut params = self.plain.clone();
        params.set_language(whisper_rs::get_lang_str(id));
        self.by_language.push((id, params.clone()));
        params
    }
}

/// whisper.cpp's number of `language`; `None` if the model detects it or knows only one.
///
/// # Errors
/// [`TranscribeError::Language`] if the model in `file` does not support it, or should
/// detect it and is English-only.
pub(crate) fn number_of(
    file: &ModelFile,
    language: &Language,
) -> Result<Option<i32>, TranscribeError> {
    let multilingual = file.shape.is_multilingual();
    let unknown = |language: &str| TranscribeError::Language {
        path: file.path.clone(),
        language: language.to_owned(),
    };
    match language {
        Language::Usual => Ok(None),
        Language::Detect if multilingual => Ok(None),
        Language::Detect => Err(unknown("auto")),
        Language::Code(code) if code == "en" && !multilingual => Ok(None),
        Language::Code(code) => {
            language_number(code).filter(|_| multilingual).map(Some).ok_or_else(|| unknown(code))
        }
    }
}

/// whisper.cpp's number of the language `code`.
pub(crate) fn language_number(code: &str) -> Option<i32> {
    let word = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase());
    if word { whisper_rs::get_lang_id(code) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_context_grows_with_the_segment_up_to_the_models() {
        let seconds = |s: usize| positions_for(s * SAMPLE_RATE as usize, 1500);
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
