//! What an engine can be told, checked once at its start.

use std::time::Duration;
use undertone_fusion::FusionConfig;
use undertone_infer::WhenFull;
use undertone_signal::Lane;

/// How the engine treats time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Every sample is judged, however long it takes: recordings.
    #[default]
    Lossless,
    /// Now matters more than completeness: live sound. What cannot be judged
    /// in time is dropped and counted.
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

/// Everything an engine can be told. [`Default`] is for a call or two at a time,
/// [`EngineSettings::serving`] for as many as the machine can hold.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// How it treats time.
    pub pace: Pace,
    /// Threads that turn audio into windows; calls are spread over them.
    pub lane_threads: usize,
    /// Windows judged in one forward pass at most.
    pub max_batch: usize,
    /// Calls at a time; more are refused.
    pub max_calls: usize,
    /// Lanes on which alerts are raised, of those whose voice is judged.
    pub alert_lanes: Vec<Lane>,
    /// Whether the agent's voice is judged too. In the European Union the law forbids
    /// inferring the emotions of people at work from their voice (AI Act, Art. 5(1)(f)).
    pub agent_emotion: bool,
    /// How often words of speech that is still going on are looked at, live;
    /// zero for never.
    pub partial_every: Duration,
    /// How long one question to a model may go unanswered before it counts as dead and
    /// every call ends with an error; for a recogniser twelve times as long.
    pub patience: Duration,
    /// The detector.
    pub fusion: FusionConfig,
}

impl EngineSettings {
    /// Live sound of `max_calls` calls: a lane thread a core, and batches large enough
    /// for what comes while one is judged.
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
    /// Lanes whose voice is judged. The others have words, talk time and turn-taking.
    pub fn voice_lanes(&self) -> Vec<Lane> {
        let judged = |lane: &Lane| self.agent_emotion || *lane != Lane::Agent;
        Lane::ALL.into_iter().filter(judged).collect()
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
