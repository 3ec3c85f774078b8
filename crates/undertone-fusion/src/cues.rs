//! From scores and prosody to cues against a speaker's baseline.

use crate::baseline::DOUBT;
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
            Some(anger_score(scores)),
            Some(scores.arousal),
            prosody.f0_semitones(),
            prosody.loudness_db,
            prosody.rate_hz,
        ])
    }
}

/// Log-probability of anger above the mean log-probability of all tones (the
/// centred log-ratio: the model's own logit up to a constant). It keeps telling
/// weak anger from none where the probability itself is near zero, and unlike
/// the log-odds against one tone it does not jump when that tone gives way to a
/// third.
fn anger_score(scores: &Scores) -> f32 {
    const FLOOR: f32 = 1e-4;
    let log = |tone| (scores.of(tone).get() + FLOOR).ln();
    let mean = Tone::ALL.into_iter().map(log).sum::<f32>() / Tone::ALL.len() as f32;
    log(Tone::Angry) - mean
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
            sum += weight * clip(cue.kind, cue.z);
        }
        if let Some(score) = measures.0[0] {
            let prior = FusionConfig::PRIORS[0];
            let z = (score - prior.center.unwrap_or(0.0)) / prior.spread;
            let unheard = DOUBT / (DOUBT + self.baselines[0].len() as f32);
            let weight = weights.score_absolute + weights.score_unheard * unheard;
            sum += weight * clip(CueKind::ModelScore, z);
        }
        sum
    }
}

/// One cue alone must not carry an alert, nor veto it: a voice that falls or
/// hushes may be anger held back, so prosody speaks against it only a little.
const fn clip(kind: CueKind, z: f32) -> f32 {
    let least = match kind {
        CueKind::ModelScore | CueKind::Arousal => -3.0,
        CueKind::Pitch | CueKind::Loudness | CueKind::Rate => -1.0,
    };
    z.clamp(least, 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::Probability;

    /// What is not anger is spread over the other tones, mostly calm.
    fn scores(angry: f32) -> Scores {
        let rest = 1.0 - angry;
        let mut scores = Scores { arousal: angry - 0.2, ..Scores::default() };
        scores.probabilities = [Probability::new(0.08 * rest); 7];
        scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
        scores.probabilities[Tone::Neutral.index()] = Probability::new(0.6 * rest);
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
