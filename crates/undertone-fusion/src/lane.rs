//! One lane's evidence, from hop to alert.

use crate::sentence::sentence;
use crate::{Accumulator, CueSet, FusionConfig, FusionError, Measures, Spike, SpikeChange};
use std::collections::VecDeque;
use undertone_signal::{
    AlertState, Cue, Evidence, Lane, Prosody, Scores, Severity, Span, StreamTime, Tone,
};

/// What was heard in one hop.
#[derive(Debug, Clone, Copy)]
pub struct Observation {
    /// The window that was judged.
    pub span: Span,
    /// Share of its newest hop that is speech, 0..1.
    pub speech_now: f32,
    /// What the voice did.
    pub prosody: Prosody,
    /// What the model said; `None` when there was too little speech.
    pub scores: Option<Scores>,
}

/// A step in the life of a spike, without the call it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertStep {
    /// What happened.
    pub state: AlertState,
    /// The tone it turned to.
    pub tone: Tone,
    /// How strongly.
    pub severity: Severity,
    /// Estimated start of the spike.
    pub onset: StreamTime,
    /// Last sample this step used.
    pub at: StreamTime,
    /// What moved.
    pub evidence: Evidence,
}

/// What a hop led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Evidence in hand over what an alert needs, 0..1.
    pub level: f32,
    /// A change in the spike's life, if any.
    pub step: Option<AlertStep>,
}

/// The spike that is open, as far as later steps must repeat it.
#[derive(Debug, Clone)]
struct OpenSpike {
    onset: StreamTime,
    tone: Tone,
    peak: f32,
}

/// Baseline, evidence and alerts of one lane.
#[derive(Debug, Clone)]
pub struct LaneFusion {
    lane: Lane,
    config: FusionConfig,
    cues: CueSet,
    sum: Accumulator,
    spike: Spike,
    open: Option<OpenSpike>,
    /// Calm hops on probation: they enter the baseline only if no alert
    /// follows on their heels, so that a spike's own rise never does.
    probation: VecDeque<Measures>,
    last_end: StreamTime,
}

/// Hops a calm observation waits before it enters the baseline (2 s at 4 Hz):
/// as long as a window, so that nothing of a spike's onset is learnt.
const PROBATION_HOPS: usize = 8;

/// Evidence may pile up to this multiple of what an alert needs: enough to ride
/// out a pause, little enough to clear soon after calm returns.
const CAP: f32 = 2.0;

impl LaneFusion {
    /// A lane of which nothing has been heard.
    ///
    /// # Errors
    /// [`FusionError`] if a setting is out of range.
    pub fn new(lane: Lane, config: FusionConfig) -> Result<Self, FusionError> {
        config.check()?;
        let capacity = (config.baseline_s * 4.0) as usize;
        Ok(Self {
            lane,
            cues: CueSet::new(capacity),
            config,
            sum: Accumulator::default(),
            spike: Spike::default(),
            open: None,
            probation: VecDeque::with_capacity(PROBATION_HOPS + 1),
            last_end: StreamTime::ZERO,
        })
    }

    /// Takes in one hop. Observations must come in stream order.
    pub fn observe(&mut self, observation: &Observation) -> Verdict {
        let hop = Span::new(self.last_end, observation.span.end);
        self.last_end = observation.span.end;
        let Some(scores) =
            observation.scores.filter(|_| observation.speech_now >= self.config.min_speech)
        else {
            return Verdict { level: self.level(), step: None };
        };
        let measures = Measures::new(&scores, &observation.prosody);
        let evidence = self.cues.evidence(&measures, &self.config.weights);
        let cap = CAP * self.raise_at();
        self.sum.add(evidence, hop.start, self.config.memory, cap);
        let change = self.spike.step(hop.end, hop.seconds() as f32, self.sum.sum(), &self.config);
        let step = change.map(|change| self.step(change, hop.end, &scores, &measures));
        self.adapt(measures);
        Verdict { level: self.level(), step }
    }

    fn raise_at(&self) -> f32 {
        self.config.raise_at * self.config.sensitivity.factor()
    }

    fn level(&self) -> f32 {
        (self.sum.sum() / self.raise_at()).min(1.0)
    }

    fn adapt(&mut self, measures: Measures) {
        if self.spike.is_open() {
            self.probation.clear();
            return;
        }
        self.probation.push_back(measures);
        if self.probation.len() > PROBATION_HOPS
            && let Some(calm) = self.probation.pop_front()
        {
            self.cues.learn(&calm);
        }
    }

    fn step(
        &mut self,
        change: SpikeChange,
        at: StreamTime,
        scores: &Scores,
        measures: &Measures,
    ) -> AlertStep {
        let sum = self.sum.sum();
        let open = self.open.get_or_insert_with(|| OpenSpike {
            onset: self.sum.since(),
            tone: charged_tone(scores),
            peak: sum,
        });
        open.peak = open.peak.max(sum);
        let (onset, tone, peak) = (open.onset, open.tone, open.peak);
        let state = match change {
            SpikeChange::Raised => AlertState::Raised,
            SpikeChange::Confirmed => AlertState::Confirmed,
            SpikeChange::Cleared => {
                self.open = None;
                AlertState::Cleared
            }
        };
        let severity = severity(peak / self.raise_at(), scores.of(tone).get());
        AlertStep {
            state,
            tone,
            severity,
            onset,
            at,
            evidence: self.evidence(tone, scores, measures),
        }
    }

    fn evidence(&self, tone: Tone, scores: &Scores, measures: &Measures) -> Evidence {
        let mut cues: Vec<Cue> = self.cues.cues(measures).collect();
        cues.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
        let sentence = sentence(self.lane, tone, scores.of(tone).get(), &cues);
        Evidence { cues, sentence }
    }
}

/// The tone an agent is told of: anger, unless fear is clearly likelier. The
/// evidence is built to find anger; the other tones of a raised voice are too
/// easily taken for one another to be named on one window's word.
fn charged_tone(scores: &Scores) -> Tone {
    const CLEARLY: f32 = 3.0;
    let (angry, fearful) = (scores.of(Tone::Angry).get(), scores.of(Tone::Fearful).get());
    if fearful > 0.5 && fearful > CLEARLY * angry { Tone::Fearful } else { Tone::Angry }
}

fn severity(excess: f32, probability: f32) -> Severity {
    if excess >= 1.6 && probability >= 0.6 {
        Severity::Severe
    } else if excess >= 1.2 || probability >= 0.5 {
        Severity::Strong
    } else {
        Severity::Mild
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_signal::Probability;

    fn observation(hop: u64, angry: f32, f0: f32) -> Observation {
        let rest = 1.0 - angry;
        let mut scores = Scores { arousal: angry - 0.2, ..Scores::default() };
        scores.probabilities = [Probability::new(0.08 * rest); 7];
        scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
        scores.probabilities[Tone::Neutral.index()] = Probability::new(0.6 * rest);
        let end = StreamTime::from_samples((hop + 1) * 4000);
        Observation {
            span: Span::new(end.saturating_sub(32_000), end),
            speech_now: 1.0,
            prosody: Prosody { f0_hz: Some(f0), loudness_db: Some(-25.0), ..Prosody::default() },
            scores: Some(scores),
        }
    }

    fn play(hops: impl Iterator<Item = Observation>) -> Vec<AlertStep> {
        let mut lane = LaneFusion::new(Lane::Customer, FusionConfig::default()).unwrap();
        hops.filter_map(|hop| lane.observe(&hop).step).collect()
    }

    #[test]
    fn calm_speech_raises_nothing() {
        let steps = play((0..400).map(|h| observation(h, 0.05, 110.0 + (h % 7) as f32)));
        assert!(steps.is_empty());
    }

    #[test]
    fn a_turn_of_tone_is_raised_confirmed_and_cleared_under_one_onset() {
        let steps = play((0..200).map(|hop| {
            if (80..112).contains(&hop) {
                observation(hop, 0.9, 190.0)
            } else {
                observation(hop, 0.05, 120.0)
            }
        }));
        let states: Vec<_> = steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [AlertState::Raised, AlertState::Confirmed, AlertState::Cleared]);
        assert!(steps.iter().all(|step| step.onset == steps[0].onset));
        let onset = steps[0].onset.seconds();
        assert!((20.0..20.5).contains(&onset), "onset {onset}");
        assert!(steps[0].at.seconds() <= 21.5, "raised at {}", steps[0].at.seconds());
        assert!(steps[0].evidence.sentence.contains("higher"));
        assert!(!steps[0].evidence.cues.is_empty());
    }

    #[test]
    fn a_call_that_opens_angry_is_raised_without_a_baseline() {
        let steps = play((0..40).map(|hop| observation(hop, 0.95, 200.0)));
        assert_eq!(steps.first().map(|step| step.state), Some(AlertState::Raised));
    }

    #[test]
    fn silence_changes_nothing() {
        let silent =
            |hop| Observation { scores: None, speech_now: 0.0, ..observation(hop, 0.9, 1.0) };
        assert!(play((0..100).map(silent)).is_empty());
    }

    #[test]
    fn the_same_observations_give_the_same_alerts() {
        let hops = || (0..300).map(|h| observation(h, if h % 90 > 70 { 0.9 } else { 0.1 }, 150.0));
        assert_eq!(play(hops()), play(hops()));
    }
}
