//! The lanes of one call, held against each other before any is judged.

use crate::cross::{CrossCheck, CrossFinding};
use crate::segment::TICK;
use crate::{DspError, LaneAnalyzer, LaneConfig, LaneOutput};

/// Samples one lane may be ahead of the other before it goes on alone: half a second. A
/// live gateway sends both within tens of milliseconds.
const AHEAD: usize = 8_000;

/// What a call has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum CallOutput {
    /// Of one lane, by place.
    Lane(usize, LaneOutput),
    /// Of both lanes together.
    Cross(CrossFinding),
}

/// One lane or two: samples in, what each [`LaneAnalyzer`] says and what the lanes have
/// to do with each other out. What is only the other side's voice is silence to a lane.
///
/// The output depends on the samples alone, and not on how they were cut into calls, as
/// long as no lane is more than half a second ahead.
pub struct CallAnalyzer {
    lanes: Vec<Waiting>,
    cross: CrossCheck,
}

/// A lane, and what came through its door and waits for the other's.
struct Waiting {
    analyzer: LaneAnalyzer,
    samples: Vec<f32>,
    /// Of these, how many are done with.
    taken: usize,
    /// Ticks done with since the start.
    done: u64,
}

impl CallAnalyzer {
    /// A call with a lane for each of `configs`, one or two.
    ///
    /// # Errors
    /// As [`LaneAnalyzer::new`]; [`DspError::Setting`] for no lane or more than two.
    pub fn new(configs: Vec<LaneConfig>) -> Result<Self, DspError> {
        if !(1..=2).contains(&configs.len()) {
            let problem = format!("must be one or two, not {}", configs.len());
            return Err(DspError::Setting { field: "lanes", problem });
        }
        let lane = |config| {
            let analyzer = LaneAnalyzer::new(config)?;
            Ok(Waiting { analyzer, samples: Vec::new(), taken: 0, done: 0 })
        };
        let lanes = configs.into_iter().map(lane).collect::<Result<_, DspError>>()?;
        Ok(Self { lanes, cross: CrossCheck::new() })
    }

    /// Takes in `samples` of the lane at `place`, any number of them.
    pub fn push(&mut self, place: usize, samples: &[f32], emit: &mut dyn FnMut(CallOutput)) {
        let Some(lane) = self.lanes.get_mut(place) else { return };
        lane.take(samples);
        while self.step(AHEAD, emit) {}
        self.lanes.iter_mut().for_each(Waiting::discard);
    }

    /// Ends both lanes; see [`LaneAnalyzer::finish`].
    pub fn finish(&mut self, emit: &mut dyn FnMut(CallOutput)) {
        while self.step(TICK, emit) {}
        for (place, lane) in self.lanes.iter_mut().enumerate() {
            let rest = &lane.samples[lane.taken..];
            lane.analyzer.finish_with(rest, &mut |out| emit(CallOutput::Lane(place, out)));
            lane.taken = lane.samples.len();
        }
    }

    /// Does the next 10 ms of both lanes, or of the one that is behind or has been ahead
    /// for too long; false if there is nothing to do yet.
    fn step(&mut self, ahead: usize, emit: &mut dyn FnMut(CallOutput)) -> bool {
        let [first, rest @ ..] = &mut self.lanes[..] else { return false };
        let Some(second) = rest.first_mut() else { return first.go(0, false, emit) };
        if first.done < second.done {
            return first.go(0, false, emit) || second.go_if_ahead(1, ahead, emit);
        }
        if second.done < first.done {
            return second.go(1, false, emit) || first.go_if_ahead(0, ahead, emit);
        }
        if let (Some(a), Some(b)) = (first.next(), second.next()) {
            let mut found = |finding| emit(CallOutput::Cross(finding));
            let [mask_first, mask_second] = self.cross.push([a, b], &mut found);
            return first.go(0, mask_first, emit) | second.go(1, mask_second, emit);
        }
        first.go_if_ahead(0, ahead, emit) || second.go_if_ahead(1, ahead, emit)
    }
}

impl Waiting {
    fn take(&mut self, samples: &[f32]) {
        let analyzer = &mut self.analyzer;
        self.samples.extend(samples.iter().map(|sample| analyzer.door(*sample)));
    }

    fn next(&self) -> Option<&[f32]> {
        self.samples.get(self.taken..self.taken + TICK)
    }

    /// Does the next 10 ms, if they are there.
    fn go(&mut self, place: usize, masked: bool, emit: &mut dyn FnMut(CallOutput)) -> bool {
        let Some(tick) = self.samples.get(self.taken..self.taken + TICK) else { return false };
        self.analyzer.tick(tick, masked, &mut |out| emit(CallOutput::Lane(place, out)));
        self.taken += TICK;
        self.done += 1;
        true
    }

    fn go_if_ahead(
        &mut self,
        place: usize,
        ahead: usize,
        emit: &mut dyn FnMut(CallOutput),
    ) -> bool {
        self.samples.len() - self.taken >= ahead && self.go(place, false, emit)
    }

    fn discard(&mut self) {
        self.samples.drain(..self.taken);
        self.taken = 0;
    }
}
