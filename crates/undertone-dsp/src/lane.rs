//! One lane: samples in, windows and segments out.

use crate::door::{Door, LineFinding};
use crate::history::History;
use crate::pitch_columns::with_pitch;
use crate::prosody::ProsodyTrack;
use crate::ring::Ring;
use crate::segment::{SegmentMark, Segmenter, TICK};
use crate::tone::{ToneFinding, ToneTrack};
use crate::window::MelTrack;
use crate::{DspError, SegmentConfig, Vad, VadConfig};
use undertone_signal::{FrontEnd, Prosody, Span, StreamTime};

/// How a lane is heard.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneConfig {
    /// What the acoustic model looks at. Its hop must be 160 samples, its window a
    /// whole number of them.
    pub front_end: FrontEnd,
    /// Samples from one window to the next, a multiple of 160; default 4 000,
    /// 250 ms.
    pub hop: usize,
    /// Share of a window that must be speech for it to have features; default 0.2.
    pub min_speech: f32,
    /// Share of a window's newest hop that must be speech for it to have features;
    /// default 0: who listens to evidence only while somebody speaks need not have the
    /// rest judged.
    pub min_speech_now: f32,
    /// Samples a lane must have before a window has features; default 12 000,
    /// 750 ms.
    pub min_audio: usize,
    /// Whether the voice is judged. If not, windows have no features and no prosody, only
    /// how much of them is speech; segments are the same. Default true.
    pub voice: bool,
    /// How eagerly speech is found.
    pub vad: VadConfig,
    /// Where segments begin and end.
    pub segment: SegmentConfig,
}

impl LaneConfig {
    /// The defaults, with the front end of an acoustic model.
    pub fn new(front_end: FrontEnd) -> Self {
        Self {
            front_end,
            hop: 4_000,
            min_speech: 0.2,
            min_speech_now: 0.0,
            min_audio: 12_000,
            voice: true,
            vad: VadConfig::default(),
            segment: SegmentConfig::default(),
        }
    }

    fn check(&self) -> Result<(), DspError> {
        let wrong =
            |field, problem: &str| Err(DspError::Setting { field, problem: problem.to_owned() });
        if self.hop == 0 || !self.hop.is_multiple_of(TICK) {
            return wrong("hop", "must be a multiple of 160 samples above zero");
        }
        if self.front_end.hop != TICK || !self.front_end.window.is_multiple_of(TICK) {
            return wrong("front_end.hop", "must be 160 samples, and the window a multiple of it");
        }
        for (field, share) in
            [("min_speech", self.min_speech), ("min_speech_now", self.min_speech_now)]
        {
            if !(0.0..=1.0).contains(&share) {
                return wrong(field, "must be between 0 and 1");
            }
        }
        Ok(())
    }
}

/// What a lane has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum LaneOutput {
    /// A hop is complete.
    Window(WindowData),
    /// There is enough speech for a segment; a final [`LaneOutput::Segment`] with
    /// this number follows.
    SegmentStarted {
        /// Number of the segment, from 0.
        index: u64,
        /// Its first sample, padding included.
        at: StreamTime,
    },
    /// A stretch of speech, ended or, if so configured, still going on.
    Segment(SegmentData),
    /// A tone has ended. It was silence to everything else.
    Tone(ToneFinding),
    /// Something is wrong with the line; each fault is found once.
    Line(LineFinding),
}

/// The window that ends at a hop.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowData {
    /// The audio it covers; before the start of the lane it is silent.
    pub span: Span,
    /// Normalised log-mel, and F0 if the front end has it, row-major
    /// `[frames, columns]`; empty if the window or its newest hop holds too little audio
    /// or speech.
    pub features: Vec<f32>,
    /// Share of the window that is speech, 0..1.
    pub speech: f32,
    /// Share of the newest hop that is speech, 0..1.
    pub speech_now: f32,
    /// What the voice did over the last second.
    pub prosody: Prosody,
}

/// Speech between two silences.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentData {
    /// Number of the segment on its lane, from 0.
    pub index: u64,
    /// Where it lies.
    pub span: Span,
    /// Its samples.
    pub samples: Vec<f32>,
    /// True once speech has ended.
    pub is_final: bool,
}

/// Listens to one lane: 16 kHz samples in; windows, one at every hop of stream
/// time, and segments out. Both are of the samples as they come through a [`Door`].
///
/// The output depends on the samples alone, not on how they were cut into calls.
/// Memory is bounded by the longest segment, whatever the length of the call.
/// Besides the features and samples it hands over nothing is allocated per hop.
pub struct LaneAnalyzer {
    config: LaneConfig,
    door: Door,
    /// As it came through the door.
    raw: History,
    tones: ToneTrack,
    /// The same with silence in place of what is no voice.
    history: History,
    tick: Vec<f32>,
    mel: MelTrack,
    vad: Vad,
    prosody: ProsodyTrack,
    segmenter: Segmenter,
    speech: Ring<bool>,
    finished: bool,
}

impl LaneAnalyzer {
    /// A lane that has heard nothing yet.
    ///
    /// # Errors
    /// [`DspError::FrontEnd`] or [`DspError::Setting`], naming the field at fault.
    pub fn new(config: LaneConfig) -> Result<Self, DspError> {
        config.check()?;
        let ticks = config.front_end.window.max(config.hop) / TICK;
        Ok(Self {
            door: Door::new(),
            raw: History::default(),
            tones: ToneTrack::default(),
            history: History::default(),
            tick: Vec::with_capacity(TICK),
            mel: MelTrack::new(config.front_end)?,
            vad: Vad::new(config.vad)?,
            prosody: ProsodyTrack::new(),
            segmenter: Segmenter::new(config.segment)?,
            speech: Ring::new(ticks),
            finished: false,
            config,
        })
    }

    /// Takes in `samples`, any number of them, and hands to `emit` what they complete.
    /// Samples that are not finite count as silence.
    pub fn push(&mut self, samples: &[f32], emit: &mut dyn FnMut(LaneOutput)) {
        if self.finished {
            return;
        }
        for &sample in samples {
            let sample = self.door.pass(sample);
            self.tick.push(sample);
            if self.tick.len() == TICK {
                self.step(false, emit);
            }
        }
    }

    /// One sample through the lane's door, for [`Self::tick`].
    pub(crate) fn door(&mut self, sample: f32) -> f32 {
        self.door.pass(sample)
    }

    /// Takes in 10 ms that have come through the door; `masked` if they are known to be
    /// no voice of this lane.
    pub(crate) fn tick(&mut self, samples: &[f32], masked: bool, emit: &mut dyn FnMut(LaneOutput)) {
        if !self.finished {
            self.tick.clear();
            self.tick.extend_from_slice(samples);
            self.step(masked, emit);
        }
    }

    /// Ends the lane: hands over the segment still open. Samples pushed afterwards
    /// are ignored.
    pub fn finish(&mut self, emit: &mut dyn FnMut(LaneOutput)) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        self.history.push(&self.tick);
        let (end, history) = (self.history.end(), &self.history);
        self.segmenter.finish(end, &mut |mark| emit(output(history, mark)));
        self.tones.finish(end, &mut |tone| emit(LaneOutput::Tone(tone)));
        while let Some(finding) = self.door.finding() {
            emit(LaneOutput::Line(finding));
        }
    }

    /// Ends the lane with less than 10 ms that have come through the door.
    pub(crate) fn finish_with(&mut self, rest: &[f32], emit: &mut dyn FnMut(LaneOutput)) {
        self.tick.clear();
        self.tick.extend(rest.iter().take(TICK - 1));
        self.finish(emit);
    }

    /// Works on the 10 ms in `tick`; `other` if they are no voice of this lane.
    fn step(&mut self, other: bool, emit: &mut dyn FnMut(LaneOutput)) {
        self.raw.push(&self.tick);
        let now = self.raw.end();
        let reach = now.saturating_sub(ProsodyTrack::FRAME as u64);
        let pitch = self.prosody.analyze(self.raw.range(reach, now));
        let mut found = |tone| emit(LaneOutput::Tone(tone));
        let tone = self.tones.push(self.prosody.power(), now, &mut found);
        self.mask_last(tone.back);
        let masked = tone.now || other;
        if masked {
            self.tick.fill(0.0);
        }
        self.history.push(&self.tick);
        if masked {
            self.vad.push_masked(TICK);
        } else {
            self.vad.push(&self.tick, pitch.best().map_or(0.0, |best| best.periodicity));
        }
        let speech = !masked && self.vad.is_speech();
        if self.config.voice {
            let vowels = self.mel.step(&self.history);
            if masked {
                self.prosody.push_silence();
            } else {
                self.prosody.push(self.raw.range(reach, now), pitch, speech, vowels);
            }
        }
        self.raw.discard_before(reach);
        self.advance(now, speech, emit);
    }

    /// What rests on whether the newest 10 ms are speech.
    fn advance(&mut self, now: u64, speech: bool, emit: &mut dyn FnMut(LaneOutput)) {
        self.speech.push(speech);
        let power = self.tick.iter().map(|x| x * x).sum();
        self.tick.clear();
        let history = &self.history;
        self.segmenter.tick(power, speech, &mut |mark| emit(output(history, mark)));
        if now.is_multiple_of(self.config.hop as u64) {
            emit(LaneOutput::Window(self.window(now)));
            if let Some(finding) = self.door.finding() {
                emit(LaneOutput::Line(finding));
            }
        }
        self.history
            .discard_before(now.saturating_sub(self.mel.reach()).min(self.segmenter.needed_from()));
    }

    /// The newest `ticks` have turned out to be no voice: nothing may rest on them.
    fn mask_last(&mut self, ticks: usize) {
        if ticks == 0 {
            return;
        }
        let spoken = self.speech.last(ticks).filter(|speech| **speech).count();
        self.speech.change_last(ticks, |speech| *speech = false);
        self.history.silence_last(ticks * TICK);
        self.mel.silence_last(ticks);
        self.vad.mask_last(ticks);
        self.prosody.silence_last(ticks);
        self.segmenter.revoke(ticks, spoken);
    }

    fn window(&mut self, now: u64) -> WindowData {
        let LaneConfig { front_end, hop, min_audio, .. } = self.config;
        let speech = self.speech_share(front_end.window);
        let speech_now = self.speech_share(hop);
        let spoken = speech >= self.config.min_speech && speech > 0.0;
        let enough = self.config.voice
            && now >= min_audio as u64
            && spoken
            && speech_now >= self.config.min_speech_now;
        let end = StreamTime::from_samples(now);
        let prosody = if self.config.voice { self.prosody.prosody() } else { Prosody::default() };
        let contour = self.prosody.tracked(front_end.frames());
        WindowData {
            span: Span::new(end.saturating_sub(front_end.window as u64), end),
            features: if enough {
                with_pitch(&front_end, self.mel.features(), contour)
            } else {
                Vec::new()
            },
            speech,
            speech_now,
            prosody,
        }
    }

    /// Share of the last `samples` that is speech; what was before the start is not.
    fn speech_share(&self, samples: usize) -> f32 {
        let ticks = samples / TICK;
        self.speech.last(ticks).filter(|s| **s).count() as f32 / ticks as f32
    }
}

fn output(history: &History, mark: SegmentMark) -> LaneOutput {
    let segment = |index, span: Span, is_final| {
        let samples = history.range(span.start.samples(), span.end.samples()).to_vec();
        LaneOutput::Segment(SegmentData { index, span, samples, is_final })
    };
    match mark {
        SegmentMark::Started { index, at } => LaneOutput::SegmentStarted { index, at },
        SegmentMark::Partial { index, span } => segment(index, span, false),
        SegmentMark::Ended { index, span } => segment(index, span, true),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{front_end, vowel};

    #[test]
    fn memory_does_not_grow_with_the_length_of_the_call() {
        let mut lane = LaneAnalyzer::new(LaneConfig::new(front_end())).unwrap();
        let most = 2 * lane.config.segment.max + 4_000;
        let glide = |n: usize| 150.0 + 30.0 * (n as f32 / 3_000.0).sin();
        let mut talk = vowel(glide, 32_000, 0.0, 7_000.0);
        for (n, x) in talk.iter_mut().enumerate() {
            *x *= 0.55 - 0.45 * (n as f32 / 16_000.0 * 4.0 * std::f32::consts::TAU).cos();
        }
        let mut segments = 0;
        for _ in 0..60 {
            lane.push(&talk, &mut |o| segments += usize::from(matches!(o, LaneOutput::Segment(_))));
            assert!(lane.history.held() <= most, "{}", lane.history.held());
        }
        assert!(segments >= 7, "{segments}");
        let silence = vec![0.0; 160_000];
        lane.push(&silence, &mut |_| {});
        assert!(lane.history.held() < 10_000, "{}", lane.history.held());
    }
}
