//! Both lanes of a call.

use crate::conversation::Conversation;
use crate::{FusionConfig, FusionError, LaneFusion, Observation, Verdict, Words};
use std::collections::BTreeMap;
use undertone_signal::{Alert, AlertId, AlertState, Lane, Span, StreamTime};

/// All decisions about one call.
#[derive(Debug, Clone)]
pub struct CallFusion {
    config: FusionConfig,
    lanes: BTreeMap<Lane, (LaneFusion, StreamTime)>,
    conversation: Conversation,
    alerts: u32,
    open: BTreeMap<Lane, AlertId>,
}

impl CallFusion {
    /// A new call with these lanes.
    ///
    /// # Errors
    /// [`FusionError`] if a setting is out of range.
    pub fn new(lanes: &[Lane], config: &FusionConfig) -> Result<Self, FusionError> {
        let lane =
            |&lane: &Lane| Ok((lane, (LaneFusion::new(lane, config.clone())?, StreamTime::ZERO)));
        Ok(Self {
            config: config.clone(),
            lanes: lanes.iter().map(lane).collect::<Result<_, _>>()?,
            conversation: Conversation::default(),
            alerts: 0,
            open: BTreeMap::new(),
        })
    }

    /// Processes one hop of `lane`. The hops of a lane must come in stream order; one lane
    /// may be ahead of the other.
    pub fn observe(&mut self, lane: Lane, observation: &Observation) -> Verdict {
        let Some((fusion, last_end)) = self.lanes.get_mut(&lane) else {
            return Verdict::default();
        };
        let hop = Span::new(*last_end, observation.span.end);
        *last_end = hop.end;
        let mut verdict = fusion.observe(observation);
        let (speech, rules) = (observation.speech_now, &self.config.moments);
        self.conversation.hop(lane, hop, speech, rules, &mut verdict.moments);
        self.number(&mut verdict);
        verdict
    }

    /// Processes an utterance of `lane`; see [`LaneFusion::words`].
    pub fn words(&mut self, lane: Lane, words: &Words) -> Verdict {
        let Some((fusion, _)) = self.lanes.get_mut(&lane) else { return Verdict::default() };
        let mut verdict = fusion.words(words);
        self.number(&mut verdict);
        verdict
    }

    /// Numbers the alerts of the call across lanes.
    fn number(&mut self, verdict: &mut Verdict) {
        let Some(Alert { id, state, lane, .. }) = &mut verdict.alert else { return };
        if *state == AlertState::Raised {
            self.alerts += 1;
            self.open.insert(*lane, AlertId(self.alerts));
        }
        *id = self.open.get(lane).copied().unwrap_or(*id);
    }
}
