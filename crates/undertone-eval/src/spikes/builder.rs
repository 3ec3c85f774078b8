//! Builds one speaker's calls, clip by clip.

use super::calls::GROWING;
use super::{BuiltCall, CallPlan, Clip, Script, Spike};
use fastrand::Rng;
use undertone_signal::SAMPLE_RATE;

/// Joins clips of one speaker.
pub(super) struct Builder<'a> {
    speaker: &'a str,
    calm: Vec<&'a Clip>,
    /// Mildest first.
    angry: Vec<&'a Clip>,
    agent: Vec<&'a Clip>,
    plan: &'a CallPlan,
    rng: Rng,
    /// A generator of its own, so that the customer's clips are the same with and without an agent.
    agent_rng: Rng,
    samples: Vec<f32>,
    /// Gaps in which the agent speaks, in samples.
    gaps: Vec<std::ops::Range<usize>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        speaker: &'a str,
        calm: Vec<&'a Clip>,
        mut angry: Vec<&'a Clip>,
        agent: Vec<&'a Clip>,
        plan: &'a CallPlan,
        seed: u64,
    ) -> Self {
        angry.sort_by(|a, b| a.recorded_db.total_cmp(&b.recorded_db));
        let (rng, agent_rng) = (Rng::with_seed(seed), Rng::with_seed(!seed));
        let (samples, gaps) = (Vec::new(), Vec::new());
        Self { speaker, calm, angry, agent, plan, rng, agent_rng, samples, gaps }
    }

    pub(super) fn can_be_angry(&self) -> bool {
        !self.angry.is_empty()
    }

    /// Alternating calm and angry stretches.
    pub(super) fn charged_call(&mut self) -> BuiltCall {
        let mut intensities: Vec<Option<&str>> =
            self.angry.iter().map(|clip| clip.intensity.as_deref()).collect();
        intensities.sort_unstable();
        intensities.dedup();
        self.silence(0.5);
        let mut spikes = Vec::new();
        for number in 0..self.plan.spikes {
            self.calm_stretch();
            self.pause(self.plan.pause_s);
            let intensity =
                intensities[(number + self.rng.usize(..intensities.len())) % intensities.len()];
            let mut alike = self.angry.clone();
            alike.retain(|clip| clip.intensity.as_deref() == intensity);
            let (onset_s, end_s) = self.stretch(&alike, self.plan.angry_s);
            spikes.push(Spike { onset_s, end_s, intensity: intensity.map(str::to_owned) });
            self.turn();
        }
        self.calm_stretch();
        self.call(spikes)
    }

    /// Growing anger: after calm speech, angry clips among calm ones, more and more often and
    /// in order of their recorded level, then only the loudest half. A spike runs from the
    /// first angry sample to the last.
    pub(super) fn growing_call(&mut self) -> BuiltCall {
        const SIMMER: usize = 8;
        let strong = self.angry.split_off(self.angry.len() / 2);
        let mild = if self.angry.is_empty() { strong.clone() } else { self.angry.clone() };
        self.silence(0.5);
        let mut spikes = Vec::new();
        for _ in 0..self.plan.spikes {
            self.calm_stretch();
            self.pause(self.plan.pause_s);
            let onset_s = self.now();
            let mut heat = 0;
            for place in 0..SIMMER {
                let clip = if place == 0 || self.rng.usize(..SIMMER) < place {
                    heat += 1;
                    mild[((heat - 1) * mild.len() / SIMMER).min(mild.len() - 1)]
                } else {
                    self.calm[self.rng.usize(..self.calm.len())]
                };
                self.samples.extend_from_slice(&clip.samples);
                self.pause(self.plan.pause_s);
            }
            let (_, end_s) = self.stretch(&strong, self.plan.angry_s);
            spikes.push(Spike { onset_s, end_s, intensity: Some(GROWING.to_owned()) });
            self.turn();
        }
        self.calm_stretch();
        self.angry.extend(strong);
        self.call(spikes)
    }

    /// Without anger.
    pub(super) fn calm_call(&mut self) -> BuiltCall {
        self.silence(0.5);
        for _ in 0..self.plan.spikes {
            self.calm_stretch();
            self.turn();
        }
        self.call(Vec::new())
    }

    /// Every calm clip once, without an agent.
    pub(super) fn reading(&mut self) -> BuiltCall {
        self.silence(0.5);
        for clip in self.calm.clone() {
            self.samples.extend_from_slice(&clip.samples);
            self.pause(self.plan.pause_s);
        }
        self.call(Vec::new())
    }

    fn call(&mut self, spikes: Vec<Spike>) -> BuiltCall {
        self.silence(1.0);
        let agent = self.agent_lane();
        let mut customer = std::mem::take(&mut self.samples);
        line_noise(&mut customer, &mut self.rng);
        let seconds = customer.len() as f64 / f64::from(SAMPLE_RATE);
        let script = Script { speaker: self.speaker.to_owned(), spikes, seconds };
        BuiltCall { script, customer, agent }
    }

    /// Fills every gap with calm clips of the other speaker, from shortly after its start
    /// until the customer speaks again, or slightly longer.
    fn agent_lane(&mut self) -> Vec<f32> {
        let mut lane = vec![0.0; self.samples.len()];
        for gap in std::mem::take(&mut self.gaps) {
            let mut at = gap.start + SAMPLE_RATE as usize / 5;
            while at < gap.end && !self.agent.is_empty() {
                let clip = self.agent[self.agent_rng.usize(..self.agent.len())];
                for (sample, said) in lane.iter_mut().skip(at).zip(clip.samples.iter()) {
                    *sample = *said;
                }
                at += clip.samples.len() + SAMPLE_RATE as usize / 4;
            }
        }
        line_noise(&mut lane, &mut self.agent_rng);
        lane
    }

    fn calm_stretch(&mut self) {
        let calm = self.calm.clone();
        self.stretch(&calm, self.plan.calm_s);
    }

    /// Appends clips and pauses up to the drawn length; returns the times of the first and
    /// the last sample of speech.
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
                self.turn();
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

    /// A pause in which the agent speaks.
    fn turn(&mut self) {
        let start = self.samples.len();
        self.pause(self.plan.turn_s);
        self.gaps.push(start..self.samples.len());
    }

    fn silence(&mut self, seconds: f32) {
        let samples = (seconds * SAMPLE_RATE as f32) as usize;
        self.samples.resize(self.samples.len() + samples, 0.0);
    }
}

/// Low noise, because a line is never digitally silent.
fn line_noise(samples: &mut [f32], rng: &mut Rng) {
    for sample in samples {
        *sample += (rng.f32() - 0.5) * 6e-4;
    }
}
