//! A call without threads: samples in, decisions out.
//!
//! What the engine spreads over threads and queues, one window at a time. It shares every
//! piece with them (how lanes are configured, what becomes a window, [`CallState`]), so
//! that a measurement made here holds for the engine.

use crate::{CallState, EngineError, EngineSettings, findings};
use std::time::{Duration, Instant};
use undertone_dsp::{CallAnalyzer, CallOutput, DspError, LaneConfig, LaneOutput, WindowData};
use undertone_fusion::Observation;
use undertone_infer::{AcousticModel, ModelError};
use undertone_signal::{EventBody, Judgement, Lane, LaneKey, RunId, StreamTime, Window};

/// One hop of a lane: a window, the model's judgement of it, and what was decided.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The lane.
    pub lane: Lane,
    /// What the detector was given, to the digits that events carry.
    pub observation: Observation,
    /// What the model was given, as its front end says; empty where it was not asked.
    pub features: Vec<f32>,
    /// Work from the window's last samples to the decision: features, model, detector.
    pub compute: Duration,
    /// What came before the window (segments, tones, warnings), then its tone, alerts and
    /// moments.
    pub events: Vec<EventBody>,
}

/// One call without a recogniser, on the thread of whoever pushes.
pub struct Pipeline<'m> {
    model: &'m mut dyn AcousticModel,
    run: RunId,
    analyzer: CallAnalyzer,
    /// Each lane, in the order of the analyzer, and its samples so far.
    lanes: Vec<(Lane, u64)>,
    state: CallState,
    judgements: Vec<Judgement>,
    pending: Vec<EventBody>,
}

impl<'m> Pipeline<'m> {
    /// A call of these lanes under the settings of an engine that runs `model`.
    ///
    /// # Errors
    /// [`EngineError::Settings`] if a setting is out of range, or the model's front end
    /// cannot be used.
    pub fn new(
        lanes: &[Lane],
        settings: EngineSettings,
        model: &'m mut dyn AcousticModel,
    ) -> Result<Self, EngineError> {
        let settings = settings.for_model(model)?;
        let there: Vec<Lane> = Lane::ALL.into_iter().filter(|lane| lanes.contains(lane)).collect();
        let config = |lane| LaneConfig {
            voice: settings.voice_lanes().contains(lane),
            ..settings.lane_config(model.front_end(), false)
        };
        let analyzer = CallAnalyzer::new(there.iter().map(config).collect())
            .map_err(|error: DspError| EngineError::Settings(error.to_string()))?;
        let state = CallState::new(lanes, &settings, Instant::now())
            .map_err(|error| EngineError::Settings(error.to_string()))?;
        let run = RunId::from_u128(0);
        let (judgements, pending) = (Vec::new(), Vec::new());
        let lanes = there.into_iter().map(|lane| (lane, 0)).collect();
        Ok(Self { model, run, analyzer, lanes, state, judgements, pending })
    }

    /// Takes the next samples of a lane (16 kHz mono) and hands each hop they complete to
    /// `each`, in order. A lane that the call does not have has no hops.
    ///
    /// # Errors
    /// The model's own.
    pub fn push(
        &mut self,
        lane: Lane,
        samples: &[f32],
        each: &mut dyn FnMut(Hop),
    ) -> Result<(), ModelError> {
        let Some(place) = self.lanes.iter().position(|(kind, _)| *kind == lane) else {
            return Ok(());
        };
        self.lanes[place].1 += samples.len() as u64;
        let mut outputs = Vec::new();
        let mut began = Instant::now();
        self.analyzer.push(place, samples, &mut |output| {
            outputs.push((output, began.elapsed()));
            began = Instant::now();
        });
        outputs.into_iter().try_for_each(|(output, compute)| self.take(output, compute, each))
    }

    /// The lanes have ended: what they still hold.
    ///
    /// # Errors
    /// The model's own.
    pub fn finish(&mut self, each: &mut dyn FnMut(Hop)) -> Result<(), ModelError> {
        let mut outputs = Vec::new();
        self.analyzer.finish(&mut |output| outputs.push(output));
        outputs.into_iter().try_for_each(|output| self.take(output, Duration::ZERO, each))
    }

    fn take(
        &mut self,
        output: CallOutput,
        compute: Duration,
        each: &mut dyn FnMut(Hop),
    ) -> Result<(), ModelError> {
        let (place, output) = match output {
            CallOutput::Lane(place, output) => (place, output),
            CallOutput::Cross(finding) => {
                let end = self.lanes.iter().map(|(_, samples)| *samples).max().unwrap_or_default();
                let lane = |place: usize| self.lanes.get(place).map(|(lane, _)| *lane);
                let found = findings::between(finding, StreamTime::from_samples(end), lane);
                self.pending.push(found.into());
                return Ok(());
            }
        };
        let Some(&(lane, samples)) = self.lanes.get(place) else { return Ok(()) };
        match output {
            LaneOutput::Window(data) => {
                let key = LaneKey::new(self.run, lane);
                if let Some(hop) = self.judge(window(key, data, Instant::now(), compute))? {
                    each(hop);
                }
            }
            LaneOutput::Segment(data) if data.is_final => {
                let ended = self.state.segment_ended(lane, data.index, data.span, false);
                self.pending.push(ended);
            }
            LaneOutput::Tone(tone) => self.pending.push(findings::tone(lane, tone).into()),
            LaneOutput::Line(finding) => {
                let at = StreamTime::from_samples(samples);
                self.pending.push(findings::line(lane, finding, at).into());
            }
            LaneOutput::Segment(_) | LaneOutput::SegmentStarted { .. } => {}
        }
        Ok(())
    }

    fn judge(&mut self, mut window: Window) -> Result<Option<Hop>, ModelError> {
        let began = Instant::now();
        self.judgements.clear();
        if !window.features.is_empty() {
            self.model.judge(&[&window.features], &mut self.judgements)?;
            window.compute += began.elapsed();
        }
        let mut events = std::mem::take(&mut self.pending);
        let judgement = self.judgements.first().copied();
        let decided = self.state.judged(&window, judgement, &mut events);
        Ok(decided.map(|decided| Hop {
            lane: window.key.lane,
            observation: decided.observation,
            features: window.features,
            compute: decided.compute,
            events,
        }))
    }
}

/// A window of a lane, the last sample of which was captured at `captured_at`.
pub(crate) fn window(
    key: LaneKey,
    data: WindowData,
    captured_at: Instant,
    compute: Duration,
) -> Window {
    Window {
        key,
        span: data.span,
        captured_at,
        features: data.features,
        speech: data.speech,
        speech_now: data.speech_now,
        prosody: data.prosody,
        compute,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake::{self, Conduct, FakeAcoustic};
    use crate::{Engine, Models};
    use undertone_signal::{CallId, Probability, Scores, Tone};

    /// Angry in the second half of a voice, calm in the first: enough for an alert.
    fn turning() -> FakeAcoustic {
        let mut windows = 0;
        FakeAcoustic::new(move |_| {
            windows += 1;
            let angry = if windows > 250 { 0.95 } else { 0.02 };
            let mut scores = Scores { arousal: 2.0 * angry - 1.0, ..Scores::default() };
            scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
            scores.probabilities[Tone::Neutral.index()] = Probability::new(1.0 - angry);
            scores
        })
    }

    /// Everything but the parts of an event that clocks decide.
    fn timeless(body: &EventBody) -> Option<String> {
        match body {
            EventBody::Tone(tone) => Some(format!("{tone:?}")),
            EventBody::Segment(segment) => Some(format!("{segment:?}")),
            EventBody::Moment(moment) => Some(format!("{moment:?}")),
            EventBody::Alert(alert) => {
                Some(format!("{:?} {:?} {:?}", alert.id, alert.state, alert.at))
            }
            _ => None,
        }
    }

    #[test]
    fn the_engine_says_of_a_call_what_the_pipeline_says() {
        let voice = fake::voice(90.0);
        let (mut model, mut expected) = (turning(), Vec::new());
        let settings = EngineSettings::default();
        let mut pipeline = Pipeline::new(&[Lane::Customer], settings.clone(), &mut model).unwrap();
        for block in voice.chunks(320) {
            pipeline.push(Lane::Customer, block, &mut |hop| expected.extend(hop.events)).unwrap();
        }
        pipeline.finish(&mut |hop| expected.extend(hop.events)).unwrap();
        let models = Models { acoustic: Box::new(turning()), ..fake::models() };
        let (engine, events) = Engine::start(settings, models).unwrap();
        let mut call = engine.open(CallId::new("call"), &[Lane::Customer]).unwrap();
        let speaker = std::thread::spawn(move || {
            fake::speak(&mut call, Lane::Customer, &voice, f64::INFINITY).unwrap();
            call.finish(None);
        });
        let bodies: Vec<EventBody> = events
            .iter()
            .map(|event| event.body)
            .take_while(|body| !matches!(body, EventBody::Summary(_)))
            .collect();
        speaker.join().unwrap();
        let of = |bodies: &[EventBody]| bodies.iter().filter_map(timeless).collect::<Vec<_>>();
        let (engine, pipeline) = (of(&bodies), of(&expected));
        assert!(engine.len() >= pipeline.len(), "{} and {}", engine.len(), pipeline.len());
        for (engine, pipeline) in engine.iter().zip(&pipeline) {
            assert_eq!(engine, pipeline);
        }
        let alerts = expected.iter().filter(|body| matches!(body, EventBody::Alert(_))).count();
        assert!(alerts > 0, "a call without an alert proves little");
    }

    #[test]
    fn a_model_that_fails_fails_the_push_and_a_lane_that_is_not_there_is_silent() {
        let mut model = FakeAcoustic::calm().with(Conduct::Fail);
        let mut pipeline =
            Pipeline::new(&[Lane::Customer], EngineSettings::default(), &mut model).unwrap();
        let voice = fake::voice(4.0);
        assert!(pipeline.push(Lane::Agent, &voice, &mut |_| ()).is_ok());
        assert!(pipeline.push(Lane::Customer, &voice, &mut |_| ()).is_err());
    }
}
