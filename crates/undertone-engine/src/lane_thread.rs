//! Frames in, windows and segments out: the thread that owns the lanes of its
//! share of the calls.

use crate::Heard;
use crate::messages::{LaneCount, LaneInput, Note, StateInput};
use crate::pipeline::window;
use crate::settings::Pace;
use crossbeam::channel::{Receiver, Sender};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use undertone_dsp::{LaneAnalyzer, LaneConfig, LaneOutput, SegmentData, WindowData};
use undertone_infer::{Closed, Job, SegmentLine, WindowQueue};
use undertone_signal::{CallId, Frame, Lane, LaneKey, RunId, Segment};

struct LaneState {
    analyzer: LaneAnalyzer,
    count: LaneCount,
}

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
        let mut lanes: HashMap<LaneKey, LaneState> = HashMap::new();
        for input in inputs {
            let done = match input {
                LaneInput::Open { run, call, lanes: kinds } => {
                    self.open(&mut lanes, run, call, kinds)
                }
                LaneInput::Audio(frame) => self.audio(&mut lanes, &frame),
                LaneInput::End { run, fault } => self.end(&mut lanes, run, fault),
                LaneInput::Stop => return,
            };
            if done.is_err() {
                return;
            }
        }
    }

    fn open(
        &self,
        lanes: &mut HashMap<LaneKey, LaneState>,
        run: RunId,
        call: CallId,
        kinds: Vec<Lane>,
    ) -> Result<(), Closed> {
        for &lane in &kinds {
            // The settings were checked when the engine started.
            let voice = self.voice.contains(&lane);
            let config = LaneConfig { voice, ..self.config.clone() };
            let Ok(analyzer) = LaneAnalyzer::new(config) else { continue };
            let state = LaneState { analyzer, count: LaneCount::default() };
            lanes.insert(LaneKey::new(run, lane), state);
        }
        let opened = StateInput::Opened { run, call, lanes: kinds, at: Instant::now() };
        self.state.send(opened).map_err(|_| Closed)
    }

    fn audio(&self, lanes: &mut HashMap<LaneKey, LaneState>, frame: &Frame) -> Result<(), Closed> {
        let Some(lane) = lanes.get_mut(&frame.key) else { return Ok(()) };
        let silence = [0.0; 1600];
        let mut missing = frame.start.samples().saturating_sub(lane.count.samples);
        lane.count.lost += missing;
        while missing > 0 {
            let part = missing.min(silence.len() as u64) as usize;
            self.advance(&frame.key, lane, &silence[..part], frame.captured_at)?;
            missing -= part as u64;
        }
        self.advance(&frame.key, lane, &frame.samples, frame.captured_at)
    }

    /// Pushes samples, the last of which was captured at `captured_at`.
    fn advance(
        &self,
        key: &LaneKey,
        lane: &mut LaneState,
        samples: &[f32],
        captured_at: Instant,
    ) -> Result<(), Closed> {
        lane.count.samples += samples.len() as u64;
        let end = lane.count.samples;
        let count = &mut lane.count;
        let mut done = Ok(());
        let mut began = Instant::now();
        lane.analyzer.push(samples, &mut |output| {
            let age = |span_end: u64| {
                let samples = end.saturating_sub(span_end);
                Duration::from_secs_f64(samples as f64 / f64::from(undertone_signal::SAMPLE_RATE))
            };
            let sent = match output {
                LaneOutput::Window(data) => {
                    let captured_at = earlier(captured_at, age(data.span.end.samples()));
                    self.window(key, data, captured_at, began.elapsed()).map(|dropped| {
                        count.dropped_windows += u64::from(dropped);
                    })
                }
                LaneOutput::Segment(data) => {
                    let captured_at = earlier(captured_at, age(data.span.end.samples()));
                    count.partials += u64::from(!data.is_final);
                    self.segment(key, data, captured_at)
                }
                LaneOutput::SegmentStarted { .. } => Ok(()),
            };
            began = Instant::now();
            done = done.and(sent);
        });
        done
    }

    fn end(
        &self,
        lanes: &mut HashMap<LaneKey, LaneState>,
        run: RunId,
        fault: Option<String>,
    ) -> Result<(), Closed> {
        let mut lengths = Vec::new();
        for kind in Lane::ALL {
            let key = LaneKey::new(run, kind);
            let Some(mut lane) = lanes.remove(&key) else { continue };
            let now = Instant::now();
            let mut done = Ok(());
            lane.analyzer.finish(&mut |output| {
                let sent = match output {
                    LaneOutput::Window(data) => {
                        self.window(&key, data, now, Duration::ZERO).map(|_| ())
                    }
                    LaneOutput::Segment(data) => self.segment(&key, data, now),
                    LaneOutput::SegmentStarted { .. } => Ok(()),
                };
                done = done.and(sent);
            });
            done?;
            lengths.push((kind, lane.count));
        }
        self.note(run, Note::Ended { run, fault, lengths })
    }

    fn window(
        &self,
        key: &LaneKey,
        data: WindowData,
        captured_at: Instant,
        compute: Duration,
    ) -> Result<bool, Closed> {
        let window = window(*key, data, captured_at, compute);
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

fn earlier(instant: Instant, by: Duration) -> Instant {
    instant.checked_sub(by).unwrap_or(instant)
}
