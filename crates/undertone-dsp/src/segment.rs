//! Speech between two silences, cut out for the recogniser.

use crate::DspError;
use undertone_signal::{Span, StreamTime};

/// Where segments begin and end. All lengths in samples at 16 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentConfig {
    /// Silence that ends a segment; default 4 800, 300 ms.
    pub hangover: usize,
    /// Less speech than this is no segment; default 3 200, 200 ms.
    pub min_speech: usize,
    /// Audio added before the first and after the last speech; default 3 200,
    /// 200 ms, at most `hangover`.
    pub padding: usize,
    /// Longest segment; default 240 000, 15 s.
    pub max: usize,
    /// When the longest length is reached the cut is made at the quietest point of
    /// this last part; default 32 000, 2 s.
    pub cut_search: usize,
    /// How often the audio of a segment still open is handed out as well; 0, the
    /// default, for never.
    pub partial_every: usize,
}

impl Default for SegmentConfig {
    fn default() -> Self {
        Self {
            hangover: 4_800,
            min_speech: 3_200,
            padding: 3_200,
            max: 240_000,
            cut_search: 32_000,
            partial_every: 0,
        }
    }
}

impl SegmentConfig {
    fn check(&self) -> Result<(), DspError> {
        let wrong =
            |field, problem: &str| Err(DspError::Setting { field, problem: problem.to_owned() });
        // Five minutes: beyond it a lane would hold more memory than a call may.
        if !(16_000..=4_800_000).contains(&self.max) {
            return wrong("segment.max", "must be between one second and five minutes");
        }
        if self.cut_search < TICK || self.cut_search > self.max / 2 {
            return wrong("segment.cut_search", "must be at least 10 ms and at most half of max");
        }
        if self.hangover < TICK || self.hangover > self.max / 2 {
            return wrong("segment.hangover", "must be at least 10 ms and at most half of max");
        }
        if self.padding > self.hangover {
            return wrong("segment.padding", "must be at most hangover");
        }
        if self.min_speech > self.max / 2 {
            return wrong("segment.min_speech", "must be at most half of max");
        }
        Ok(())
    }
}

/// Samples a step of the segmenter covers: 10 ms.
pub(crate) const TICK: usize = 160;

/// What a step of the segmenter may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentMark {
    /// There is enough speech for a segment; it starts here.
    Started { index: u64, at: StreamTime },
    /// An open segment so far.
    Partial { index: u64, span: Span },
    /// A segment has ended.
    Ended { index: u64, span: Span },
}

/// A stretch of speech that is going on.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// First sample, padding included.
    start: u64,
    /// One past the last sample that was speech.
    speech_end: u64,
    /// Samples of speech so far.
    speech: u64,
    /// Its number, once it has enough speech to be a segment.
    index: Option<u64>,
    /// Where the next look at it falls due.
    partial_at: u64,
}

/// Finds segments in a stream of 10 ms decisions. Holds places, no audio.
#[derive(Debug)]
pub(crate) struct Segmenter {
    config: SegmentConfig,
    open: Option<Open>,
    now: u64,
    /// End of the last segment: padding never reaches back into it.
    floor: u64,
    next_index: u64,
    /// Level and speech flag of the last ticks, newest last, for the cut.
    levels: crate::ring::Ring<(f32, bool)>,
}

impl Segmenter {
    pub(crate) fn new(config: SegmentConfig) -> Result<Self, DspError> {
        config.check()?;
        let levels = crate::ring::Ring::new(config.cut_search / TICK);
        Ok(Self { config, open: None, now: 0, floor: 0, next_index: 0, levels })
    }

    /// The first sample that may still be asked for.
    pub(crate) fn needed_from(&self) -> u64 {
        let padding = self.now.saturating_sub(self.config.padding as u64);
        self.open.map_or(padding, |open| open.start.min(padding)).max(self.floor)
    }

    /// Takes in the next 10 ms: their power and whether they are speech.
    pub(crate) fn tick(&mut self, power: f32, speech: bool, emit: &mut impl FnMut(SegmentMark)) {
        let begin = self.now;
        self.now += TICK as u64;
        self.levels.push((power, speech));
        if speech {
            self.speech(begin, emit);
        } else if let Some(open) = self.open
            && self.now - open.speech_end >= self.config.hangover as u64
        {
            self.close(open, emit);
        }
        if let Some(open) = self.open {
            if self.now - open.start >= self.config.max as u64 {
                self.cut(open, emit);
            } else {
                self.partial(open, emit);
            }
        }
    }

    /// The newest `ticks` have turned out to be no speech; `spoken` of them were taken for
    /// it.
    pub(crate) fn revoke(&mut self, ticks: usize, spoken: usize) {
        self.levels.change_last(ticks, |level| *level = (0.0, false));
        let Some(open) = &mut self.open else { return };
        open.speech = open.speech.saturating_sub((spoken * TICK) as u64);
        if open.speech == 0 && open.index.is_none() {
            self.open = None;
        } else if spoken > 0 {
            let from = self.now.saturating_sub((ticks * TICK) as u64);
            open.speech_end = open.speech_end.min(from).max(open.start);
        }
    }

    /// Ends the segment still open; the stream is over, `end` its last position.
    pub(crate) fn finish(&mut self, end: u64, emit: &mut impl FnMut(SegmentMark)) {
        self.now = end.max(self.now);
        if let Some(open) = self.open {
            self.close(open, emit);
        }
    }

    fn speech(&mut self, begin: u64, emit: &mut impl FnMut(SegmentMark)) {
        let padded = begin.saturating_sub(self.config.padding as u64).max(self.floor);
        let fresh =
            Open { start: padded, speech_end: begin, speech: 0, index: None, partial_at: 0 };
        let mut open = self.open.unwrap_or(fresh);
        open.speech_end = self.now;
        open.speech += TICK as u64;
        if open.index.is_none() && open.speech >= self.config.min_speech as u64 {
            self.number(&mut open, emit);
        }
        self.open = Some(open);
    }

    fn number(&mut self, open: &mut Open, emit: &mut impl FnMut(SegmentMark)) {
        let index = self.next_index;
        self.next_index += 1;
        open.index = Some(index);
        open.partial_at = open.start + self.config.partial_every as u64;
        emit(SegmentMark::Started { index, at: StreamTime::from_samples(open.start) });
    }

    fn partial(&mut self, open: Open, emit: &mut impl FnMut(SegmentMark)) {
        let Some(index) = open.index else { return };
        if self.config.partial_every == 0 || self.now < open.partial_at {
            return;
        }
        emit(SegmentMark::Partial { index, span: span(open.start, self.now) });
        let next = self.now + self.config.partial_every as u64;
        self.open = Some(Open { partial_at: next, ..open });
    }

    fn close(&mut self, open: Open, emit: &mut impl FnMut(SegmentMark)) {
        self.open = None;
        let Some(index) = open.index else { return };
        let end = (open.speech_end + self.config.padding as u64).min(self.now);
        self.floor = end;
        emit(SegmentMark::Ended { index, span: span(open.start, end) });
    }

    /// Ends a segment that has become too long at its quietest late point and goes
    /// on with the rest, which is a segment whatever it holds: it is not noise.
    fn cut(&mut self, open: Open, emit: &mut impl FnMut(SegmentMark)) {
        let (kept, speech) = self.quietest();
        let at = self.now - kept * TICK as u64;
        self.floor = at;
        self.open = None;
        if let Some(index) = open.index {
            emit(SegmentMark::Ended { index, span: span(open.start, at) });
        }
        if speech == 0 {
            return;
        }
        let mut rest = Open { start: at, speech, index: None, ..open };
        if open.index.is_some() {
            self.number(&mut rest, emit);
        }
        self.open = Some(rest);
    }

    /// The quietest 50 ms of the last part: how many ticks lie after their middle,
    /// and how many samples of speech are among those.
    fn quietest(&self) -> (u64, u64) {
        let mut best = (f32::INFINITY, 1);
        let mut near = [f32::INFINITY; 5];
        for (after, (power, _)) in self.levels.iter().rev().enumerate() {
            near.rotate_right(1);
            near[0] = *power;
            let sum: f32 = near.iter().sum();
            // `near` is full once it is finite; its middle lies two ticks later.
            if sum < best.0 {
                best = (sum, after.saturating_sub(1));
            }
        }
        let after = self.levels.iter().rev().take(best.1);
        let speech = after.filter(|(_, speech)| *speech).count();
        (best.1 as u64, (speech * TICK) as u64)
    }
}

fn span(start: u64, end: u64) -> Span {
    Span::new(StreamTime::from_samples(start), StreamTime::from_samples(end))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Runs decisions, each given as (ticks, speech, power).
    fn run(config: SegmentConfig, stretches: &[(usize, bool, f32)]) -> Vec<SegmentMark> {
        let mut segmenter = Segmenter::new(config).unwrap();
        let mut marks = Vec::new();
        for &(ticks, speech, power) in stretches {
            for _ in 0..ticks {
                segmenter.tick(power, speech, &mut |m| marks.push(m));
            }
        }
        segmenter.finish(0, &mut |m| marks.push(m));
        marks
    }

    fn ended(marks: &[SegmentMark]) -> Vec<(u64, u64)> {
        let span = |m: &SegmentMark| match m {
            SegmentMark::Ended { span, .. } => Some((span.start.samples(), span.end.samples())),
            _ => None,
        };
        marks.iter().filter_map(span).collect()
    }

    #[test]
    fn speech_between_silences_is_one_padded_segment() {
        let marks = run(
            SegmentConfig::default(),
            &[
                (100, false, 0.0),
                (50, true, 1.0),
                (20, false, 0.0),
                (50, true, 1.0),
                (100, false, 0.0),
            ],
        );
        assert_eq!(ended(&marks), [(16_000 - 3_200, 16_000 + 120 * 160 + 3_200)]);
        assert!(matches!(marks[0], SegmentMark::Started { index: 0, .. }));
    }

    #[test]
    fn a_click_is_no_segment_and_segments_do_not_overlap() {
        let marks = run(
            SegmentConfig::default(),
            &[
                (50, false, 0.0),
                (15, true, 1.0),
                (50, false, 0.0),
                (40, true, 1.0),
                (31, false, 0.0),
                (40, true, 1.0),
            ],
        );
        let ended = ended(&marks);
        assert_eq!(ended.len(), 2);
        assert!(ended[0].1 <= ended[1].0);
    }

    #[test]
    fn a_long_speech_is_cut_where_it_is_quietest_and_nothing_is_lost() {
        let marks = run(
            SegmentConfig::default(),
            &[(1_400, true, 1.0), (7, true, 0.1), (300, true, 1.0), (100, false, 0.0)],
        );
        let ended = ended(&marks);
        assert_eq!(ended.len(), 2);
        assert_eq!(ended[0].1, ended[1].0);
        assert!((1_400 * 160..=1_407 * 160).contains(&ended[0].1), "{ended:?}");
        assert_eq!(ended[1].1, 1_707 * 160 + 3_200);
    }

    #[test]
    fn hours_of_speech_never_make_a_segment_longer_than_the_limit() {
        let mut segmenter = Segmenter::new(SegmentConfig::default()).unwrap();
        let mut last = 0;
        for tick in 0..360_000u64 {
            segmenter.tick((tick % 37) as f32, true, &mut |m| {
                if let SegmentMark::Ended { span, .. } = m {
                    assert!(span.samples() <= 240_000 && span.start.samples() == last);
                    last = span.end.samples();
                }
            });
            assert!(segmenter.now - segmenter.needed_from() <= 240_000);
        }
        assert!(last > 350_000 * 160);
    }

    #[test]
    fn what_was_no_speech_after_all_opens_no_segment_and_ends_one_where_speech_ended() {
        let play = |speech: usize, tone: usize| {
            let mut segmenter = Segmenter::new(SegmentConfig::default()).unwrap();
            let mut marks = Vec::new();
            for n in 0..50 + speech + tone + 100 {
                let spoken = (50..50 + speech + tone).contains(&n);
                segmenter.tick(1.0, spoken, &mut |m| marks.push(m));
                if n + 1 == 50 + speech + tone {
                    segmenter.revoke(tone, tone);
                }
            }
            ended(&marks)
        };
        assert_eq!(play(0, 15), []);
        assert_eq!(play(100, 10), [((50 * 160) - 3_200, 150 * 160 + 3_200)]);
    }

    #[test]
    fn looks_at_open_speech_come_when_asked_for() {
        let config = SegmentConfig { partial_every: 16_000, ..SegmentConfig::default() };
        let marks = run(config, &[(350, true, 1.0), (100, false, 0.0)]);
        let partials = marks.iter().filter(|m| matches!(m, SegmentMark::Partial { .. }));
        assert_eq!(partials.count(), 3);
    }

    #[test]
    fn contradictory_settings_are_refused_by_field() {
        type Spoil = fn(&mut SegmentConfig);
        let cases: [(&str, Spoil); 5] = [
            ("segment.max", |c| c.max = 0),
            ("segment.cut_search", |c| c.cut_search = 200_000),
            ("segment.hangover", |c| c.hangover = 0),
            ("segment.padding", |c| c.padding = 5_000),
            ("segment.min_speech", |c| c.min_speech = 150_000),
        ];
        for (name, spoil) in cases {
            let mut config = SegmentConfig::default();
            spoil(&mut config);
            let error = Segmenter::new(config).err();
            assert!(matches!(error, Some(DspError::Setting { field, .. }) if field == name));
        }
    }
}
