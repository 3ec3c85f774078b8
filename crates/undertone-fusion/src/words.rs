//! Words as evidence for or against an alert.

use undertone_signal::{Effect, Emotion, Probability, Span, TextScores, Transcript, WordEvidence};

/// Emotions that are evidence for an alert.
const ANGRY: [Emotion; 3] = [Emotion::Anger, Emotion::Annoyance, Emotion::Disgust];

/// Emotions of relief, joy and thanks.
const GLAD: [Emotion; 3] = [Emotion::Gratitude, Emotion::Joy, Emotion::Relief];

/// One utterance with its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Its place in stream time.
    pub span: Span,
    /// The words.
    pub text: String,
    /// The recogniser's confidence.
    pub confidence: Probability,
    /// Probability of anger: the highest of the angry emotions and of the signals whose
    /// effect is [`Effect::Upset`].
    pub anger: Probability,
    /// Probability that they are glad, relieved or thankful, likewise.
    pub gladness: Probability,
}

impl Words {
    /// The utterance of a finished segment and its `scores`.
    pub fn new(words: &Transcript, scores: &TextScores) -> Self {
        Self {
            span: words.span,
            text: words.text.clone(),
            confidence: words.confidence,
            anger: likeliest(scores, &ANGRY, Effect::Upset),
            gladness: likeliest(scores, &GLAD, Effect::Content),
        }
    }

    pub(crate) fn evidence(&self) -> WordEvidence {
        WordEvidence { text: self.text.clone(), anger: self.anger }
    }
}

/// The highest probability of these emotions and of the signals of this effect.
fn likeliest(scores: &TextScores, emotions: &[Emotion], effect: Effect) -> Probability {
    let felt = emotions.iter().map(|&emotion| scores.of(emotion));
    let signals = scores.signals.iter().filter(|hit| hit.effect == effect);
    let all = felt.chain(signals.map(|hit| hit.probability));
    all.fold(Probability::default(), |most, next| if next > most { next } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{Lane, LaneKey, RunId, Scores, SignalHit, StreamTime};

    #[test]
    fn emotions_and_signals_of_either_effect_count_whatever_their_names() {
        let probability = Probability::new;
        let transcript = Transcript {
            key: LaneKey::new(RunId::from_u128(1), Lane::Customer),
            segment: 0,
            span: Span::new(StreamTime::from_samples(16_000), StreamTime::from_samples(40_000)),
            text: "cancel it, thank you".into(),
            confidence: probability(0.8),
            language: None,
            is_final: true,
        };
        let hit = |name: &str, sure, effect| SignalHit {
            name: name.into(),
            probability: probability(sure),
            effect,
        };
        let mut scores = TextScores {
            emotions: [Probability::default(); 28],
            present: vec![],
            scores: Scores::default(),
            negative: probability(0.0),
            signals: vec![
                hit("our own", 0.95, Effect::Upset),
                hit("cancel", 0.99, Effect::None),
                hit("parrots", 0.6, Effect::Content),
            ],
            embedding: vec![],
        };
        scores.emotions[Emotion::Gratitude.index()] = probability(0.7);
        scores.emotions[Emotion::Annoyance.index()] = probability(0.4);
        let words = Words::new(&transcript, &scores);
        assert_eq!((words.anger, words.gladness), (probability(0.95), probability(0.7)));
        assert_eq!(words.span, transcript.span);
    }
}
