//! Calls built from labelled clips.

use super::builder::Builder;
use std::sync::Arc;

/// One labelled clip, trimmed and normalised to a common level.
#[derive(Debug, Clone)]
pub struct Clip {
    /// Who speaks.
    pub speaker: String,
    /// True for anger, false for neutral or calm speech.
    pub angry: bool,
    /// The intensity in the manifest, if it has one.
    pub intensity: Option<String>,
    /// Level of its voiced part as recorded, in dBFS. Among one speaker's angry clips it
    /// orders them by how angry they are.
    pub recorded_db: f32,
    /// 16 kHz mono; the first and the last sample are speech.
    pub samples: Arc<[f32]>,
}

/// A stretch of anger in a built call.
#[derive(Debug, Clone, PartialEq)]
pub struct Spike {
    /// First voiced sample of its first clip, in seconds.
    pub onset_s: f64,
    /// Last voiced sample of its last clip, in seconds.
    pub end_s: f64,
    /// Intensity of its clips, where the manifest says.
    pub intensity: Option<String>,
}

/// The ground truth of a built call.
#[derive(Debug, Clone)]
pub struct Script {
    /// The customer's speaker.
    pub speaker: String,
    /// The angry stretches; empty for a calm call.
    pub spikes: Vec<Spike>,
    /// Length of the call, in seconds.
    pub seconds: f64,
}

impl Script {
    /// True if its anger grows.
    pub fn grows(&self) -> bool {
        self.spikes.iter().any(|spike| spike.intensity.as_deref() == Some(GROWING))
    }
}

/// Intensity of a spike whose anger grows.
pub(super) const GROWING: &str = "growing";

/// Both lanes of a built call, 16 kHz mono, equally long.
#[derive(Debug, Clone)]
pub struct BuiltCall {
    /// Its ground truth.
    pub script: Script,
    /// The customer.
    pub customer: Vec<f32>,
    /// The agent: another speaker, calm, who speaks in the customer's gaps.
    pub agent: Vec<f32>,
}

/// How calls are built. Values are drawn uniformly from ranges, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct CallPlan {
    /// Seed of everything random.
    pub seed: u64,
    /// Calls with spikes a speaker.
    pub charged: usize,
    /// Calm calls a speaker.
    pub calm: usize,
    /// Calls a speaker in which anger grows.
    pub growing: usize,
    /// Spikes in a call.
    pub spikes: usize,
    /// Length of a calm stretch.
    pub calm_s: (f32, f32),
    /// Length of an angry stretch.
    pub angry_s: (f32, f32),
    /// Pause between two clips of a turn.
    pub pause_s: (f32, f32),
    /// Pause between two turns, while the other side speaks.
    pub turn_s: (f32, f32),
}

impl Default for CallPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            charged: 2,
            calm: 1,
            growing: 1,
            spikes: 3,
            calm_s: (20.0, 60.0),
            angry_s: (6.0, 15.0),
            pause_s: (0.15, 0.6),
            turn_s: (1.5, 5.0),
        }
    }
}

/// Builds the calls of every speaker who has both calm and angry clips. A speaker with
/// calm clips only gives one calm call that contains each clip once. The agent is the
/// next speaker who has calm clips. Deterministic.
pub fn build_calls(clips: &[Clip], plan: &CallPlan) -> Vec<BuiltCall> {
    let calm = |speaker: &str| -> Vec<&Clip> {
        clips.iter().filter(|clip| clip.speaker == speaker && !clip.angry).collect()
    };
    let mut speakers: Vec<&str> = clips.iter().map(|clip| clip.speaker.as_str()).collect();
    speakers.sort_unstable();
    speakers.dedup();
    speakers.retain(|speaker| !calm(speaker).is_empty());
    let mut calls = Vec::new();
    for (number, speaker) in speakers.iter().copied().enumerate() {
        let angry: Vec<&Clip> =
            clips.iter().filter(|clip| clip.speaker == speaker && clip.angry).collect();
        let agent = speakers[(number + 1) % speakers.len()];
        let agent = if agent == speaker { Vec::new() } else { calm(agent) };
        let seed = plan.seed.wrapping_mul(10_007).wrapping_add(number as u64);
        let mut builder = Builder::new(speaker, calm(speaker), angry, agent, plan, seed);
        if !builder.can_be_angry() {
            calls.push(builder.reading());
            continue;
        }
        calls.extend((0..plan.charged).map(|_| builder.charged_call()));
        calls.extend((0..plan.calm).map(|_| builder.calm_call()));
        calls.extend((0..plan.growing).map(|_| builder.growing_call()));
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::SAMPLE_RATE;

    fn clip(speaker: &str, angry: bool, level: f32) -> Clip {
        Clip {
            speaker: speaker.into(),
            angry,
            intensity: None,
            recorded_db: -20.0,
            samples: vec![level; 2 * SAMPLE_RATE as usize].into(),
        }
    }

    /// A plan without growing anger, for these speakers only.
    fn steady(seed: u64) -> CallPlan {
        CallPlan { seed, growing: 0, ..CallPlan::default() }
    }

    fn at(samples: &[f32], seconds: f64) -> f32 {
        samples[(seconds * f64::from(SAMPLE_RATE)).round() as usize]
    }

    #[test]
    fn spikes_lie_exactly_where_the_angry_clips_do() {
        let clips = [clip("a", false, 0.1), clip("a", false, 0.1), clip("a", true, 0.5)];
        let calls = build_calls(&clips, &steady(1));
        assert_eq!(calls.len(), 3);
        assert_eq!(calls.iter().filter(|call| call.script.spikes.is_empty()).count(), 1);
        for call in &calls {
            for (n, sample) in call.customer.iter().enumerate() {
                let at = n as f64 / f64::from(SAMPLE_RATE);
                let inside = call.script.spikes.iter().any(|s| (s.onset_s..s.end_s).contains(&at));
                assert!(inside || *sample < 0.2, "anger outside a spike at {at}");
            }
            for spike in &call.script.spikes {
                assert!(at(&call.customer, spike.onset_s) > 0.4);
                assert!(spike.end_s - spike.onset_s >= 6.0);
            }
        }
    }

    #[test]
    fn the_same_seed_builds_the_same_calls() {
        let clips = [clip("a", false, 0.1), clip("a", true, 0.5), clip("b", false, 0.1)];
        let build = |seed| build_calls(&clips, &steady(seed));
        assert_eq!(build(3)[0].customer, build(3)[0].customer);
        assert_eq!(build(3)[0].agent, build(3)[0].agent);
        assert_ne!(build(3)[0].customer, build(4)[0].customer);
        let reading: Vec<_> =
            build(3).into_iter().filter(|call| call.script.speaker == "b").collect();
        assert!(matches!(&reading[..], [call]
            if call.script.spikes.is_empty() && call.script.seconds < 5.0));
    }

    #[test]
    fn the_agent_is_somebody_else_and_leaves_the_customer_as_they_are() {
        let own = [clip("a", false, 0.1), clip("a", true, 0.5)];
        let both = [own[0].clone(), own[1].clone(), clip("b", false, 0.3)];
        let (alone, together) = (build_calls(&own, &steady(2)), build_calls(&both, &steady(2)));
        let spoken = |lane: &[f32]| lane.iter().filter(|sample| **sample > 0.05).count();
        for (alone, together) in alone.iter().zip(&together) {
            assert_eq!(alone.customer, together.customer);
            assert_eq!(alone.agent.len(), alone.customer.len());
            assert_eq!(spoken(&alone.agent), 0, "nobody else is there to be the agent");
            assert!(spoken(&together.agent) > SAMPLE_RATE as usize);
            assert!(together.agent.iter().all(|sample| *sample < 0.4), "an agent stays calm");
        }
    }

    #[test]
    fn anger_grows_from_the_mildest_clip_to_the_strongest() {
        let acted = |recorded_db, level| Clip { recorded_db, ..clip("a", true, level) };
        let clips = [acted(-12.0, 0.6), clip("a", false, 0.1), acted(-30.0, 0.3)];
        let calls = build_calls(&clips, &CallPlan::default());
        let growing: Vec<_> = calls.iter().filter(|call| call.script.grows()).collect();
        assert_eq!(growing.len(), 1);
        for spike in &growing[0].script.spikes {
            let level = |seconds| at(&growing[0].customer, seconds);
            assert!((0.2..0.4).contains(&level(spike.onset_s + 0.1)), "mild first");
            assert!(level(spike.end_s - 0.1) > 0.5, "strong last");
        }
    }
}
