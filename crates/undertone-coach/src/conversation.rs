//! A call as the coach knows it: the fold of its events.

use crate::cues::{Cue, CueSet, Cues};
use crate::text;
use std::collections::BTreeSet;
use undertone_signal::{AlertId, Lane, Severity, Span, StreamTime, Tone};

/// A stretch in which nobody speaks counts as waiting from this length on.
const WAIT: u64 = 10 * undertone_signal::SAMPLE_RATE as u64;

/// What somebody said in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Place among the events of the call.
    pub seq: u64,
    /// Who spoke.
    pub lane: Lane,
    /// When.
    pub span: Span,
    /// The words, as the recogniser wrote them.
    pub text: String,
    /// What the words do.
    pub cues: CueSet,
    /// −1 unpleasant to 1 pleasant, where a text model has read the words.
    pub valence: Option<f32>,
}

impl Turn {
    /// How many words it has.
    pub fn words(&self) -> usize {
        text::words(&self.text).len()
    }
}

/// A turn of tone: an alert, from its first event to its last.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// Place of its first event among the events of the call.
    pub seq: u64,
    /// The alert.
    pub alert: AlertId,
    /// Whose tone turned.
    pub lane: Lane,
    /// To what.
    pub tone: Tone,
    /// How strongly, at its worst.
    pub severity: Severity,
    /// Where it began.
    pub onset: StreamTime,
    /// Where it was raised.
    pub at: StreamTime,
    /// Where it was cleared, if it was.
    pub cleared: Option<StreamTime>,
}

impl Charge {
    /// True if `turn` was spoken while the tone turned.
    pub fn covers(&self, turn: &Turn) -> bool {
        turn.lane == self.lane && turn.span.start <= self.at && self.onset <= turn.span.end
    }
}

/// How pleasant the customer's voice was at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hop {
    /// End of the stretch that was judged.
    pub at: StreamTime,
    /// −1 unpleasant to 1 pleasant.
    pub valence: f32,
}

/// Somebody spoke over the other, who then stopped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interruption {
    /// Place among the events of the call.
    pub seq: u64,
    /// Who took the word.
    pub lane: Lane,
    /// When.
    pub at: StreamTime,
}

/// A call so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conversation {
    /// What was said, in the order in which it began.
    pub turns: Vec<Turn>,
    /// Words of a turn that is still being spoken, one a lane at most.
    pub unfinished: Vec<Turn>,
    /// Turns of tone, in order.
    pub charges: Vec<Charge>,
    /// The customer's voice.
    pub hops: Vec<Hop>,
    /// Interruptions, in order.
    pub interruptions: Vec<Interruption>,
    /// Stretches of speech of either lane, in the order of their ends.
    pub speech: Vec<(Lane, Span)>,
    /// Where the call stands.
    pub now: StreamTime,
    /// Names of the service signals in anybody's words.
    pub signals: BTreeSet<String>,
    /// Wall-clock time of the first event, in milliseconds since 1970, if known.
    pub began_ms: Option<i64>,
}

impl Conversation {
    /// Takes in a finished turn; turns may come late and out of order.
    pub(crate) fn say(&mut self, turn: Turn) {
        self.unfinished.retain(|open| open.lane != turn.lane || open.span.start > turn.span.start);
        self.now = self.now.max(turn.span.end);
        let at = self.turns.partition_point(|other| other.span.start <= turn.span.start);
        self.turns.insert(at, turn);
    }

    /// Takes in the words so far of a turn.
    pub(crate) fn begin_saying(&mut self, turn: Turn) {
        self.unfinished.retain(|open| open.lane != turn.lane);
        self.unfinished.push(turn);
    }

    /// The turns of `lane`.
    pub fn turns_of(&self, lane: Lane) -> impl DoubleEndedIterator<Item = &Turn> + Clone {
        self.turns.iter().filter(move |turn| turn.lane == lane)
    }

    /// Everything the words of `lane` did so far, unfinished ones too.
    pub fn cues_of(&self, lane: Lane) -> CueSet {
        let all = self.turns.iter().chain(&self.unfinished).filter(|turn| turn.lane == lane);
        all.fold(CueSet::EMPTY, |sum, turn| sum.and(turn.cues))
    }

    /// True if there are words of the customer at all.
    pub fn has_words(&self) -> bool {
        self.turns.iter().chain(&self.unfinished).any(|turn| turn.lane == Lane::Customer)
    }

    /// The charge of the alert `id`.
    pub fn charge(&self, id: AlertId) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.alert == id)
    }

    /// Charges of the customer.
    pub fn customer_charges(&self) -> impl Iterator<Item = &Charge> {
        self.charges.iter().filter(|charge| charge.lane == Lane::Customer)
    }

    /// The turn in which `charge` lies, if its words are there.
    pub fn turn_of(&self, charge: &Charge) -> Option<&Turn> {
        self.turns.iter().rfind(|turn| charge.covers(turn))
    }

    /// Waits of ten seconds and more, between stretches of speech.
    pub fn waits(&self) -> Vec<Span> {
        let mut speech: Vec<Span> = self.speech.iter().map(|(_, span)| *span).collect();
        speech.extend(self.turns.iter().map(|turn| turn.span));
        speech.sort_by_key(|span| span.start);
        let mut waits = Vec::new();
        let mut end = StreamTime::ZERO;
        for span in speech {
            if span.start - end >= WAIT && end > StreamTime::ZERO {
                waits.push(Span::new(end, span.start));
            }
            end = end.max(span.end);
        }
        waits
    }

    /// Seconds of speech of `lane`.
    pub fn speech_s(&self, lane: Lane) -> f64 {
        let segments = self.speech.iter().filter(|(of, _)| *of == lane);
        let segments: f64 = segments.map(|(_, span)| span.seconds()).sum();
        let turns: f64 = self.turns_of(lane).map(|turn| turn.span.seconds()).sum();
        if segments > 0.0 { segments } else { turns }
    }
}

/// The sentences of a turn that do one of `wanted`, as they were said.
pub(crate) fn sentences_with<'a>(
    turn: &'a Turn,
    cues: &'a Cues,
    wanted: &'a [Cue],
) -> impl Iterator<Item = &'a str> {
    text::sentences(&turn.text)
        .filter(move |sentence| cues.find(turn.lane, sentence).has_any(wanted))
}
