//! Turn-taking between the two sides of a call: overlap, interruption, silence.

use crate::config::MomentRules;
use crate::moods::Refractory;
use std::collections::VecDeque;
use undertone_signal::{Lane, Moment, MomentKind, Span, StreamTime};

/// Share of a hop that must be speech for its side to be speaking.
const SPEAKING: f32 = 0.4;

/// Hops by which one side may be ahead of the other before its oldest is dropped: 16 s.
const AHEAD: usize = 64;

/// Speech of one side before it can be interrupted, in seconds.
const HAS_THE_WORD_S: f64 = 1.0;

/// Both sides, hop by hop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversation {
    /// Hops of each side that wait for the other's.
    waiting: [VecDeque<(Span, bool)>; 2],
    /// The side that speaks alone, or did last, and since when.
    holder: Option<(Lane, StreamTime)>,
    overlap_since: Option<StreamTime>,
    /// The side that was speaking when the other began to speak over it.
    spoken_over: Option<Lane>,
    silent_since: Option<StreamTime>,
    /// This silence has been reported; the next one begins after speech.
    silence_told: bool,
    told: Refractory,
}

impl Conversation {
    /// Processes the hop `span` of one side.
    pub(crate) fn hop(
        &mut self,
        lane: Lane,
        span: Span,
        speech_now: f32,
        rules: &MomentRules,
        out: &mut Vec<Moment>,
    ) {
        let waiting = &mut self.waiting[lane as usize];
        if waiting.len() == AHEAD {
            waiting.pop_front();
        }
        waiting.push_back((span, speech_now >= SPEAKING));
        while let [Some(&(mine, customer)), Some(&(theirs, agent))] =
            [self.waiting[0].front(), self.waiting[1].front()]
        {
            // A hop that the other side has lost is passed over.
            if mine.end <= theirs.end {
                self.waiting[0].pop_front();
            }
            if theirs.end <= mine.end {
                self.waiting[1].pop_front();
            }
            if mine.end == theirs.end {
                self.both(mine, customer, agent, rules, out);
            }
        }
    }

    fn both(
        &mut self,
        hop: Span,
        customer: bool,
        agent: bool,
        rules: &MomentRules,
        out: &mut Vec<Moment>,
    ) {
        match (customer, agent) {
            (true, true) => self.overlap(hop, rules, out),
            (false, false) => self.silence(hop, rules, out),
            (true, false) => self.alone(Lane::Customer, hop, rules, out),
            (false, true) => self.alone(Lane::Agent, hop, rules, out),
        }
    }

    fn overlap(&mut self, hop: Span, rules: &MomentRules, out: &mut Vec<Moment>) {
        self.silent_since = None;
        self.silence_told = false;
        let since = *self.overlap_since.get_or_insert(hop.start);
        if self.spoken_over.is_none()
            && let Some((holder, from)) = self.holder
            && since.seconds_since(from) >= HAS_THE_WORD_S
        {
            self.spoken_over = Some(holder);
        }
        let seconds = hop.end.seconds_since(since);
        if seconds >= f64::from(rules.overlap_s) {
            let lane = self.spoken_over.map_or(Lane::Customer, other);
            self.tell(MomentKind::Overlap, lane, since, hop.end, Some(seconds), rules, out);
        }
    }

    fn silence(&mut self, hop: Span, rules: &MomentRules, out: &mut Vec<Moment>) {
        self.overlap_since = None;
        self.spoken_over = None;
        let since = *self.silent_since.get_or_insert(hop.start);
        let Some((last, _)) = self.holder else { return };
        let seconds = hop.end.seconds_since(since);
        if seconds >= f64::from(rules.silence_s) && !self.silence_told {
            self.silence_told = true;
            self.tell(MomentKind::Silence, last, since, hop.end, Some(seconds), rules, out);
        }
    }

    fn alone(&mut self, lane: Lane, hop: Span, rules: &MomentRules, out: &mut Vec<Moment>) {
        let paused = self.silent_since.take().is_some();
        self.silence_told = false;
        let began = self.overlap_since.take();
        if self.spoken_over.take() == Some(other(lane))
            && let Some(since) = began
        {
            self.tell(MomentKind::Interruption, lane, since, hop.end, None, rules, out);
        }
        match self.holder {
            Some((holder, _)) if holder == lane && !paused => {}
            _ => self.holder = Some((lane, hop.start)),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn tell(
        &mut self,
        kind: MomentKind,
        lane: Lane,
        onset: StreamTime,
        at: StreamTime,
        seconds: Option<f64>,
        rules: &MomentRules,
        out: &mut Vec<Moment>,
    ) {
        if self.told.allows(kind, at, rules) {
            let amount = seconds.map(|seconds| seconds as f32);
            out.push(Moment { kind, lane, onset, at, amount, words: None });
        }
    }
}

const fn other(lane: Lane) -> Lane {
    match lane {
        Lane::Customer => Lane::Agent,
        Lane::Agent => Lane::Customer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays hops of 250 ms: `c` customer, `a` agent, `x` both, `.` nobody.
    fn play(hops: &str) -> Vec<(MomentKind, Lane, f64)> {
        let (mut talk, mut out) = (Conversation::default(), Vec::new());
        let rules = MomentRules::default();
        for (n, who) in hops.chars().enumerate() {
            let at = |n: usize| StreamTime::from_samples(n as u64 * 4000);
            let span = Span::new(at(n), at(n + 1));
            let share = |speaks: bool| if speaks { 1.0 } else { 0.0 };
            talk.hop(Lane::Agent, span, share(matches!(who, 'a' | 'x')), &rules, &mut out);
            talk.hop(Lane::Customer, span, share(matches!(who, 'c' | 'x')), &rules, &mut out);
        }
        out.iter().map(|moment| (moment.kind, moment.lane, moment.at.seconds())).collect()
    }

    #[test]
    fn taking_turns_is_no_moment() {
        assert!(play(&"aaaaaaaa..cccccccc..".repeat(8)).is_empty());
    }

    #[test]
    fn taking_the_word_is_an_interruption() {
        assert_eq!(play("aaaaaaaaxxxcccccc"), [(MomentKind::Interruption, Lane::Customer, 3.0)]);
        // A listener's "mhm" takes nothing.
        assert!(play("aaaaaaaaxxaaaaaaa").is_empty());
    }

    #[test]
    fn talking_at_once_and_long_silence_are_told_once() {
        let moments = play(&format!("aaaaaaaa{}{}", "x".repeat(12), ".".repeat(50)));
        let kinds: Vec<_> = moments.iter().map(|moment| moment.0).collect();
        assert_eq!(kinds, [MomentKind::Overlap, MomentKind::Silence]);
        assert!(play(&".".repeat(200)).is_empty(), "nobody has come yet");
        let silences = play(&format!("cccc{}aa{}", ".".repeat(1_200), ".".repeat(200)));
        assert_eq!(silences.len(), 2, "each silence once, however long: {silences:?}");
    }
}
