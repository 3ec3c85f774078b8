//! Settings of an engine, checked once at its start.

use crate::EngineError;
use std::time::Duration;
use undertone_dsp::LaneConfig;
use undertone_fusion::FusionConfig;
use undertone_infer::{AcousticModel, WhenFull};
use undertone_signal::{FrontEnd, Lane, SAMPLE_RATE};

/// Samples from one window to the next: 250 ms.
pub(crate) const HOP: usize = 4000;

/// Real time or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Every sample is processed, however long it takes: recordings.
    #[default]
    Lossless,
    /// Live audio: windows that cannot be scored in time are dropped and counted.
    Live,
}

impl Pace {
    pub(crate) const fn when_full(self) -> WhenFull {
        match self {
            Self::Lossless => WhenFull::Wait,
            Self::Live => WhenFull::DropOldest,
        }
    }
}

/// Settings of an engine. [`Default`] is for a call or two at a time,
/// [`EngineSettings::serving`] for as many as the machine can process.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Real time or not.
    pub pace: Pace,
    /// Threads that turn audio into windows; calls are spread over them.
    pub lane_threads: usize,
    /// Largest batch of windows in one forward pass.
    pub max_batch: usize,
    /// Calls at a time; more are refused.
    pub max_calls: usize,
    /// Lanes on which alerts are raised, of those whose voice is scored.
    pub alert_lanes: Vec<Lane>,
    /// Whether the agent's voice is scored too. In the EU, inferring the emotions of people
    /// at work from their voice is prohibited (AI Act, Art. 5(1)(f)).
    pub agent_emotion: bool,
    /// Interval of partial transcripts, live; zero for none.
    pub partial_every: Duration,
    /// How long an inference may take before the model counts as dead and every call ends
    /// with an error; for a recogniser twelve times as long.
    pub patience: Duration,
    /// The detector.
    pub fusion: FusionConfig,
}

impl EngineSettings {
    /// Settings for `max_calls` live calls: a lane thread a core, and batches large enough for
    /// the windows that arrive while one is scored.
    pub fn serving(max_calls: usize) -> Self {
        Self {
            pace: Pace::Live,
            lane_threads: std::thread::available_parallelism().map_or(1, Into::into),
            max_batch: 64,
            max_calls,
            ..Self::default()
        }
    }
}

impl EngineSettings {
    /// Lanes whose voice is scored. The others have words, talk time and turn-taking.
    pub fn voice_lanes(&self) -> Vec<Lane> {
        let judged = |lane: &Lane| self.agent_emotion || *lane != Lane::Agent;
        Lane::ALL.into_iter().filter(judged).collect()
    }
}

impl EngineSettings {
    /// The same settings for an engine that runs `model`, checked.
    pub(crate) fn for_model(mut self, model: &dyn AcousticModel) -> Result<Self, EngineError> {
        if let Some(calm) = model.calm() {
            self.fusion.detector.calm = calm;
        }
        self.fusion.check().map_err(|error| EngineError::Settings(error.to_string()))?;
        Ok(self)
    }

    /// How every lane is analysed. Partials are made only if there is a recogniser, and
    /// windows are scored only if the detector uses them.
    pub(crate) fn lane_config(&self, front_end: FrontEnd, has_words: bool) -> LaneConfig {
        let partials = has_words && self.pace == Pace::Live;
        let every = if partials { self.partial_every.as_secs_f64() } else { 0.0 };
        let min_speech_now = self.fusion.spike.min_speech;
        let mut config = LaneConfig { hop: HOP, min_speech_now, ..LaneConfig::new(front_end) };
        config.segment.partial_every = (every * f64::from(SAMPLE_RATE)) as usize;
        config
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            pace: Pace::Lossless,
            lane_threads: 1,
            max_batch: 16,
            max_calls: 64,
            alert_lanes: vec![Lane::Customer],
            agent_emotion: false,
            partial_every: Duration::from_millis(800),
            patience: Duration::from_secs(10),
            fusion: FusionConfig::default(),
        }
    }
}
