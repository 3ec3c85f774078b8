//! Frames in, windows and segments out: the thread that owns the lanes of its
//! share of the calls.

use crate::messages::{LaneCount, LaneInput, Note, StateInput};
use crate::settings::Pace;
use crate::{Heard, findings};
use crossbeam::channel::{Receiver, Sender};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use undertone_dsp::{CallAnalyzer, CallOutput, LaneConfig, LaneOutput, SegmentData, WindowData};
use undertone_infer::{Closed, Job, SegmentLine, WindowQueue};
use undertone_signal::{
    CallId, EventBody, Frame, Lane, LaneKey, RunId, Segment, StreamTime, Window,
};

/// Samples from one window to the next: 250 ms.
pub(crate) const HOP: usize = 4000;

/// The lanes of a call, in the order of [`Lane::ALL`].
struct CallLanes {
    analyzer: CallAnalyzer,
    lanes: Vec<LaneState>,
}

struct LaneState {
    key: LaneKey,
    count: LaneCount,
    /// When its last sample was captured.
    captured_at: Instant,
}

type Calls = HashMap<RunId, CallLanes>;

/// The receivers of a lane thread's output.
pub(crate) struct LaneThread {
    pub(crate) config: LaneConfig,
    /// Lanes whose voice is scored.
    pub(crate) voice: Vec<Lane>,
    pub(crate) pace: Pace,
    pub(crate) windows: Arc<WindowQueue<Note>>,
    /// `None` without a recogniser.
    pub(crate) segments: Option<Arc<SegmentLine>>,
    pub(crate) state: Sender<StateInput>,
}

impl LaneThread {
    /// Runs until every sender or the receiver has gone.
    pub(crate) fn run(&self, inputs: &Receiver<LaneInput>) {
        let mut calls = Calls::new();
        for input in inputs {
            let done = match input {
                LaneInput::Open { run, call, lanes } => self.open(&mut calls, run, call, lanes),
                LaneInput::Audio(frame) => self.audio(&mut calls, &frame),
                LaneInput::End { run, fault } => self.end(&mut calls, run, fault),
                LaneInput::Stop => return,
            };
            if done.is_err() {
                return;
            }
        }
    }

    fn open(
        &self,
        calls: &mut Calls,
        run: RunId,
        call: CallId,
        kinds: Vec<Lane>,
    ) -> Result<(), Closed> {
        let there: Vec<Lane> = Lane::ALL.into_iter().filter(|lane| kinds.contains(lane)).collect();
        let config = |lane| LaneConfig { voice: self.voice.contains(lane), ..self.config.clone() };
        let now = Instant::now();
        // The settings were checked when the engine started.
        if let Ok(analyzer) = CallAnalyzer::new(there.iter().map(config).collect()) {
            let state = |lane| LaneState {
                key: LaneKey::new(run, lane),
                count: LaneCount::default(),
                captured_at: now,
            };
            calls
                .insert(run, CallLanes { analyzer, lanes: there.into_iter().map(state).collect() });
        }
        let opened = StateInput::Opened { run, call, lanes: kinds, at: now };
        self.state.send(opened).map_err(|_| Closed)
    }

    fn audio(&self, calls: &mut Calls, frame: &Frame) -> Result<(), Closed> {
        let Some(call) = calls.get_mut(&frame.key.run) else { return Ok(()) };
        let Some(place) = call.lanes.iter().position(|lane| lane.key == frame.key) else {
            return Ok(());
        };
        let silence = [0.0; 1600];
        let count = &mut call.lanes[place].count;
        let mut missing = frame.start.samples().saturating_sub(count.samples);
        count.lost += missing;
        while missing > 0 {
            let part = missing.min(silence.len() as u64) as usize;
            self.advance(call, place, &silence[..part], frame.captured_at)?;
            missing -= part as u64;
        }
        self.advance(call, place, &frame.samples, frame.captured_at)
    }

    /// Pushes samples, the last of which was captured at `captured_at`.
    fn advance(
        &self,
        call: &mut CallLanes,
        place: usize,
        samples: &[f32],
        captured_at: Instant,
    ) -> Result<(), Closed> {
        let CallLanes { analyzer, lanes } = call;
        let lane = &mut lanes[place];
        lane.count.samples += samples.len() as u64;
        lane.captured_at = captured_at;
        let mut done = Ok(());
        let mut began = Instant::now();
        analyzer.push(place, samples, &mut |output| {
            let sent = self.output(lanes, output, began.elapsed());
            began = Instant::now();
            done = done.and(sent);
        });
        done
    }

    fn end(&self, calls: &mut Calls, run: RunId, fault: Option<String>) -> Result<(), Closed> {
        let mut lengths = Vec::new();
        if let Some(CallLanes { mut analyzer, mut lanes }) = calls.remove(&run) {
            let mut done = Ok(());
            analyzer.finish(&mut |output| {
                let sent = self.output(&mut lanes, output, Duration::ZERO);
                done = done.and(sent);
            });
            done?;
            lengths.extend(lanes.iter().map(|lane| (lane.key.lane, lane.count)));
        }
        self.note(run, Note::Ended { run, fault, lengths })
    }

    /// Sends on what the lanes say; `compute` is the work it took.
    fn output(
        &self,
        lanes: &mut [LaneState],
        output: CallOutput,
        compute: Duration,
    ) -> Result<(), Closed> {
        let (place, output) = match output {
            CallOutput::Lane(place, output) => (place, output),
            CallOutput::Cross(finding) => {
                let end = lanes.iter().map(|lane| lane.count.samples).max().unwrap_or_default();
                let at = StreamTime::from_samples(end);
                let lane = |place: usize| lanes.get(place).map(|lane| lane.key.lane);
                let body = findings::between(finding, at, lane).into();
                return lanes.first().map_or(Ok(()), |lane| self.line(lane.key.run, body));
            }
        };
        let Some(lane) = lanes.get_mut(place) else { return Ok(()) };
        match output {
            LaneOutput::Window(data) => {
                let at = lane.captured(data.span.end);
                let dropped = self.window(&lane.key, data, at, compute)?;
                lane.count.dropped_windows += u64::from(dropped);
                Ok(())
            }
            LaneOutput::Segment(data) => {
                let at = lane.captured(data.span.end);
                lane.count.partials += u64::from(!data.is_final);
                self.segment(&lane.key, data, at)
            }
            LaneOutput::Tone(tone) => {
                self.line(lane.key.run, findings::tone(lane.key.lane, tone).into())
            }
            LaneOutput::Line(finding) => {
                let at = StreamTime::from_samples(lane.count.samples);
                self.line(lane.key.run, findings::line(lane.key.lane, finding, at).into())
            }
            LaneOutput::SegmentStarted { .. } => Ok(()),
        }
    }

    fn line(&self, run: RunId, body: EventBody) -> Result<(), Closed> {
        self.note(run, Note::Line { run, body: Box::new(body) })
    }

    fn window(
        &self,
        key: &LaneKey,
        data: WindowData,
        captured_at: Instant,
        compute: Duration,
    ) -> Result<bool, Closed> {
        let window = Window {
            key: *key,
            span: data.span,
            captured_at,
            features: data.features,
            speech: data.speech,
            speech_now: data.speech_now,
            prosody: data.prosody,
            compute,
        };
        self.windows.push(Job::Window(window)).map(|displaced| displaced.is_some())
    }

    /// Sends a segment to the recogniser. If it has ended, also sends a note along the acoustic
    /// path, so that it keeps its place among the windows.
    fn segment(
        &self,
        key: &LaneKey,
        data: SegmentData,
        captured_at: Instant,
    ) -> Result<(), Closed> {
        if data.is_final {
            let (index, span, to_be_heard) = (data.index, data.span, self.segments.is_some());
            self.note(key.run, Note::SegmentEnded { key: *key, index, span, to_be_heard })?;
        }
        let Some(segments) = &self.segments else { return Ok(()) };
        let segment = Segment {
            key: *key,
            index: data.index,
            span: data.span,
            captured_at,
            samples: data.samples,
            is_final: data.is_final,
        };
        match self.pace {
            Pace::Lossless => segments.push(segment),
            Pace::Live => segments.offer(segment)?.map_or(Ok(()), |lost| self.lost(&lost)),
        }
    }

    /// The recogniser is so far behind that `segment` is not transcribed.
    fn lost(&self, segment: &Segment) -> Result<(), Closed> {
        let Segment { key, index, .. } = segment;
        let words =
            Err(format!("{}: words of segment {index} lost, the recogniser is behind", key.lane));
        self.state.send(StateInput::Heard(Heard::of(segment, words))).map_err(|_| Closed)
    }

    fn note(&self, run: RunId, note: Note) -> Result<(), Closed> {
        self.windows.push(Job::Note(run, note)).map(|_| ())
    }
}

impl LaneState {
    /// When the sample before `end` was captured.
    fn captured(&self, end: StreamTime) -> Instant {
        let samples = self.count.samples.saturating_sub(end.samples());
        let age = samples as f64 / f64::from(undertone_signal::SAMPLE_RATE);
        earlier(self.captured_at, Duration::from_secs_f64(age))
    }
}

fn earlier(instant: Instant, by: Duration) -> Instant {
    instant.checked_sub(by).unwrap_or(instant)
}
