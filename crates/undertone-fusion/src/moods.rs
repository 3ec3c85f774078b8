//! What else one lane's voice and words tell: moments.

use crate::config::MomentRules;
use crate::sentence::whose;
use crate::{CueSet, Measures, Words};
use undertone_signal::{Cue, CueKind, Judgement, Lane, MomentKind, Span, StreamTime, Tone};

/// Something worth telling once.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// What kind.
    pub kind: MomentKind,
    /// Whose; of a silence, the side that spoke last.
    pub lane: Lane,
    /// Where it began.
    pub onset: StreamTime,
    /// Last sample it rests on.
    pub at: StreamTime,
    /// The same for a reader in a hurry.
    pub sentence: String,
}

/// When each kind was last told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refractory([Option<StreamTime>; MomentKind::ALL.len()]);

impl Refractory {
    /// True, and remembered, if `kind` may be told at `at`.
    pub(crate) fn allows(&mut self, kind: MomentKind, at: StreamTime, rules: &MomentRules) -> bool {
        let last = &mut self.0[kind as usize];
        let rest = f64::from(rules.refractory_s);
        let free = last.is_none_or(|last| at.seconds_since(last) >= rest);
        if free {
            *last = Some(at);
        }
        free
    }
}

/// Speech that a change of pace must last for, in seconds.
const PACE_S: f32 = 3.0;

/// Probability of the unpleasant tones together at which a hop counts as unpleasant.
const UNPLEASANT: f32 = 0.6;

/// A hop as [`Moods`] looks at it.
pub(crate) struct MoodHop<'a> {
    pub(crate) span: Span,
    /// Since when the voice has been on its way to an alert, if it is and none is open.
    pub(crate) rising: Option<StreamTime>,
    pub(crate) judgement: &'a Judgement,
    pub(crate) measures: &'a Measures,
    pub(crate) cues: &'a CueSet,
}

/// A stretch of speech of which something is true.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    seconds: f32,
    since: StreamTime,
}

impl Run {
    /// Goes on for the length of `span`, or ends.
    fn step(&mut self, going_on: bool, span: Span) {
        if !going_on {
            self.seconds = 0.0;
            return;
        }
        if self.seconds <= 0.0 {
            self.since = span.start;
        }
        self.seconds += span.seconds() as f32;
    }
}

/// The moments of one lane.
#[derive(Debug, Clone)]
pub(crate) struct Moods {
    lane: Lane,
    told: Refractory,
    negative: Run,
    pace: Run,
    faster: bool,
}

impl Moods {
    pub(crate) fn new(lane: Lane) -> Self {
        let (negative, pace) = (Run::default(), Run::default());
        Self { lane, told: Refractory::default(), negative, pace, faster: false }
    }

    /// Takes in a hop of speech.
    pub(crate) fn hop(&mut self, hop: &MoodHop<'_>, rules: &MomentRules) -> Vec<Moment> {
        let mut moments = Vec::new();
        if let Some(since) = hop.rising.filter(|_| rules.rising_at > 0.0) {
            let what = || "tone is getting worse".to_owned();
            moments.extend(self.tell(MomentKind::Rising, since, hop.span.end, rules, what));
        }
        moments.extend(self.negative(hop, rules));
        moments.extend(self.pace(hop, rules));
        moments
    }

    /// Takes in an utterance.
    pub(crate) fn words(&mut self, words: &Words, rules: &MomentRules) -> Option<Moment> {
        if words.gladness.get() < rules.positive_at || words.gladness <= words.anger {
            return None;
        }
        let span = words.span;
        self.tell(MomentKind::Positive, span.start, span.end, rules, || {
            format!("words turn glad: {}", words.quote())
        })
    }

    fn negative(&mut self, hop: &MoodHop<'_>, rules: &MomentRules) -> Option<Moment> {
        let unpleasant: f32 = [Tone::Angry, Tone::Sad, Tone::Fearful, Tone::Disgust]
            .map(|tone| hop.judgement.whole.of(tone).get())
            .iter()
            .sum();
        self.negative.step(unpleasant >= UNPLEASANT, hop.span);
        let Run { seconds, since } = self.negative;
        if seconds < rules.negative_s {
            return None;
        }
        self.tell(MomentKind::Negative, since, hop.span.end, rules, || {
            format!("tone has been unpleasant for {seconds:.0} s of speech")
        })
    }

    fn pace(&mut self, hop: &MoodHop<'_>, rules: &MomentRules) -> Option<Moment> {
        let rate = |cue: &Cue| cue.kind == CueKind::Rate && hop.cues.unheard() < 0.3;
        let change = hop.cues.cues(hop.measures).find(rate).map_or(0.0, |cue| cue.change);
        let faster = change > 0.0;
        let same_way = faster == self.faster;
        self.faster = faster;
        if !same_way {
            self.pace = Run::default();
        }
        self.pace.step(change.abs() >= rules.pace_change, hop.span);
        if self.pace.seconds < PACE_S {
            return None;
        }
        let word = if faster { "faster" } else { "slower" };
        self.tell(MomentKind::Pace, self.pace.since, hop.span.end, rules, || {
            format!("speech is {word} than before ({change:+.1} syllables/s)")
        })
    }

    fn tell(
        &mut self,
        kind: MomentKind,
        onset: StreamTime,
        at: StreamTime,
        rules: &MomentRules,
        what: impl FnOnce() -> String,
    ) -> Option<Moment> {
        let lane = self.lane;
        self.told.allows(kind, at, rules).then(|| {
            let sentence = format!("{} {}", whose(lane), what());
            Moment { kind, lane, onset, at, sentence }
        })
    }
}
