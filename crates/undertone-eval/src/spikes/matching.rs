//! Matches alerts with spikes.

use super::{JudgedCall, Script, Spike};
use undertone_fusion::{FusionConfig, FusionError, LaneFusion, Observation};
use undertone_signal::{Alert, AlertState, Lane, Tone};

/// An alert this long after a spike's end is neither a hit nor a false alarm:
/// the window it rests on still holds the spike.
const GRACE_S: f64 = 2.0;

/// The result of a detector on a set of calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Every spike with the delay of its alert in seconds, `None` if missed.
    pub spikes: Vec<(Spike, Option<f64>)>,
    /// Alerts in calm speech.
    pub false_alarms: usize,
    /// Time outside spikes, in hours.
    pub calm_hours: f64,
    /// Spikes found whose alert has the tone angry.
    pub right_tone: usize,
    /// Alerts on the agent's lane, who is calm throughout.
    pub agent_alarms: usize,
    /// Length of all calls, in hours.
    pub hours: f64,
}

impl Outcome {
    /// Share of the spikes selected by `wanted` that were found; `None` if there are none.
    pub fn recall(&self, wanted: impl Fn(&Spike) -> bool) -> Option<f64> {
        let found: Vec<bool> = self
            .spikes
            .iter()
            .filter(|(spike, _)| wanted(spike))
            .map(|(_, delay)| delay.is_some())
            .collect();
        let hits = found.iter().filter(|hit| **hit).count();
        (!found.is_empty()).then(|| hits as f64 / found.len() as f64)
    }

    /// False alarms a calm hour.
    pub fn false_alarms_per_hour(&self) -> f64 {
        if self.calm_hours > 0.0 { self.false_alarms as f64 / self.calm_hours } else { 0.0 }
    }

    /// Alerts on the agent's lane an hour.
    pub fn agent_alarms_per_hour(&self) -> f64 {
        if self.hours > 0.0 { self.agent_alarms as f64 / self.hours } else { 0.0 }
    }

    /// The quantile `quantile` of the delays of spikes found.
    pub fn delay(&self, quantile: f64) -> Option<f64> {
        let mut delays: Vec<f64> = self.spikes.iter().filter_map(|(_, delay)| *delay).collect();
        delays.sort_by(f64::total_cmp);
        let place = (quantile * delays.len() as f64).ceil() as usize;
        delays.get(place.max(1) - 1).copied()
    }
}

/// Runs a detector over calls and matches its alerts with their spikes.
///
/// # Errors
/// [`FusionError`] if a setting is out of range.
pub fn score(calls: &[JudgedCall], config: &FusionConfig) -> Result<Outcome, FusionError> {
    let mut outcome = Outcome::default();
    for call in calls {
        let raised = raised(Lane::Customer, &call.customer, config)?;
        match_call(&call.script, &raised, &mut outcome);
        outcome.agent_alarms += self::raised(Lane::Agent, &call.agent, config)?.len();
        outcome.hours += call.script.seconds / 3600.0;
    }
    Ok(outcome)
}

fn raised(
    lane: Lane,
    hops: &[Observation],
    config: &FusionConfig,
) -> Result<Vec<Alert>, FusionError> {
    let mut fusion = LaneFusion::new(lane, config.clone())?;
    let steps = hops.iter().filter_map(|hop| fusion.observe(hop).alert);
    Ok(steps.filter(|step| step.state == AlertState::Raised).collect())
}

fn match_call(call: &Script, raised: &[Alert], outcome: &mut Outcome) {
    for spike in &call.spikes {
        let hit =
            raised.iter().find(|step| (spike.onset_s..=spike.end_s).contains(&step.at.seconds()));
        outcome.right_tone += usize::from(hit.is_some_and(|step| step.tone == Tone::Angry));
        let delay = hit.map(|step| step.at.seconds() - spike.onset_s);
        outcome.spikes.push((spike.clone(), delay));
    }
    let near = |at: f64| {
        call.spikes.iter().any(|spike| (spike.onset_s..=spike.end_s + GRACE_S).contains(&at))
    };
    outcome.false_alarms += raised.iter().filter(|step| !near(step.at.seconds())).count();
    let charged: f64 = call.spikes.iter().map(|spike| spike.end_s - spike.onset_s).sum();
    outcome.calm_hours += (call.seconds - charged) / 3600.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{AlertId, Evidence, Severity, StreamTime, Timing};

    fn step(at_s: f64) -> Alert {
        Alert {
            id: AlertId(1),
            state: AlertState::Raised,
            lane: Lane::Customer,
            tone: Tone::Angry,
            severity: Severity::Mild,
            onset: StreamTime::ZERO,
            at: StreamTime::from_seconds(at_s),
            timing: Timing::default(),
            evidence: Evidence::default(),
        }
    }

    fn call() -> Script {
        let spike = |onset_s, end_s| Spike { onset_s, end_s, intensity: None };
        let spikes = vec![spike(20.0, 30.0), spike(60.0, 70.0)];
        Script { speaker: "a".into(), seconds: 100.0, spikes }
    }

    #[test]
    fn hits_misses_false_alarms_and_grace_are_told_apart() {
        let mut outcome = Outcome::default();
        let steps = [step(5.0), step(21.0), step(25.0), step(31.5), step(80.0)];
        match_call(&call(), &steps, &mut outcome);
        assert_eq!(outcome.recall(|_| true), Some(0.5));
        assert_eq!(outcome.delay(0.5), Some(1.0));
        assert_eq!(outcome.false_alarms, 2);
        assert!((outcome.false_alarms_per_hour() - 2.0 / (80.0 / 3600.0)).abs() < 1e-6);
        assert_eq!(outcome.right_tone, 1);
    }

    #[test]
    fn percentiles_of_nothing_are_nothing() {
        assert_eq!(Outcome::default().delay(0.95), None);
        assert_eq!(Outcome::default().recall(|_| true), None);
    }
}
