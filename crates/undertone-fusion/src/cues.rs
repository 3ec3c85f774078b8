//! From scores and prosody to cues against a speaker's baseline.

use crate::{Baseline, FusionConfig, Weights};
use undertone_signal::{Cue, CueKind, Prosody, Scores, Tone};

/// The measures compared with a baseline, in a fixed order: score, arousal,
/// pitch, loudness, rate. `None` where the hop did not tell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measures(pub [Option<f32>; 5]);

/// The kinds of cue in the order of [`Measures`].
const KINDS: [CueKind; 5] =
    [CueKind::ModelScore, CueKind::Arousal, CueKind::Pitch, CueKind::Loudness, CueKind::Rate];

impl Measures {
    /// The measures of one judged hop.
    pub fn new(scores: &Scores, prosody: &Prosody) -> Self {
        Self([
            Some(anger_log_odds(scores)),
            Some(scores.arousal),
            prosody.f0_semitones(),
            prosody.loudness_db,
            prosody.rate_hz,
        ])
    }
}

/// Natural log of anger's probability over that of calm. Calm takes in
/// sadness: a low voice is no reason for alarm.
fn anger_log_odds(scores: &Scores) -> f32 {
    const FLOOR: f32 = 1e-3;
    let angry = scores.of(Tone::Angry).get() + FLOOR;
    let calm = scores.of(Tone::Neutral).get() + scores.of(Tone::Sad).get() + FLOOR;
    (angry / calm).ln()
}

/// One baseline a measure.
#[derive(Debug, Clone)]
pub struct CueSet {
    baselines: [Baseline; 5],
}

impl CueSet {
    /// Baselines that remember `capacity` observations each.
    pub fn new(capacity: usize) -> Self {
        Self { baselines: FusionConfig::PRIORS.map(|prior| Baseline::new(prior, capacity)) }
    }

    /// Takes in measures of calm speech.
    pub fn learn(&mut self, measures: &Measures) {
        for (baseline, value) in self.baselines.iter_mut().zip(measures.0) {
            if let Some(value) = value {
                baseline.learn(value);
            }
        }
    }

    /// Every measure that can be compared, against its baseline.
    pub fn cues(&self, measures: &Measures) -> impl Iterator<Item = Cue> {
        self.baselines.iter().zip(measures.0).zip(KINDS).filter_map(|((baseline, value), kind)| {
            let (value, center) = (value?, baseline.center()?);
            let z = (value - center) / baseline.spread();
            Some(Cue { kind, value, baseline: center, change: value - center, z })
        })
    }

    /// The weighted evidence of one hop, in natural-log units.
    pub fn evidence(&self, measures: &Measures, weights: &Weights) -> f32 {
        let mut sum = weights.bias;
        for cue in self.cues(measures) {
            let weight = match cue.kind {
                CueKind::ModelScore => weights.score,
                CueKind::Arousal => weights.arousal,
                CueKind::Pitch => weights.pitch,
                CueKind::Loudness => weights.loudness,
                CueKind::Rate => weights.rate,
            };
            sum += weight * clip(cue.z);
        }
        if let Some(score) = measures.0[0] {
            let prior = FusionConfig::PRIORS[0];
            let z = (score - prior.center.unwrap_or(0.0)) / prior.spread;
            sum += weights.score_absolute * clip(z);
        }
        sum
    }
}

/// One cue alone must not carry an alert, nor veto it for ever.
const fn clip(z: f32) -> f32 {
    z.clamp(-3.0, 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::Probability;

    fn scores(angry: f32) -> Scores {
        let mut scores = Scores::default();
        scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
        scores.probabilities[Tone::Neutral.index()] = Probability::new(1.0 - angry);
        scores
    }

    fn measures(angry: f32, f0: f32) -> Measures {
        Measures::new(&scores(angry), &Prosody { f0_hz: Some(f0), ..Prosody::default() })
    }

    #[test]
    fn a_higher_angrier_voice_is_more_evidence() {
        let mut cues = CueSet::new(100);
        (0..40).for_each(|_| cues.learn(&measures(0.05, 120.0)));
        let weights = FusionConfig::default().weights;
        let calm = cues.evidence(&measures(0.05, 120.0), &weights);
        let higher = cues.evidence(&measures(0.05, 160.0), &weights);
        let angrier = cues.evidence(&measures(0.9, 160.0), &weights);
        assert!(calm < 0.0, "calm speech must speak against an alert, got {calm}");
        assert!(calm < higher && higher < angrier && angrier > 0.0);
    }

    #[test]
    fn pitch_is_reported_in_semitones_from_the_speakers_own() {
        let mut cues = CueSet::new(100);
        (0..40).for_each(|_| cues.learn(&measures(0.05, 100.0)));
        let pitch = cues
            .cues(&measures(0.05, 200.0))
            .find(|cue| cue.kind == CueKind::Pitch)
            .map(|cue| cue.change);
        assert!(pitch.is_some_and(|change| (change - 12.0).abs() < 1e-4));
    }
}
