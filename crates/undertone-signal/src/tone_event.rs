//! The scores of one hop in an event.

use crate::{Judgement, Lane, Probability, Prosody, Scores, Span, Tone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A hop of one lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToneEvent {
    /// The lane.
    pub lane: Lane,
    /// The window.
    #[serde(flatten)]
    pub span: Span,
    /// Share of the window that is speech, 0..1.
    pub speech: f32,
    /// Share of its newest hop that is speech, 0..1.
    pub speech_now: f32,
    /// Likeliest tone; null if there was too little speech, and always on a lane whose voice
    /// is not scored.
    pub tone: Option<Tone>,
    /// −1 drowsy to 1 agitated.
    pub arousal: Option<f32>,
    /// −1 unpleasant to 1 pleasant.
    pub valence: Option<f32>,
    /// See [`Scores::contrast`].
    pub contrast: Option<f32>,
    /// Probability of each tone.
    pub probabilities: Option<BTreeMap<Tone, Probability>>,
    /// The same for the newest half of the window.
    pub recent: Option<RecentTone>,
    /// Prosody.
    #[serde(flatten)]
    pub prosody: Prosody,
    /// Evidence over the threshold of an alert: 0 calm, 1 alert.
    pub level: f32,
}

impl ToneEvent {
    /// The scores in the event, if the hop was scored.
    pub fn judgement(&self) -> Option<Judgement> {
        let recent = self.recent.as_ref()?;
        Some(Judgement {
            whole: Scores {
                arousal: self.arousal?,
                valence: self.valence?,
                contrast: self.contrast,
                ..scores(self.probabilities.as_ref()?)
            },
            recent: Scores {
                arousal: recent.arousal,
                valence: recent.valence,
                contrast: recent.contrast,
                ..scores(&recent.probabilities)
            },
        })
    }
}

fn scores(probabilities: &BTreeMap<Tone, Probability>) -> Scores {
    let mut scores = Scores::default();
    for (tone, probability) in probabilities {
        scores.probabilities[tone.index()] = *probability;
    }
    scores
}

/// The scores of the newest half of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecentTone {
    /// Likeliest tone.
    pub tone: Tone,
    /// −1 drowsy to 1 agitated.
    pub arousal: f32,
    /// −1 unpleasant to 1 pleasant.
    pub valence: f32,
    /// See [`Scores::contrast`].
    pub contrast: Option<f32>,
    /// Probability of each tone.
    pub probabilities: BTreeMap<Tone, Probability>,
}

impl From<Scores> for RecentTone {
    fn from(scores: Scores) -> Self {
        Self {
            tone: scores.top().0,
            arousal: scores.arousal,
            valence: scores.valence,
            contrast: scores.contrast,
            probabilities: Tone::ALL.into_iter().map(|tone| (tone, scores.of(tone))).collect(),
        }
    }
}
