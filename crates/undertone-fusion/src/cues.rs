//! Computes cues: scores and prosody against a speaker's baseline.

use crate::{Baseline, Weights};
use undertone_signal::{CalmScores, Cue, CueKind, Judgement, Prosody, Scores, Tone, Usual};

/// Measures compared with a baseline.
const COUNT: usize = 8;

/// Their kinds, in the order used here.
const KINDS: [CueKind; COUNT] = [
    CueKind::ModelScore,
    CueKind::RecentScore,
    CueKind::Arousal,
    CueKind::RecentArousal,
    CueKind::Pitch,
    CueKind::Loudness,
    CueKind::Rate,
    CueKind::RecentContrast,
];

/// The measures of one hop by `KINDS`; `None` if the hop has none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measures([Option<f32>; COUNT]);

/// Prosody of calm speech over many speakers, independent of the model: pitch in semitones
/// above 100 Hz (two sexes, so a wide spread), loudness in dBFS, syllables per second. From
/// the calm clips of `EmoDB` and nEMO.
const PROSODY: [Usual; 3] = [
    Usual { center: 7.0, within: 2.2, between: 5.5 },
    Usual { center: -28.5, within: 2.6, between: 2.0 },
    Usual { center: 6.0, within: 1.0, between: 0.8 },
];

/// Contrast is measured in spreads of calm speech. For a model without calm scores, the
/// spread between speakers is assumed to be twice that.
const CONTRAST: Usual = Usual { center: 0.0, within: 1.0, between: 2.0 };

impl Measures {
    /// The measures of one scored hop.
    pub fn new(judgement: &Judgement, prosody: &Prosody) -> Self {
        Self([
            Some(anger_score(&judgement.whole)),
            Some(anger_score(&judgement.recent)),
            Some(judgement.whole.arousal),
            Some(judgement.recent.arousal),
            prosody.f0_semitones(),
            prosody.loudness_db,
            prosody.rate_hz,
            judgement.recent.contrast,
        ])
    }
}

/// ln p(angry) − ln p(neutral). It separates weak anger from none even where the
/// probability is near zero.
fn anger_score(scores: &Scores) -> f32 {
    const FLOOR: f32 = 1e-4;
    let log = |tone| (scores.of(tone).get() + FLOOR).ln();
    log(Tone::Angry) - log(Tone::Neutral)
}

/// One baseline a measure.
#[derive(Debug, Clone)]
pub struct CueSet {
    baselines: [Baseline; COUNT],
}

impl CueSet {
    /// Baselines of `capacity` observations each, starting from the model's calm scores.
    pub fn new(calm: &CalmScores, capacity: usize) -> Self {
        let CalmScores { anger, anger_recent, arousal, arousal_recent, contrast_recent } = *calm;
        let [pitch, loudness, rate] = PROSODY;
        let contrast = contrast_recent.unwrap_or(CONTRAST);
        let usual = [anger, anger_recent, arousal, arousal_recent, pitch, loudness, rate, contrast];
        Self { baselines: usual.map(|usual| Baseline::new(usual, capacity)) }
    }

    /// Adds measures of calm speech.
    pub fn learn(&mut self, measures: &Measures) {
        for (baseline, value) in self.baselines.iter_mut().zip(measures.0) {
            if let Some(value) = value {
                baseline.learn(value);
            }
        }
    }

    /// Every measure of the hop, against its baseline.
    pub fn cues(&self, measures: &Measures) -> impl Iterator<Item = Cue> {
        self.baselines.iter().zip(measures.0).zip(KINDS).filter_map(|((baseline, value), kind)| {
            let value = value?;
            let center = baseline.center();
            let z = baseline.z(value);
            Some(Cue { kind, value, baseline: center, change: value - center, z })
        })
    }

    /// The weighted evidence of one hop.
    pub fn evidence(&self, measures: &Measures, weights: &Weights) -> f32 {
        let own: f32 = self
            .cues(measures)
            .map(|cue| weights.of(cue.kind) * clip(cue.kind, cue.z, weights))
            .sum();
        let absolute = |place: usize| {
            let baseline = &self.baselines[place];
            let z = measures.0[place].map_or(0.0, |value| baseline.absolute(value));
            clip(CueKind::ModelScore, z, weights)
        };
        let (whole, recent) = (absolute(0), absolute(1));
        let unheard = weights.unheard * self.baselines[0].unheard();
        own + weights.score_absolute * whole
            + weights.recent_absolute * recent
            + unheard * f32::midpoint(whole, recent)
            + weights.bias
    }

    /// [`Baseline::unheard`] of the model's score.
    pub fn unheard(&self) -> f32 {
        self.baselines[0].unheard()
    }

    /// True once the baseline has seven seconds of speech.
    pub fn is_known(&self) -> bool {
        self.unheard() < 0.3
    }
}

/// One cue alone must not raise or prevent an alert: F0 may be an octave wrong, and a lower or
/// softer voice may be restrained anger. So prosody is limited more than the model's scores.
fn clip(kind: CueKind, z: f32, weights: &Weights) -> f32 {
    match kind {
        CueKind::ModelScore | CueKind::RecentScore | CueKind::Arousal | CueKind::RecentArousal => {
            z.clamp(-3.0, 8.0)
        }
        CueKind::RecentContrast => z.clamp(-3.0, 4.0),
        CueKind::Pitch | CueKind::Loudness | CueKind::Rate => z.clamp(-weights.veto, 4.0),
    }
}
