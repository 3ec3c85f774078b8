//! One lane: from hops and words to alerts and moments.

use crate::moods::{MoodHop, Moods};
use crate::spike::{Spike, SpikeChange};
use crate::{Accumulator, CueSet, FusionConfig, FusionError, Measures, Words};
use std::collections::VecDeque;
use undertone_signal::{
    Alert, AlertId, AlertState, Cue, Evidence, Judgement, Lane, Moment, Probability, Prosody,
    Scores, Severity, Span, StreamTime, Timing, Tone,
};

/// The measurements of one hop.
#[derive(Debug, Clone, Copy)]
pub struct Observation {
    /// The window.
    pub span: Span,
    /// Share of its newest hop that is speech, 0..1.
    pub speech_now: f32,
    /// Prosody.
    pub prosody: Prosody,
    /// The model's scores; `None` if there was too little speech.
    pub judgement: Option<Judgement>,
}

/// The result of a hop or an utterance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// Accumulated evidence over the threshold of an alert, 0..1.
    pub level: f32,
    /// A change of the lane's alert, if any. The caller, who has a clock, adds the timing.
    pub alert: Option<Alert>,
    /// Other moments.
    pub moments: Vec<Moment>,
}

/// The open alert. It is not the [`Spike`] itself: words may raise it without a spike, and
/// clear it during one.
#[derive(Debug, Clone)]
struct Told {
    onset: StreamTime,
    tone: Tone,
    peak: f32,
    severity: Severity,
    /// Whether words have agreed.
    by_words: bool,
    /// Calm speech while it rests on words alone, in seconds.
    calm_s: f32,
}

/// The last hop that was scored.
#[derive(Debug, Clone, Copy)]
struct Hop {
    judgement: Judgement,
    measures: Measures,
}

/// Baseline, evidence, alerts and moments of one lane.
#[derive(Debug, Clone)]
pub struct LaneFusion {
    lane: Lane,
    config: FusionConfig,
    cues: CueSet,
    sum: Accumulator,
    slow: Accumulator,
    spike: Spike,
    told: Option<Told>,
    /// Alerts raised so far.
    raised: u32,
    moods: Moods,
    words: Option<Words>,
    hop: Option<Hop>,
    /// Calm hops on probation: they enter the baseline only if no alert follows shortly,
    /// so that the rise of a spike does not.
    probation: VecDeque<Measures>,
    /// Every fourth hop of the open alert; they enter the baseline once it is over, if it
    /// was weak.
    charged: Vec<Measures>,
    charged_hops: usize,
    /// Its maximum evidence over the threshold.
    charged_peak: f32,
    last_end: StreamTime,
}

/// Hops a calm observation waits before it enters the baseline (2 s at 4 Hz):
/// as long as a window, so that the onset of a spike is not learnt.
const PROBATION_HOPS: usize = 8;

/// An alert whose evidence stayed below this multiple of the threshold was weak. It may have
/// been false, so one in [`THINNED`] of its hops enters the baseline once it is over: the
/// same way of speaking then raises no second false alert.
const WEAK: f32 = 1.5;
const THINNED: usize = 4;

/// Limit of the hops that one alert adds to the baseline: a minute's.
const MOST_CHARGED: usize = 60;

/// The onset is searched in this many samples before an alert: 4 s, twice a window. Weak
/// evidence may be older, but does not belong to this turn.
const ONSET_WITHIN: u64 = 64_000;

/// Limit of the accumulated evidence as a multiple of the threshold: high enough to last
/// through a pause, low enough to clear soon after calm returns.
const CAP: f32 = 2.0;

impl LaneFusion {
    /// A new lane.
    ///
    /// # Errors
    /// [`FusionError`] if a setting is out of range.
    pub fn new(lane: Lane, config: FusionConfig) -> Result<Self, FusionError> {
        config.check()?;
        let capacity = (config.spike.baseline_s * 4.0) as usize;
        Ok(Self {
            lane,
            cues: CueSet::new(&config.detector.calm, capacity),
            moods: Moods::new(lane),
            config,
            sum: Accumulator::default(),
            slow: Accumulator::default(),
            spike: Spike::default(),
            told: None,
            raised: 0,
            words: None,
            hop: None,
            probation: VecDeque::with_capacity(PROBATION_HOPS + 1),
            charged: Vec::with_capacity(MOST_CHARGED),
            charged_hops: 0,
            charged_peak: 0.0,
            last_end: StreamTime::ZERO,
        })
    }

    /// Processes one hop. Hops must come in stream order.
    pub fn observe(&mut self, observation: &Observation) -> Verdict {
        let span = Span::new(self.last_end, observation.span.end);
        self.last_end = span.end;
        let (speech, prosody) = (observation.speech_now, &observation.prosody);
        let sigh = self.moods.sound(span, speech, prosody, &self.config.moments);
        let heard = speech >= self.config.spike.min_speech;
        let Some(judgement) = observation.judgement.filter(|_| heard) else {
            let moments = sigh.into_iter().collect();
            return Verdict { level: self.level(), moments, ..Verdict::default() };
        };
        let measures = Measures::new(&judgement, prosody);
        self.hop = Some(Hop { judgement, measures });
        let detector = self.config.detector;
        let evidence = self.cues.evidence(&measures, &detector.weights);
        let cap = CAP * self.raise_at();
        let rising_at = self.rising_at();
        self.sum.add(evidence, span.start, detector.memory, cap);
        let (worse, memory) = (evidence.min(detector.rising_most), detector.rising_memory);
        self.slow.add(worse, span.start, memory, CAP * rising_at);
        let seconds = span.seconds() as f32;
        let raise_at = self.raise_at();
        let change = self.spike.step(span.end, seconds, self.sum.sum(), raise_at, &self.config);
        let alert = match change {
            Some(change) => self.changed(change),
            None => self.agreed().or_else(|| self.calm_without_voice(seconds)),
        };
        let level = self.level();
        let calm = !self.spike.is_open() && self.told.is_none();
        let cues = &self.cues;
        let rising = calm && cues.is_known() && self.slow.sum() >= rising_at;
        let rising = rising.then(|| self.slow.since());
        let hop = MoodHop { span, rising, judgement: &judgement, measures: &measures, cues };
        let mut moments = self.moods.hop(&hop, &self.config.moments);
        moments.extend(sigh);
        self.adapt(measures);
        Verdict { level, alert, moments }
    }

    /// Processes an utterance, which may arrive before, during or long after the hops it was
    /// spoken in. Words confirm or clear an alert, and raise one alone if their probability
    /// is very high. They never change the evidence of the voice.
    pub fn words(&mut self, words: &Words) -> Verdict {
        let rules = &self.config.words;
        let mut verdict = Verdict { level: self.level(), ..Verdict::default() };
        if words.confidence.get() < rules.min_confidence {
            return verdict;
        }
        let (anger, gladness) = (words.anger.get(), words.gladness.get());
        let (clear, raise) = (gladness >= rules.clear_at && anger < 0.1, anger >= rules.raise_at);
        verdict.moments.extend(self.moods.words(words, &self.config.moments));
        self.words = Some(words.clone());
        verdict.alert = match &self.told {
            Some(told) if clear && told.severity == Severity::Mild && !told.by_words => {
                let after = words.span.start >= told.onset;
                if after { self.end() } else { None }
            }
            Some(_) => self.agreed(),
            None if raise && self.is_fresh(words) => self.raised_by_words(words),
            None => None,
        };
        verdict
    }

    fn raise_at(&self) -> f32 {
        let detector = &self.config.detector;
        let cold = 1.0 + detector.cold * self.cues.unheard();
        detector.raise_at * self.config.sensitivity.factor() * cold
    }

    fn rising_at(&self) -> f32 {
        self.raise_at() * self.config.detector.rising_at * self.config.moments.rising_at
    }

    fn level(&self) -> f32 {
        (self.sum.sum() / self.raise_at()).min(1.0)
    }

    /// True if `words` were spoken within the window before now.
    fn is_fresh(&self, words: &Words) -> bool {
        self.last_end.seconds_since(words.span.end).abs() <= f64::from(self.config.words.window_s)
    }

    fn adapt(&mut self, measures: Measures) {
        if self.spike.is_open() {
            self.charged_peak = self.charged_peak.max(self.sum.sum() / self.raise_at());
            // What was on probation is the rise of the spike.
            for measures in self.probation.drain(..).chain([measures]) {
                if self.charged_hops.is_multiple_of(THINNED) && self.charged.len() < MOST_CHARGED {
                    self.charged.push(measures);
                }
                self.charged_hops += 1;
            }
            return;
        }
        let weak = self.charged_peak < WEAK;
        for charged in self.charged.drain(..).filter(|_| weak) {
            self.cues.learn(&charged);
        }
        (self.charged_hops, self.charged_peak) = (0, 0.0);
        self.probation.push_back(measures);
        if self.probation.len() > PROBATION_HOPS
            && let Some(calm) = self.probation.pop_front()
        {
            self.cues.learn(&calm);
        }
    }

    fn changed(&mut self, change: SpikeChange) -> Option<Alert> {
        match (change, &mut self.told) {
            (SpikeChange::Raised, None) => {
                let tone = self.hop.map_or(Tone::Angry, |hop| charged_tone(&hop.judgement));
                let earliest = self.last_end.saturating_sub(ONSET_WITHIN);
                self.tell(self.sum.since().max(earliest), tone, false);
                self.step(AlertState::Raised)
            }
            // Words were first; now the voice agrees.
            (SpikeChange::Raised, Some(_)) => self.step(AlertState::Confirmed),
            (SpikeChange::Confirmed, Some(told)) if !told.by_words => {
                self.step(AlertState::Confirmed)
            }
            (SpikeChange::Cleared, Some(_)) => self.end(),
            // Words have taken it back, or have confirmed it already.
            (SpikeChange::Confirmed | SpikeChange::Cleared, _) => None,
        }
    }

    /// Words that agree with the alert, spoken close to its hops.
    fn agreed(&mut self) -> Option<Alert> {
        let words = self.words.as_ref()?;
        let window = f64::from(self.config.words.window_s);
        let told = self.told.as_mut().filter(|told| !told.by_words)?;
        let near = words.span.end.seconds_since(told.onset) >= -window
            && words.span.start.seconds_since(self.last_end) <= window;
        if !near || words.anger.get() < self.config.words.confirm_at {
            return None;
        }
        told.by_words = true;
        self.step(AlertState::Confirmed)
    }

    fn raised_by_words(&mut self, words: &Words) -> Option<Alert> {
        self.tell(words.span.start, Tone::Angry, true);
        self.step(AlertState::Raised)
    }

    /// Clears an alert that rests on words alone once the voice has been calm.
    fn calm_without_voice(&mut self, seconds: f32) -> Option<Alert> {
        let told = self.told.as_mut().filter(|_| !self.spike.is_open())?;
        told.calm_s += seconds;
        if told.calm_s < self.config.spike.clear_after_s {
            return None;
        }
        self.end()
    }

    fn tell(&mut self, onset: StreamTime, tone: Tone, by_words: bool) {
        let severity = Severity::Mild;
        self.raised += 1;
        self.told = Some(Told { onset, tone, peak: 0.0, severity, by_words, calm_s: 0.0 });
    }

    fn end(&mut self) -> Option<Alert> {
        let step = self.step(AlertState::Cleared);
        self.told = None;
        step
    }

    fn step(&mut self, state: AlertState) -> Option<Alert> {
        let (sum, raise_at) = (self.sum.sum(), self.raise_at());
        let hop = self.hop;
        let told = self.told.as_mut()?;
        told.peak = told.peak.max(sum / raise_at);
        let probability = hop.map_or(0.0, |hop| {
            let Judgement { whole, recent } = hop.judgement;
            whole.of(told.tone).get().max(recent.of(told.tone).get())
        });
        told.severity = told.severity.max(severity(told.peak, probability));
        let (onset, tone, severity) = (told.onset, told.tone, told.severity);
        let words = self.words.as_ref().filter(|_| told.by_words);
        let mut cues: Vec<Cue> =
            hop.map(|hop| self.cues.cues(&hop.measures).collect()).unwrap_or_default();
        cues.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
        let evidence = Evidence {
            cues,
            probability: Probability::new(probability),
            words: words.map(Words::evidence),
        };
        Some(Alert {
            id: AlertId(self.raised),
            state,
            lane: self.lane,
            tone,
            severity,
            onset,
            at: self.last_end,
            timing: Timing::default(),
            evidence,
        })
    }
}

/// The tone of an alert: anger, unless fear is clearly likelier. The evidence is designed for
/// anger; other tones of a raised voice are too easily confused to be named by one window.
fn charged_tone(judgement: &Judgement) -> Tone {
    const CLEARLY: f32 = 3.0;
    let afraid = |scores: &Scores| {
        let (angry, fearful) = (scores.of(Tone::Angry).get(), scores.of(Tone::Fearful).get());
        fearful > 0.5 && fearful > CLEARLY * angry
    };
    let both = afraid(&judgement.whole) && afraid(&judgement.recent);
    if both { Tone::Fearful } else { Tone::Angry }
}

fn severity(excess: f32, probability: f32) -> Severity {
    if excess >= 1.6 && probability >= 0.6 {
        Severity::Severe
    } else if excess >= 1.2 || probability >= 0.5 {
        Severity::Strong
    } else {
        Severity::Mild
    }
}
