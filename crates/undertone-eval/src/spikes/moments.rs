//! Rate of each kind of moment in calm speech, and its share of spikes.

use super::{JudgedCall, Script};
use serde::Serialize;
use undertone_fusion::{CallFusion, FusionConfig, FusionError};
use undertone_signal::{Lane, Moment, MomentKind};

/// A moment this long after a spike belongs to the spike: its refractory time may delay it,
/// and its evidence is older than itself.
const GRACE_S: f64 = 2.0;

/// One kind of moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MomentFigures {
    /// Its kind.
    pub kind: MomentKind,
    /// Occurrences outside spikes, an hour.
    pub calm_per_hour: f64,
    /// Share of spikes with it; `None` without spikes.
    pub in_spikes: Option<f64>,
}

/// Measures every kind but `positive`, which comes from words: built calls have none.
///
/// # Errors
/// [`FusionError`] if a setting is out of range.
pub fn moments(
    calls: &[JudgedCall],
    config: &FusionConfig,
) -> Result<Vec<MomentFigures>, FusionError> {
    let told: Vec<Vec<Moment>> =
        calls.iter().map(|judged| told(judged, config)).collect::<Result<_, _>>()?;
    let spikes: usize = calls.iter().map(|judged| judged.script.spikes.len()).sum();
    let hours: f64 = calls.iter().map(|judged| calm_hours(&judged.script)).sum();
    let kinds = MomentKind::ALL.into_iter().filter(|kind| *kind != MomentKind::Positive);
    let figures = kinds.map(|kind| {
        let (mut calm, mut hit) = (0, 0);
        for (judged, told) in calls.iter().zip(&told) {
            let at = || told.iter().filter(|m| m.kind == kind).map(|m| m.at.seconds());
            let spikes = &judged.script.spikes;
            let inside =
                |at: f64| spikes.iter().any(|s| (s.onset_s..=s.end_s + GRACE_S).contains(&at));
            calm += at().filter(|at| !inside(*at)).count();
            let hits = |(onset, end): (f64, f64)| at().any(|at| (onset..=end).contains(&at));
            hit += spikes.iter().filter(|s| hits((s.onset_s, s.end_s + GRACE_S))).count();
        }
        let calm_per_hour = if hours > 0.0 { calm as f64 / hours } else { 0.0 };
        let in_spikes = (spikes > 0).then(|| hit as f64 / spikes as f64);
        MomentFigures { kind, calm_per_hour, in_spikes }
    });
    Ok(figures.collect())
}

/// The moments of one call.
fn told(judged: &JudgedCall, config: &FusionConfig) -> Result<Vec<Moment>, FusionError> {
    let mut call = CallFusion::new(&[Lane::Customer, Lane::Agent], config)?;
    let mut moments = Vec::new();
    for (customer, agent) in judged.customer.iter().zip(&judged.agent) {
        moments.extend(call.observe(Lane::Customer, customer).moments);
        moments.extend(call.observe(Lane::Agent, agent).moments);
    }
    moments.retain(|moment| moment.lane == Lane::Customer || is_of_both(moment.kind));
    Ok(moments)
}

fn is_of_both(kind: MomentKind) -> bool {
    matches!(kind, MomentKind::Overlap | MomentKind::Interruption | MomentKind::Silence)
}

fn calm_hours(call: &Script) -> f64 {
    let charged: f64 = call.spikes.iter().map(|spike| spike.end_s - spike.onset_s).sum();
    (call.seconds - charged) / 3600.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::spikes::Spike;
    use undertone_fusion::Observation;
    use undertone_signal::{Prosody, Span, StreamTime};

    /// A lane that is silent but for a breath of a second from each hop of `sighs`.
    fn lane(hops: u32, sighs: &[u32]) -> Vec<Observation> {
        let time = |hop: u32| StreamTime::from_seconds(f64::from(hop) / 4.0);
        let hop = |n: u32| {
            let breath = |hops: u32| sighs.iter().any(|from| (*from..from + hops).contains(&n));
            // Prosody looks back for longer than a hop.
            let loudness_db = breath(5).then_some(-40.0);
            Observation {
                span: Span::new(time(n), time(n + 1)),
                speech_now: if breath(4) { 1.0 } else { 0.0 },
                prosody: Prosody { loudness_db, ..Prosody::default() },
                judgement: None,
            }
        };
        (0..hops).map(hop).collect()
    }

    #[test]
    fn a_sigh_in_calm_and_one_in_a_spike_are_told_apart_and_the_agents_count_for_nothing() {
        let spike = Spike { onset_s: 100.0, end_s: 110.0, intensity: None };
        let judged = JudgedCall {
            script: Script { speaker: "a".into(), spikes: vec![spike], seconds: 370.0 },
            customer: lane(1480, &[80, 410, 800]),
            agent: lane(1480, &[600]),
            compute: Vec::new(),
        };
        let figures = moments(&[judged], &FusionConfig::default()).unwrap();
        let of = |kind| figures.iter().find(|f| f.kind == kind).unwrap();
        let sigh = of(MomentKind::Sigh);
        assert!((sigh.calm_per_hour - 20.0).abs() < 1e-9, "{sigh:?}");
        assert_eq!(sigh.in_spikes, Some(1.0));
        assert_eq!(of(MomentKind::Shout).in_spikes, Some(0.0));
        assert!(figures.iter().all(|f| f.kind != MomentKind::Positive));
    }
}
