//! Calls built from labelled clips.

use fastrand::Rng;
use std::sync::Arc;
use undertone_signal::SAMPLE_RATE;

/// One labelled clip: silence trimmed, level brought to a common one.
#[derive(Debug, Clone)]
pub struct Clip {
    /// Who speaks.
    pub speaker: String,
    /// True for anger, false for neutral or calm speech.
    pub angry: bool,
    /// How strongly it was acted, where the manifest says.
    pub intensity: Option<String>,
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

/// The customer's lane of a built call.
#[derive(Debug, Clone)]
pub struct BuiltCall {
    /// Whose voice.
    pub speaker: String,
    /// 16 kHz mono.
    pub samples: Vec<f32>,
    /// Where it is angry; empty for a call that stays calm.
    pub spikes: Vec<Spike>,
}

impl BuiltCall {
    /// True if its anger grows.
    pub fn grows(&self) -> bool {
        self.spikes.iter().any(|spike| spike.intensity.as_deref() == Some("growing"))
    }

    /// Length of the call, in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE)
    }
}

/// How calls are built. Ranges are drawn from uniformly; all in seconds.
#[derive(Debug, Clone, Copy)]
pub struct CallPlan {
    /// Seed of everything random.
    pub seed: u64,
    /// Calls with spikes a speaker.
    pub charged: usize,
    /// Calls without a speaker.
    pub calm: usize,
    /// Calls a speaker in which anger grows, where the manifest knows two strengths.
    pub growing: usize,
    /// Spikes in a charged call.
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

/// Builds the calls of every speaker who has both calm and angry clips; a
/// speaker with calm clips alone gives one calm call in which each is heard
/// once. Deterministic.
pub fn build_calls(clips: &[Clip], plan: &CallPlan) -> Vec<BuiltCall> {
    let mut speakers: Vec<&str> = clips.iter().map(|clip| clip.speaker.as_str()).collect();
    speakers.sort_unstable();
    speakers.dedup();
    let mut calls = Vec::new();
    for (number, speaker) in speakers.into_iter().enumerate() {
        let own = |angry: bool| -> Vec<&Clip> {
            clips.iter().filter(|clip| clip.speaker == speaker && clip.angry == angry).collect()
        };
        let (calm, angry) = (own(false), own(true));
        if calm.is_empty() {
            continue;
        }
        let mut builder = Builder {
            rng: Rng::with_seed(plan.seed.wrapping_mul(10_007).wrapping_add(number as u64)),
            plan,
            samples: Vec::new(),
        };
        if angry.is_empty() {
            calls.push(builder.reading(speaker, &calm));
            continue;
        }
        for _ in 0..plan.charged {
            calls.push(builder.charged_call(speaker, &calm, &angry));
        }
        let knows = |how: &str| angry.iter().any(|clip| clip.intensity.as_deref() == Some(how));
        let growing = if knows("normal") && knows("strong") { plan.growing } else { 0 };
        for _ in 0..growing {
            calls.push(builder.growing_call(speaker, &calm, &angry));
        }
        for _ in 0..plan.calm {
            calls.push(builder.calm_call(speaker, &calm));
        }
    }
    calls
}

struct Builder<'a> {
    rng: Rng,
    plan: &'a CallPlan,
    samples: Vec<f32>,
}

impl Builder<'_> {
    fn charged_call(&mut self, speaker: &str, calm: &[&Clip], angry: &[&Clip]) -> BuiltCall {
        let mut intensities: Vec<Option<&str>> =
            angry.iter().map(|clip| clip.intensity.as_deref()).collect();
        intensities.sort_unstable();
        intensities.dedup();
        self.silence(0.5);
        let mut spikes = Vec::new();
        for number in 0..self.plan.spikes {
            self.stretch(calm, self.plan.calm_s);
            self.pause(self.plan.pause_s);
            let intensity =
                intensities[(number + self.rng.usize(..intensities.len())) % intensities.len()];
            let alike: Vec<&Clip> = angry
                .iter()
                .copied()
                .filter(|clip| clip.intensity.as_deref() == intensity)
                .collect();
            let (onset_s, end_s) = self.stretch(&alike, self.plan.angry_s);
            spikes.push(Spike { onset_s, end_s, intensity: intensity.map(str::to_owned) });
            self.pause(self.plan.turn_s);
        }
        self.stretch(calm, self.plan.calm_s);
        self.call(speaker, spikes)
    }

    /// Anger that grows: calm, then mild anger among calm clips, more and more of it,
    /// then strong anger. A spike runs from the first angry sample to the last.
    fn growing_call(&mut self, speaker: &str, calm: &[&Clip], angry: &[&Clip]) -> BuiltCall {
        const SIMMER: usize = 6;
        let acted = |how: &str| -> Vec<&Clip> {
            angry.iter().copied().filter(|clip| clip.intensity.as_deref() == Some(how)).collect()
        };
        let (mild, strong) = (acted("normal"), acted("strong"));
        self.silence(0.5);
        let mut spikes = Vec::new();
        for _ in 0..self.plan.spikes {
            self.stretch(calm, self.plan.calm_s);
            self.pause(self.plan.pause_s);
            let onset_s = self.now();
            for place in 0..SIMMER {
                let angry = place == 0 || self.rng.usize(..SIMMER) < place;
                let clips = if angry { &mild[..] } else { calm };
                let clip = clips[self.rng.usize(..clips.len())];
                self.samples.extend_from_slice(&clip.samples);
                self.pause(self.plan.pause_s);
            }
            let (_, end_s) = self.stretch(&strong, self.plan.angry_s);
            spikes.push(Spike { onset_s, end_s, intensity: Some("growing".to_owned()) });
            self.pause(self.plan.turn_s);
        }
        self.stretch(calm, self.plan.calm_s);
        self.call(speaker, spikes)
    }

    fn calm_call(&mut self, speaker: &str, calm: &[&Clip]) -> BuiltCall {
        self.silence(0.5);
        for _ in 0..self.plan.spikes {
            self.stretch(calm, self.plan.calm_s);
            self.pause(self.plan.turn_s);
        }
        self.call(speaker, Vec::new())
    }

    fn reading(&mut self, speaker: &str, calm: &[&Clip]) -> BuiltCall {
        self.silence(0.5);
        for clip in calm {
            self.samples.extend_from_slice(&clip.samples);
            self.pause(self.plan.pause_s);
        }
        self.call(speaker, Vec::new())
    }

    fn call(&mut self, speaker: &str, spikes: Vec<Spike>) -> BuiltCall {
        self.silence(1.0);
        // A line is never digitally silent.
        let mut samples = std::mem::take(&mut self.samples);
        for sample in &mut samples {
            *sample += (self.rng.f32() - 0.5) * 6e-4;
        }
        BuiltCall { speaker: speaker.to_owned(), samples, spikes }
    }

    /// Clips with pauses until the drawn length is full; returns the times of
    /// the first and the last sample of speech.
    fn stretch(&mut self, clips: &[&Clip], length_s: (f32, f32)) -> (f64, f64) {
        let until = self.now() + f64::from(self.draw(length_s));
        let onset = self.now();
        let mut deck: Vec<usize> = Vec::new();
        let mut left_in_turn = self.rng.usize(2..5);
        loop {
            let next = deck.pop().unwrap_or_else(|| {
                deck.extend(0..clips.len());
                self.rng.shuffle(&mut deck);
                deck.pop().unwrap_or(0)
            });
            self.samples.extend_from_slice(&clips[next].samples);
            if self.now() >= until {
                return (onset, self.now());
            }
            left_in_turn -= 1;
            if left_in_turn == 0 && !clips[next].angry {
                left_in_turn = self.rng.usize(2..5);
                self.pause(self.plan.turn_s);
            } else {
                left_in_turn = left_in_turn.max(1);
                self.pause(self.plan.pause_s);
            }
        }
    }

    fn now(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE)
    }

    fn draw(&mut self, (least, most): (f32, f32)) -> f32 {
        least + self.rng.f32() * (most - least)
    }

    fn pause(&mut self, length_s: (f32, f32)) {
        let seconds = self.draw(length_s);
        self.silence(seconds);
    }

    fn silence(&mut self, seconds: f32) {
        let samples = (seconds * SAMPLE_RATE as f32) as usize;
        self.samples.resize(self.samples.len() + samples, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(speaker: &str, angry: bool, level: f32) -> Clip {
        Clip {
            speaker: speaker.into(),
            angry,
            intensity: None,
            samples: vec![level; 2 * SAMPLE_RATE as usize].into(),
        }
    }

    #[test]
    fn spikes_lie_exactly_where_the_angry_clips_do() {
        let clips = [clip("a", false, 0.1), clip("a", false, 0.1), clip("a", true, 0.5)];
        let calls = build_calls(&clips, &CallPlan::default());
        assert_eq!(calls.len(), 3);
        assert_eq!(calls.iter().filter(|call| call.spikes.is_empty()).count(), 1);
        for call in &calls {
            for (n, sample) in call.samples.iter().enumerate() {
                let at = n as f64 / f64::from(SAMPLE_RATE);
                let inside = call.spikes.iter().any(|s| (s.onset_s..s.end_s).contains(&at));
                assert!(inside || *sample < 0.2, "anger outside a spike at {at}");
            }
            for spike in &call.spikes {
                let first = (spike.onset_s * f64::from(SAMPLE_RATE)).round() as usize;
                assert!(call.samples[first] > 0.4);
                assert!(spike.end_s - spike.onset_s >= 6.0);
            }
        }
    }

    #[test]
    fn the_same_seed_builds_the_same_calls() {
        let clips = [clip("a", false, 0.1), clip("a", true, 0.5), clip("b", false, 0.1)];
        let build = |seed| build_calls(&clips, &CallPlan { seed, ..CallPlan::default() });
        assert_eq!(build(3)[0].samples, build(3)[0].samples);
        assert_ne!(build(3)[0].samples, build(4)[0].samples);
        let reading: Vec<_> = build(3).into_iter().filter(|call| call.speaker == "b").collect();
        assert!(matches!(&reading[..], [call] if call.spikes.is_empty() && call.seconds() < 5.0));
    }

    #[test]
    fn anger_grows_from_calm_over_mild_to_strong() {
        let acted =
            |how: &str, level| Clip { intensity: Some(how.into()), ..clip("a", true, level) };
        let clips = [clip("a", false, 0.1), acted("normal", 0.3), acted("strong", 0.6)];
        let calls = build_calls(&clips, &CallPlan::default());
        let growing: Vec<_> = calls.iter().filter(|call| call.grows()).collect();
        assert_eq!(growing.len(), 1);
        let rate = f64::from(SAMPLE_RATE);
        for spike in &growing[0].spikes {
            let at = |seconds: f64| growing[0].samples[(seconds * rate) as usize];
            assert!((0.2..0.4).contains(&at(spike.onset_s + 0.1)), "mild first");
            assert!(at(spike.end_s - 0.1) > 0.5, "strong last");
        }
    }
}
