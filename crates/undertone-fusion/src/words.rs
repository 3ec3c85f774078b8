//! What was said, as far as it counts for an alert.

use undertone_signal::{Emotion, Meaning, Probability, Span, StreamTime, TranscriptEvent};

/// Emotions that speak for an alert.
const ANGRY: [Emotion; 3] = [Emotion::Anger, Emotion::Annoyance, Emotion::Disgust];

/// Emotions of a moment that has turned good.
const GLAD: [Emotion; 3] = [Emotion::Gratitude, Emotion::Joy, Emotion::Relief];

/// Signals of a caller who has had enough, by the names of their example files.
const FED_UP: [&str; 4] = ["cancel", "repeated_problem", "legal_threat", "wants_human"];

/// Signals of one who is content.
const CONTENT: [&str; 2] = ["thanks", "resolved"];

/// One utterance, read by a text model.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Where it was said.
    pub span: Span,
    /// The words.
    pub text: String,
    /// How sure the recogniser is of them.
    pub confidence: Probability,
    /// How likely they are angry: the likeliest of the angry emotions and of the
    /// signals of a caller who has had enough.
    pub anger: Probability,
    /// How likely they are glad, relieved or thankful.
    pub gladness: Probability,
}

impl Words {
    /// What a transcript says; `None` while its speaker goes on, or where no text
    /// model has read it.
    pub fn of(transcript: &TranscriptEvent) -> Option<Self> {
        let meaning = transcript.meaning.as_ref().filter(|_| transcript.is_final)?;
        let time = StreamTime::from_seconds;
        Some(Self {
            span: Span::new(time(transcript.start_s), time(transcript.end_s)),
            text: transcript.text.clone(),
            confidence: transcript.confidence,
            anger: likeliest(meaning, &ANGRY, &FED_UP),
            gladness: likeliest(meaning, &GLAD, &CONTENT),
        })
    }

    /// The first words, for a reader in a hurry.
    pub(crate) fn quote(&self) -> String {
        const WORDS: usize = 6;
        let mut words = self.text.split_whitespace();
        let start: Vec<&str> = words.by_ref().take(WORDS).collect();
        let more = if words.next().is_some() { " …" } else { "" };
        format!("“{}{more}”", start.join(" "))
    }
}

/// The surest of these emotions and signals.
fn likeliest(meaning: &Meaning, emotions: &[Emotion], signals: &[&str]) -> Probability {
    let felt = meaning.emotions.iter().filter(|score| emotions.contains(&score.emotion));
    let heard = meaning.signals.iter().filter(|hit| signals.contains(&hit.name.as_str()));
    let all = felt.map(|score| score.probability).chain(heard.map(|hit| hit.probability));
    all.fold(Probability::default(), |most, next| if next > most { next } else { most })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_signal::{EmotionScore, Lane, SignalHit, Tone};

    #[test]
    fn emotions_and_signals_speak_for_and_against_an_alert() {
        let probability = Probability::new;
        let mut transcript = TranscriptEvent {
            lane: Lane::Customer,
            segment: 0,
            start_s: 1.0,
            end_s: 2.5,
            text: "cancel it, thank you".into(),
            confidence: probability(0.8),
            is_final: true,
            delay_ms: None,
            meaning: None,
        };
        assert_eq!(Words::of(&transcript), None);
        transcript.meaning = Some(Meaning {
            emotions: vec![
                EmotionScore { emotion: Emotion::Gratitude, probability: probability(0.7) },
                EmotionScore { emotion: Emotion::Annoyance, probability: probability(0.4) },
            ],
            tone: Tone::Neutral,
            valence: 0.0,
            signals: vec![SignalHit { name: "cancel".into(), probability: probability(0.95) }],
        });
        let words = Words::of(&transcript).unwrap();
        assert_eq!((words.anger, words.gladness), (probability(0.95), probability(0.7)));
        transcript.is_final = false;
        assert_eq!(Words::of(&transcript), None);
    }

    #[test]
    fn a_quote_is_short() {
        let words = |text: &str| Words {
            span: Span::new(StreamTime::ZERO, StreamTime::ZERO),
            text: text.into(),
            confidence: Probability::new(1.0),
            anger: Probability::new(0.0),
            gladness: Probability::new(0.0),
        };
        assert_eq!(words("third time I call").quote(), "“third time I call”");
        assert_eq!(
            words("this is the third time I am calling").quote(),
            "“this is the third time I …”"
        );
    }
}
