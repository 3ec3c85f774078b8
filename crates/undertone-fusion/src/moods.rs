//! Moments of one lane's voice and words.

use crate::config::MomentRules;
use crate::{CueSet, Measures, Words};
use undertone_signal::{
    Cue, CueKind, Judgement, Lane, Moment, MomentKind, Prosody, Span, StreamTime, Tone,
};

/// The last moment of each kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refractory([Option<StreamTime>; MomentKind::ALL.len()]);

impl Refractory {
    /// True if `kind` may occur at `at`, which is then recorded.
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

/// Duration of a change of pace, in seconds of speech.
const PACE_S: f32 = 3.0;

/// Duration of a shout in seconds of speech, and its rise in pitch in semitones. A caller who
/// moves closer to the microphone is only louder.
const SHOUT_S: f32 = 0.5;
const SHOUT_ST: f32 = 3.0;

/// Longer breath is noise on the line, in seconds.
const LONGEST_SIGH_S: f32 = 3.0;

/// Share of a hop with sound: at least this for a part of a sigh, at most this for its end.
const SOUND: (f32, f32) = (0.5, 0.3);

/// Summed probability of the unpleasant tones from which a hop is unpleasant.
const UNPLEASANT: f32 = 0.6;

/// A hop as the input of [`Moods`].
pub(crate) struct MoodHop<'a> {
    pub(crate) span: Span,
    /// Start of an early warning, if one is given and no alert is open.
    pub(crate) rising: Option<StreamTime>,
    pub(crate) judgement: &'a Judgement,
    pub(crate) measures: &'a Measures,
    pub(crate) cues: &'a CueSet,
}

/// A stretch of speech with a property.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    seconds: f32,
    since: StreamTime,
}

impl Run {
    /// Continues for the length of `span`, or ends.
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
    shout: Run,
    breath: Run,
}

impl Moods {
    pub(crate) fn new(lane: Lane) -> Self {
        let [negative, pace, shout, breath] = [Run::default(); 4];
        Self { lane, told: Refractory::default(), negative, pace, faster: false, shout, breath }
    }

    /// Processes a hop of speech.
    pub(crate) fn hop(&mut self, hop: &MoodHop<'_>, rules: &MomentRules) -> Vec<Moment> {
        let mut moments = Vec::new();
        if let Some(since) = hop.rising.filter(|_| rules.rising_at > 0.0) {
            let span = Span::new(since, hop.span.end);
            moments.extend(self.tell(MomentKind::Rising, span, None, rules));
        }
        moments.extend(self.negative(hop, rules));
        moments.extend(self.pace(hop, rules));
        moments.extend(self.shout(hop, rules));
        moments
    }

    /// Processes any hop, with or without speech.
    pub(crate) fn sound(
        &mut self,
        span: Span,
        speech_now: f32,
        prosody: &Prosody,
        rules: &MomentRules,
    ) -> Option<Moment> {
        let voiceless = prosody.f0_hz.is_none() && prosody.loudness_db.is_some();
        if speech_now >= SOUND.0 || !voiceless {
            self.breath.step(voiceless, span);
            return None;
        }
        let Run { seconds, since } = self.breath;
        if speech_now >= SOUND.1 {
            return None;
        }
        self.breath = Run::default();
        if rules.sigh_s <= 0.0 || !(rules.sigh_s..=LONGEST_SIGH_S).contains(&seconds) {
            return None;
        }
        self.tell(MomentKind::Sigh, Span::new(since, span.end), Some(seconds), rules)
    }

    /// Processes an utterance.
    pub(crate) fn words(&mut self, words: &Words, rules: &MomentRules) -> Option<Moment> {
        if words.gladness.get() < rules.positive_at || words.gladness <= words.anger {
            return None;
        }
        let mut moment =
            self.tell(MomentKind::Positive, words.span, Some(words.gladness.get()), rules)?;
        moment.words = Some(words.text.clone());
        Some(moment)
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
        self.tell(MomentKind::Negative, Span::new(since, hop.span.end), Some(seconds), rules)
    }

    fn pace(&mut self, hop: &MoodHop<'_>, rules: &MomentRules) -> Option<Moment> {
        let rate = |cue: &Cue| cue.kind == CueKind::Rate && hop.cues.is_known();
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
        let span = Span::new(self.pace.since, hop.span.end);
        self.tell(MomentKind::Pace, span, Some(change), rules)
    }

    fn shout(&mut self, hop: &MoodHop<'_>, rules: &MomentRules) -> Option<Moment> {
        let change = |kind: CueKind| {
            let cue = hop.cues.cues(hop.measures).find(|cue| cue.kind == kind);
            cue.filter(|_| hop.cues.is_known()).map_or(0.0, |cue| cue.change)
        };
        let louder = change(CueKind::Loudness);
        let loud = rules.shout_db > 0.0 && louder >= rules.shout_db;
        self.shout.step(loud && change(CueKind::Pitch) >= SHOUT_ST, hop.span);
        if self.shout.seconds < SHOUT_S {
            return None;
        }
        let span = Span::new(self.shout.since, hop.span.end);
        self.tell(MomentKind::Shout, span, Some(louder), rules)
    }

    fn tell(
        &mut self,
        kind: MomentKind,
        span: Span,
        amount: Option<f32>,
        rules: &MomentRules,
    ) -> Option<Moment> {
        let (lane, Span { start: onset, end: at }) = (self.lane, span);
        let allowed = self.told.allows(kind, at, rules);
        allowed.then_some(Moment { kind, lane, onset, at, amount, words: None })
    }
}
