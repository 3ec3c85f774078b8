//! One call: from scores and transcripts to events. No threads, no channels.

use crate::agreement::Agreement;
use crate::messages::LaneCount;
use crate::{Delays, EngineSettings, Heard, Pace};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use undertone_fusion::{CallFusion, FusionError, Observation, Verdict, Words};
use undertone_signal::{
    Alert, AlertState, DroppedEvent, ErrorEvent, EventBody, Judgement, Lane, LaneSummary, Meaning,
    Moment, MomentKind, Prosody, SegmentEvent, Span, StartEvent, StreamTime, SummaryEvent,
    TextScores, Timing, Tone, ToneEvent, Transcript, TranscriptEvent, Window,
};

#[derive(Debug)]
struct LaneState {
    alerts: bool,
    voice: bool,
    summary: LaneSummary,
    agreement: Agreement,
    /// Partials that were answered in time.
    looks: u64,
}

/// What a decision rests on, and the work it took.
#[derive(Debug, Clone, Copy)]
pub struct Decided {
    /// What the detector was given, to the digits that events carry.
    pub observation: Observation,
    /// Features, model and detector.
    pub compute: Duration,
}

/// State of a call: decisions, counts and delays.
#[derive(Debug)]
pub struct CallState {
    fusion: CallFusion,
    lanes: BTreeMap<Lane, LaneState>,
    started: Instant,
    live: bool,
    compute: Delays,
    delay: Delays,
    /// Segments noted minus segments answered; below zero while an answer is
    /// ahead of its note.
    unheard: i64,
    fault: Option<String>,
    ended: bool,
}

impl CallState {
    /// A call with these lanes that started at `started`. Live, delays are measured
    /// against the instant of capture.
    ///
    /// # Errors
    /// [`FusionError`] if the detector's settings are out of range.
    pub fn new(
        lanes: &[Lane],
        settings: &EngineSettings,
        started: Instant,
    ) -> Result<Self, FusionError> {
        let judged = settings.voice_lanes();
        let lane_state = |&lane: &Lane| {
            let state = LaneState {
                alerts: settings.alert_lanes.contains(&lane),
                voice: judged.contains(&lane),
                summary: LaneSummary::default(),
                agreement: Agreement::default(),
                looks: 0,
            };
            (lane, state)
        };
        Ok(Self {
            fusion: CallFusion::new(lanes, &settings.fusion)?,
            lanes: lanes.iter().map(lane_state).collect(),
            started,
            live: settings.pace == Pace::Live,
            compute: Delays::default(),
            delay: Delays::default(),
            unheard: 0,
            fault: None,
            ended: false,
        })
    }

    /// The call's first event.
    pub fn start_event(&self, acoustic_model: &str, transcriber: Option<&str>) -> EventBody {
        StartEvent {
            schema: undertone_signal::SCHEMA_VERSION,
            lanes: self.lanes.keys().copied().collect(),
            voice: self
                .lanes
                .iter()
                .filter(|(_, lane)| lane.voice)
                .map(|(&lane, _)| lane)
                .collect(),
            acoustic_model: acoustic_model.to_owned(),
            transcriber: transcriber.map(str::to_owned),
        }
        .into()
    }

    /// Processes a window with its scores: a tone event, and an alert event if the tone has
    /// turned or returned to calm.
    pub fn judged(
        &mut self,
        window: &Window,
        judgement: Option<Judgement>,
        out: &mut Vec<EventBody>,
    ) -> Option<Decided> {
        let lane = self.lanes.get_mut(&window.key.lane)?;
        let deciding = Instant::now();
        let observation = Observation {
            span: window.span,
            speech_now: rounded(window.speech_now),
            prosody: rounded_prosody(&window.prosody),
            judgement,
        };
        let verdict = self.fusion.observe(window.key.lane, &observation);
        let compute = window.compute + deciding.elapsed();
        lane.summary.windows += u64::from(judgement.is_some());
        lane.summary.speech_s += f64::from(window.speech_now) * HOP_SECONDS;
        if judgement.is_some() {
            self.compute.record(compute);
            self.delay.record(window.captured_at.elapsed());
        }
        out.push(tone_event(window, &observation, &verdict).into());
        let alerts = lane.alerts;
        if let Some(alert) = verdict.alert.filter(|_| alerts) {
            out.push(self.alert(alert, compute, window.captured_at));
        }
        out.extend(verdict.moments.into_iter().filter_map(|moment| self.moment(moment)));
        Some(Decided { observation, compute })
    }

    /// A moment as an event; those of a voice only for lanes with alerts.
    fn moment(&self, moment: Moment) -> Option<EventBody> {
        let of_both = matches!(
            moment.kind,
            MomentKind::Overlap | MomentKind::Interruption | MomentKind::Silence
        );
        let emitted = of_both || self.lanes.get(&moment.lane).is_some_and(|state| state.alerts);
        emitted.then(|| moment.into())
    }

    /// An alert as an event, with its timing.
    fn alert(&mut self, mut alert: Alert, compute: Duration, captured_at: Instant) -> EventBody {
        if alert.state == AlertState::Raised
            && let Some(state) = self.lanes.get_mut(&alert.lane)
        {
            state.summary.alerts += 1;
        }
        let delay_ms = self.live.then(|| millis(captured_at.elapsed()));
        alert.timing = Timing { compute_ms: millis(compute), delay_ms };
        alert.into()
    }

    /// A segment has ended; `to_be_heard` if a recogniser will answer.
    pub fn segment_ended(
        &mut self,
        lane: Lane,
        index: u64,
        span: Span,
        to_be_heard: bool,
    ) -> EventBody {
        if let Some(state) = self.lanes.get_mut(&lane) {
            state.summary.segments += 1;
        }
        self.unheard += i64::from(to_be_heard);
        SegmentEvent { lane, segment: index, span }.into()
    }

    /// The recogniser has answered: emits the words, if there are any. If the text model failed
    /// on them, an error follows.
    pub fn heard(&mut self, mut heard: Heard) -> Vec<EventBody> {
        let (scores, fault) = match heard.meaning.take().transpose() {
            Ok(scores) => (scores, None),
            Err(message) => (None, Some(ErrorEvent { message }.into())),
        };
        let (lane, captured_at) = (heard.key.lane, heard.captured_at);
        let words = match (&heard.words, &scores) {
            (Ok(Some(words)), Some(scores)) if heard.is_final => Some(Words::new(words, scores)),
            _ => None,
        };
        let meaning = scores.as_ref().map(TextScores::meaning);
        let mut events: Vec<EventBody> = self.said(heard, meaning).into_iter().collect();
        if let Some(words) = words {
            self.weigh(lane, &words, captured_at, &mut events);
        }
        events.extend(fault);
        events
    }

    /// Applies words to the alerts of their lane.
    fn weigh(&mut self, lane: Lane, words: &Words, captured_at: Instant, out: &mut Vec<EventBody>) {
        let deciding = Instant::now();
        let verdict = self.fusion.words(lane, words);
        let alerts = self.lanes.get(&lane).is_some_and(|state| state.alerts);
        if let Some(alert) = verdict.alert.filter(|_| alerts) {
            out.push(self.alert(alert, deciding.elapsed(), captured_at));
        }
        out.extend(verdict.moments.into_iter().filter_map(|moment| self.moment(moment)));
    }

    fn said(&mut self, heard: Heard, meaning: Option<Meaning>) -> Option<EventBody> {
        self.unheard -= i64::from(heard.is_final);
        let lane = self.lanes.get_mut(&heard.key.lane)?;
        if heard.is_final {
            lane.agreement.finish(heard.segment);
        } else if lane.agreement.is_finished(heard.segment) {
            return None;
        } else {
            lane.looks += 1;
        }
        let mut words = match heard.words {
            Ok(Some(words)) => words,
            Ok(None) => {
                let reason = heard.dropped.filter(|_| heard.is_final)?;
                let (lane, segment, span) = (heard.key.lane, heard.segment, heard.span);
                return Some(DroppedEvent { lane, segment, span, reason }.into());
            }
            // The final will tell whether that was for good.
            Err(_) if !heard.is_final => return None,
            Err(message) => return Some(ErrorEvent { message }.into()),
        };
        if !heard.is_final {
            words.text = lane.agreement.observe(heard.segment, &words.text)?;
        }
        let delay = self.live.then(|| heard.captured_at.elapsed());
        Some(transcript_event(words, heard.is_final, delay, meaning).into())
    }

    /// The audio has ended. A `fault` says why it ended early.
    pub(crate) fn end(&mut self, fault: Option<String>, lengths: &[(Lane, LaneCount)]) {
        for (lane, count) in lengths {
            if let Some(state) = self.lanes.get_mut(lane) {
                let length = |samples| StreamTime::from_samples(samples).seconds();
                state.summary.audio_s = length(count.samples);
                state.summary.lost_s = length(count.lost);
                state.summary.dropped_windows = count.dropped_windows;
                state.summary.late_partials = count.partials.saturating_sub(state.looks);
            }
        }
        self.fault = fault;
        self.ended = true;
    }

    /// True once all audio has been processed and every segment transcribed.
    pub const fn is_finished(&self) -> bool {
        self.ended && self.unheard == 0
    }

    /// The call's last events: its error, if it had one, and its summary.
    pub fn last_events(&self) -> Vec<EventBody> {
        let mut events = Vec::new();
        if let Some(message) = &self.fault {
            events.push(ErrorEvent { message: message.clone() }.into());
        }
        events.push(self.summary().into());
        events
    }

    fn summary(&self) -> SummaryEvent {
        let lanes: BTreeMap<Lane, LaneSummary> = self
            .lanes
            .iter()
            .map(|(lane, state)| {
                let mut summary = state.summary.clone();
                summary.speech_s = (summary.speech_s * 100.0).round() / 100.0;
                (*lane, summary)
            })
            .collect();
        let audio_s = lanes.values().map(|lane| lane.audio_s).fold(0.0, f64::max);
        let audio = StreamTime::from_seconds(audio_s);
        let wall_s = self.started.elapsed().as_secs_f64();
        SummaryEvent {
            audio,
            wall_s: (wall_s * 1e3).round() / 1e3,
            real_time_factor: if audio_s > 0.0 {
                (wall_s / audio_s * 1e5).round() / 1e5
            } else {
                0.0
            },
            lanes,
            compute: self.compute.stats(),
            delay: self.live.then(|| self.delay.stats()),
            complete: self.fault.is_none(),
        }
    }
}

/// Seconds from one window to the next.
const HOP_SECONDS: f64 = crate::settings::HOP as f64 / undertone_signal::SAMPLE_RATE as f64;

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e5).round() / 100.0
}

/// Rounds to four decimals: an event contains exactly the detector's input, so that a replay
/// of the events gives the same alerts.
fn rounded(value: f32) -> f32 {
    (f64::from(value) * 1e4).round() as f32 / 1e4
}

fn rounded_prosody(prosody: &Prosody) -> Prosody {
    Prosody {
        f0_hz: prosody.f0_hz.map(rounded),
        f0_range_st: prosody.f0_range_st.map(rounded),
        loudness_db: prosody.loudness_db.map(rounded),
        rate_hz: prosody.rate_hz.map(rounded),
        roughness: prosody.roughness.map(rounded),
    }
}

fn tone_event(window: &Window, observation: &Observation, verdict: &Verdict) -> ToneEvent {
    let scores = observation.judgement.map(|judgement| judgement.whole);
    let prosody = observation.prosody;
    ToneEvent {
        lane: window.key.lane,
        span: window.span,
        speech: rounded(window.speech),
        speech_now: observation.speech_now,
        tone: scores.map(|scores| scores.top().0),
        arousal: scores.map(|scores| scores.arousal),
        valence: scores.map(|scores| scores.valence),
        contrast: scores.and_then(|scores| scores.contrast),
        probabilities: scores
            .map(|scores| Tone::ALL.into_iter().map(|tone| (tone, scores.of(tone))).collect()),
        recent: observation.judgement.map(|judgement| judgement.recent.into()),
        prosody,
        level: rounded(verdict.level),
    }
}

fn transcript_event(
    words: Transcript,
    is_final: bool,
    delay: Option<Duration>,
    meaning: Option<Meaning>,
) -> TranscriptEvent {
    TranscriptEvent {
        lane: words.key.lane,
        segment: words.segment,
        span: words.span,
        text: words.text,
        confidence: words.confidence,
        is_final,
        delay_ms: delay.map(millis),
        language: words.language.map(str::to_owned),
        meaning,
    }
}
