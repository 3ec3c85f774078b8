//! Figures of early warnings.

use super::JudgedCall;
use serde::Serialize;
use undertone_fusion::{FusionConfig, FusionError, LaneFusion};
use undertone_signal::{AlertState, Lane, MomentKind};

/// A warning counts if it is this early before the alert, in seconds.
const AHEAD_S: f64 = 1.0;

/// Hops are this far apart, in seconds.
const HOP_S: f64 = 0.25;

/// A warning this long after a spike is neither right nor false.
const GRACE_S: f64 = 2.0;

/// Early warnings on calls whose anger grows.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RisingFigures {
    /// Spikes that led to an alert.
    pub spikes: usize,
    /// Share of them whose alert was late enough after the onset for a warning a second and
    /// a hop before it: the upper bound.
    pub room: Option<f64>,
    /// Share of them with a warning a second or more before the alert.
    pub warned: Option<f64>,
    /// Median time from warning to alert, in seconds.
    pub ahead_p50_s: Option<f64>,
    /// Warnings in calm speech, an hour.
    pub false_per_hour: f64,
}

/// Runs the detector over calls whose anger grows.
///
/// # Errors
/// [`FusionError`] if a setting is out of range.
pub fn rising(calls: &[JudgedCall], config: &FusionConfig) -> Result<RisingFigures, FusionError> {
    let (mut spikes, mut late, mut ahead) = (0, 0, Vec::new());
    let (mut false_warnings, mut calm_hours) = (0, 0.0);
    for judged in calls {
        let call = &judged.script;
        let (warnings, alerts) = told(judged, config)?;
        for spike in &call.spikes {
            let inside = |at: &&f64| (spike.onset_s..=spike.end_s).contains(*at);
            let Some(alert) = alerts.iter().find(inside) else { continue };
            spikes += 1;
            late += usize::from(alert - spike.onset_s >= AHEAD_S + HOP_S);
            let warning = warnings.iter().find(inside).filter(|warning| *warning < alert);
            ahead.extend(warning.map(|warning| alert - warning));
        }
        let near =
            |at: f64| call.spikes.iter().any(|s| (s.onset_s..=s.end_s + GRACE_S).contains(&at));
        false_warnings += warnings.iter().filter(|at| !near(**at)).count();
        let charged: f64 = call.spikes.iter().map(|s| s.end_s - s.onset_s).sum();
        calm_hours += (call.seconds - charged) / 3600.0;
    }
    ahead.sort_by(f64::total_cmp);
    let early = ahead.iter().filter(|seconds| **seconds >= AHEAD_S).count();
    let share = |count: usize| (spikes > 0).then(|| count as f64 / spikes as f64);
    Ok(RisingFigures {
        spikes,
        room: share(late),
        warned: share(early),
        ahead_p50_s: ahead.get(ahead.len() / 2).copied(),
        false_per_hour: if calm_hours > 0.0 { false_warnings as f64 / calm_hours } else { 0.0 },
    })
}

/// When warnings and alerts came, in seconds.
fn told(judged: &JudgedCall, config: &FusionConfig) -> Result<(Vec<f64>, Vec<f64>), FusionError> {
    let mut lane = LaneFusion::new(Lane::Customer, config.clone())?;
    let (mut warnings, mut alerts) = (Vec::new(), Vec::new());
    for hop in &judged.customer {
        let verdict = lane.observe(hop);
        let rising = verdict.moments.iter().filter(|moment| moment.kind == MomentKind::Rising);
        warnings.extend(rising.map(|moment| moment.at.seconds()));
        let raised = verdict.alert.filter(|step| step.state == AlertState::Raised);
        alerts.extend(raised.map(|step| step.at.seconds()));
    }
    Ok((warnings, alerts))
}
