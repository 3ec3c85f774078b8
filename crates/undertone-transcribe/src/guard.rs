//! Rejects hallucinated transcripts.
//!
//! Whisper invents words on silence, noise and hold music: "thanks for watching", a
//! sentence repeated, stage directions. Each sign is weak alone. The guard requires
//! several at once, or one that does not occur in speech. The first two are from "Robust
//! Speech Recognition via Large-Scale Weak Supervision", section 4.5.

use crate::loops::{first_copy, most_repeats, shrinkage, words};

/// The recogniser's output for one segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hypothesis<'a> {
    /// Its words.
    pub text: &'a str,
    /// Mean natural logarithm of the probability of its tokens, the end included.
    pub average_log_probability: f32,
    /// No-speech probability, 0..1.
    pub no_speech_probability: f32,
    /// Length of the segment, in seconds.
    pub seconds: f64,
}

/// Why a hypothesis is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Nothing but punctuation and stage directions.
    #[error("no words")]
    NoWords,
    /// The recogniser's no-speech probability is high.
    #[error("no speech")]
    NoSpeech,
    /// The tokens are improbable.
    #[error("improbable")]
    Improbable,
    /// A phrase is repeated.
    #[error("repetitive")]
    Repetitive,
    /// More words than can be spoken in the time.
    #[error("too many words for its length")]
    TooFast,
    /// A phrase from film credits or subtitles.
    #[error("stock phrase")]
    StockPhrase,
}

impl Doubt {
    /// True if the words may be a loop over speech that is there.
    pub const fn is_loop(self) -> bool {
        matches!(self, Self::Repetitive | Self::TooFast)
    }
}

/// Limits beyond which words are rejected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guard {
    /// Above this no-speech probability, words must be more probable than
    /// [`doubtful_log_probability`](Self::doubtful_log_probability).
    pub no_speech: f32,
    /// Below this mean log-probability, words are rejected if the no-speech probability is high.
    pub doubtful_log_probability: f32,
    /// Above this no-speech probability, all words are rejected.
    pub surely_no_speech: f32,
    /// Below this mean log-probability, words are rejected in any case.
    pub least_log_probability: f32,
    /// A phrase of one to six words repeated more often than this is a loop.
    pub most_repeats: usize,
    /// Text whose words shrink by more than this factor when repetitions are removed is a
    /// loop: the compression ratio of the Whisper paper, on words instead of zlib's bytes.
    pub most_shrinkage: f64,
    /// Words a second; fast English is under 5.
    pub most_words_per_second: f64,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            no_speech: 0.6,
            doubtful_log_probability: -0.6,
            surely_no_speech: 0.95,
            least_log_probability: -1.2,
            most_repeats: 3,
            most_shrinkage: 2.4,
            most_words_per_second: 7.0,
        }
    }
}

/// Words that are allowed in a segment of any length: "yes", "oh no".
const WORDS_AT_ONCE: f64 = 2.0;
/// Phrases from subtitles that do not occur in telephone calls.
const STOCK_PHRASES: [&str; 8] = [
    "thanks for watching",
    "thank you for watching",
    "subtitles by",
    "amara org",
    "transcribed by",
    "like and subscribe",
    "please subscribe",
    "see you in the next video",
];

impl Guard {
    /// The words of `hypothesis` without stage directions.
    ///
    /// # Errors
    /// The first [`Doubt`] that applies.
    pub fn judge(&self, hypothesis: &Hypothesis) -> Result<String, Doubt> {
        let text = without_stage_directions(hypothesis.text);
        let words = words(&text);
        if words.is_empty() {
            return Err(Doubt::NoWords);
        }
        self.check_probability(hypothesis)?;
        if words.len() as f64 > WORDS_AT_ONCE + self.most_words_per_second * hypothesis.seconds {
            return Err(Doubt::TooFast);
        }
        if self.is_loop(&words) {
            return Err(Doubt::Repetitive);
        }
        let plain = words.join(" ");
        if STOCK_PHRASES.iter().any(|phrase| plain.contains(phrase)) {
            return Err(Doubt::StockPhrase);
        }
        Ok(text)
    }

    /// The first copy of the loop at the end of `hypothesis`, if it is accepted.
    pub fn first_copy(&self, hypothesis: &Hypothesis) -> Option<String> {
        let text = first_copy(hypothesis.text)?;
        self.judge(&Hypothesis { text, ..*hypothesis }).ok()
    }

    fn check_probability(&self, hypothesis: &Hypothesis) -> Result<(), Doubt> {
        let Hypothesis { average_log_probability: logp, no_speech_probability: silence, .. } =
            *hypothesis;
        if silence > self.surely_no_speech {
            return Err(Doubt::NoSpeech);
        }
        // Not a number is the mark of broken weights.
        if logp.is_nan() || logp < self.least_log_probability {
            return Err(Doubt::Improbable);
        }
        if silence > self.no_speech && logp < self.doubtful_log_probability {
            return Err(Doubt::NoSpeech);
        }
        Ok(())
    }

    fn is_loop(&self, words: &[String]) -> bool {
        most_repeats(words) > self.most_repeats || shrinkage(words) > self.most_shrinkage
    }
}

/// `text` without parts in brackets, between asterisks or after a note sign, and without
/// double spaces.
fn without_stage_directions(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut starred = false;
    for c in text.chars() {
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            '*' => starred = !starred,
            '♪' | '♫' | '🎵' | '🎶' => {}
            c if depth == 0 && !starred => kept.push(c),
            _ => {}
        }
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Hypothesis<'_> {
        Hypothesis {
            text,
            average_log_probability: -0.2,
            no_speech_probability: 0.02,
            seconds: 4.0,
        }
    }

    fn verdict(hypothesis: Hypothesis) -> Result<String, Doubt> {
        Guard::default().judge(&hypothesis)
    }

    #[test]
    fn plain_speech_is_believed() {
        let text = " I was charged twice, and nobody called me back.";
        assert_eq!(verdict(said(text)).as_deref(), Ok(text.trim()));
    }

    #[test]
    fn a_single_word_in_a_short_segment_is_believed() {
        let short = Hypothesis { seconds: 0.3, ..said("Oh no!") };
        assert!(verdict(short).is_ok());
    }

    #[test]
    fn repeating_oneself_in_anger_is_believed() {
        assert!(verdict(said("No, no, no! I want it now, I want it today.")).is_ok());
    }

    #[test]
    fn stage_directions_are_no_words() {
        for text in ["[MUSIC]", " (upbeat music) ", "*coughs*", "♪♪♪", "[BLANK_AUDIO].", "...", ""]
        {
            assert_eq!(verdict(said(text)), Err(Doubt::NoWords), "{text}");
        }
        assert_eq!(
            verdict(said("[sighs] My router is dead.")).as_deref(),
            Ok("My router is dead.")
        );
        assert_eq!(verdict(said("Hello) there [noise")).as_deref(), Ok("Hello there"));
    }

    #[test]
    fn words_over_silence_are_not_believed_however_probable() {
        let silent = Hypothesis { no_speech_probability: 0.97, ..said("Thank you.") };
        assert_eq!(verdict(silent), Err(Doubt::NoSpeech));
    }

    #[test]
    fn doubtful_speech_needs_probable_words() {
        let doubtful = Hypothesis { no_speech_probability: 0.7, ..said("Thank you.") };
        assert!(verdict(doubtful).is_ok());
        let worse = Hypothesis { average_log_probability: -0.8, ..doubtful };
        assert_eq!(verdict(worse), Err(Doubt::NoSpeech));
    }

    #[test]
    fn a_guess_is_not_believed_and_neither_is_a_nan() {
        for logp in [-1.5, f32::NAN, f32::NEG_INFINITY] {
            let guess = Hypothesis { average_log_probability: logp, ..said("Hello there.") };
            assert_eq!(verdict(guess), Err(Doubt::Improbable));
        }
    }

    #[test]
    fn loops_of_any_length_are_not_believed() {
        let long = |text: String| {
            let guard = Guard { most_words_per_second: f64::INFINITY, ..Guard::default() };
            guard.judge(&said(&text))
        };
        for phrase in ["so ", "I know. ", "I don't know what to say. "] {
            assert_eq!(long(phrase.repeat(5)), Err(Doubt::Repetitive), "{phrase}");
        }
        let wandering = "we are going to the store and then we are going to the park and then \
                         we are going to the store and then we are going to the park and then \
                         we are going to the store and then we are going to the park";
        assert_eq!(long(wandering.into()), Err(Doubt::Repetitive));
    }

    #[test]
    fn the_first_copy_of_a_loop_is_accepted_if_it_alone_would_be() {
        let text = "Dogs are sitting by the door. ".repeat(3);
        let dogs = Hypothesis { seconds: 1.5, ..said(&text) };
        let guard = Guard::default();
        assert!(guard.judge(&dogs).is_err_and(Doubt::is_loop));
        assert_eq!(guard.first_copy(&dogs).as_deref(), Some("Dogs are sitting by the door."));
        assert_eq!(guard.first_copy(&Hypothesis { seconds: 0.3, ..dogs }), None);
        let silent = Hypothesis { no_speech_probability: 0.97, ..dogs };
        assert_eq!(guard.first_copy(&silent), None);
        assert_eq!(guard.first_copy(&said("[music] [music]")), None);
    }

    #[test]
    fn more_words_than_time_are_not_believed() {
        let rushed = Hypothesis { seconds: 0.5, ..said("I would like to speak to a manager") };
        assert_eq!(verdict(rushed), Err(Doubt::TooFast));
    }

    #[test]
    fn film_credits_are_not_believed_but_thanks_are() {
        assert_eq!(verdict(said("Thanks for watching!")), Err(Doubt::StockPhrase));
        assert_eq!(verdict(said("Subtitles by the Amara.org community")), Err(Doubt::StockPhrase));
        assert!(verdict(said("Thank you for your help.")).is_ok());
    }
}
