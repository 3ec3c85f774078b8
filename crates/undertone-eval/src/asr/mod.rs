//! How well words are heard, how fast, and how many are invented.

mod looks;
pub mod manifest;
mod words;

pub use words::{WordErrors, normalise};

use crate::EvalError;
use looks::Looks;
use manifest::{Side, Spoken};
use serde::Serialize;
use std::time::{Duration, Instant};
use undertone_capture::{Recording, channel};
use undertone_dsp::{LaneAnalyzer, LaneConfig, LaneOutput, Resampler, SegmentData};
use undertone_infer::Transcriber;
use undertone_signal::{FrontEnd, Lane, LaneKey, RunId, SAMPLE_RATE, Segment};

/// Frames decoded at a time.
const BLOCK_FRAMES: usize = 16_384;
/// Samples a lane is given at a time: 20 ms, as telephony delivers them.
const PACKET: usize = 320;
/// The lane's windows are of no interest here: as few of them as may be.
const FRONT_END: FrontEnd = FrontEnd { level_ref: 1.0, level_floor: 1e-5, ..FrontEnd::TELEPHONE };

/// What was measured over all recordings. Rates are `None` where there is
/// nothing they could be taken over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AsrReport {
    /// Name of the recogniser.
    pub model: String,
    /// Word error rate over the recordings with words.
    pub wer: Option<f64>,
    /// Time for segments, recogniser and all, over the length of the audio.
    pub rtf: f64,
    /// Words heard per minute of recordings without words.
    pub hallucinated_words_per_minute: Option<f64>,
    /// Recordings, or sides of them.
    pub recordings: usize,
    /// Their length, in seconds.
    pub audio_s: f64,
    /// Length of those without words, in seconds.
    pub silent_s: f64,
    /// Speech segments that were cut out of them.
    pub segments: usize,
    /// Errors by kind.
    pub errors: WordErrors,
    /// From the last sample of speech to the words of the segment, in
    /// milliseconds: waiting for the end of speech and the recogniser's own time.
    pub final_delay: Delay,
    /// The part of it that is ours: all but the recogniser's own time.
    pub added_delay: Delay,
    /// From a word to its being shown while its speaker goes on, in milliseconds,
    /// the recogniser's own time included; zeros if no looks were taken.
    pub word_delay: Delay,
    /// Each recording.
    pub each: Vec<RecordingReport>,
}

/// What was measured on one recording, or on one side of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordingReport {
    /// The recording, and the channel if not all.
    pub name: String,
    /// Its word error rate.
    pub wer: Option<f64>,
    /// Errors by kind.
    pub errors: WordErrors,
    /// What was heard.
    pub heard: String,
}

/// Percentiles of a delay, in milliseconds; zero where none was measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Delay {
    /// Median.
    pub p50_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
}

impl Delay {
    fn of(mut delays: Vec<f64>) -> Self {
        delays.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * delays.len() as f64).ceil() as usize;
            delays.get(place.max(1) - 1).copied().unwrap_or(0.0)
        };
        Self { p50_ms: at(0.5), p95_ms: at(0.95) }
    }
}

/// Hears every recording of `spoken` as a call would be heard: voice activity
/// cuts segments, `transcriber` hears each. With `look_every`, it also hears speech
/// that is still going on that often, as it does live; the real-time factor is
/// without that. `progress` is told how many are done.
///
/// # Errors
/// [`EvalError`] if a recording cannot be read or the recogniser fails.
pub fn evaluate(
    spoken: &[Spoken],
    transcriber: &mut dyn Transcriber,
    look_every: Duration,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<AsrReport, EvalError> {
    let mut run = Run { look_every, ..Run::default() };
    for (done, one) in spoken.iter().enumerate() {
        progress(done, spoken.len());
        run.hear(one, transcriber)?;
    }
    Ok(run.report(transcriber.name()))
}

/// What adds up over the recordings.
#[derive(Default)]
struct Run {
    look_every: Duration,
    samples: u64,
    silent_samples: u64,
    invented: usize,
    busy: Duration,
    segments: usize,
    final_ms: Vec<f64>,
    added_ms: Vec<f64>,
    word_ms: Vec<f64>,
    errors: WordErrors,
    each: Vec<RecordingReport>,
}

impl Run {
    fn hear(&mut self, one: &Spoken, transcriber: &mut dyn Transcriber) -> Result<(), EvalError> {
        let samples = read(one)?;
        let heard = self.transcribe(&samples, transcriber)?;
        self.samples += samples.len() as u64;
        let (said, words) = (normalise(&one.text), normalise(&heard));
        let errors = WordErrors::between(&said, &words);
        if said.is_empty() {
            self.silent_samples += samples.len() as u64;
            self.invented += words.len();
        } else {
            self.errors.add(&errors);
        }
        let name = match one.side {
            Side::Mixed => one.path.display().to_string(),
            Side::Channel(channel) => format!("{} channel {channel}", one.path.display()),
        };
        self.each.push(RecordingReport { name, wer: errors.rate(), errors, heard });
        Ok(())
    }

    /// The words of one lane.
    fn transcribe(
        &mut self,
        samples: &[f32],
        transcriber: &mut dyn Transcriber,
    ) -> Result<String, EvalError> {
        // One window an hour.
        let mut config =
            LaneConfig { hop: 3600 * SAMPLE_RATE as usize, ..LaneConfig::new(FRONT_END) };
        let look_every = self.look_every.as_secs_f64() * f64::from(SAMPLE_RATE);
        config.segment.partial_every = look_every as usize;
        let padding = config.segment.padding as u64;
        let mut lane = LaneAnalyzer::new(config)?;
        let mut looks = Looks::default();
        let mut texts = Vec::new();
        let mut ready: Vec<SegmentData> = Vec::new();
        let mut pushed = 0;
        let packets = samples.chunks(PACKET).map(Some).chain([None]);
        for packet in packets {
            let began = Instant::now();
            let mut emit = |output| match output {
                LaneOutput::Segment(data) => ready.push(data),
                LaneOutput::Window(_)
                | LaneOutput::SegmentStarted { .. }
                | LaneOutput::Tone(_)
                | LaneOutput::Line(_) => {}
            };
            match packet {
                Some(packet) => lane.push(packet, &mut emit),
                None => lane.finish(&mut emit),
            }
            pushed += packet.map_or(0, <[f32]>::len) as u64;
            let front = began.elapsed();
            self.busy += front;
            for data in ready.drain(..) {
                if !data.is_final {
                    look(&mut looks, data, transcriber)?;
                    continue;
                }
                let speech_end = data.span.end.samples().saturating_sub(padding);
                let waited = pushed.saturating_sub(speech_end) as f64 / f64::from(SAMPLE_RATE);
                let began = Instant::now();
                let transcript = transcriber.transcribe(&segment(data))?;
                self.count(waited + front.as_secs_f64(), began.elapsed());
                texts.extend(transcript.map(|transcript| transcript.text));
            }
        }
        self.word_ms.append(&mut looks.delays_ms);
        Ok(texts.join(" "))
    }

    /// Counts a segment that reached the recogniser `added_s` seconds after its
    /// last speech and took the recogniser `own`.
    fn count(&mut self, added_s: f64, own: Duration) {
        self.segments += 1;
        self.busy += own;
        self.added_ms.push(added_s * 1e3);
        self.final_ms.push((added_s + own.as_secs_f64()) * 1e3);
    }

    fn report(self, model: &str) -> AsrReport {
        let seconds = |samples: u64| samples as f64 / f64::from(SAMPLE_RATE);
        let (audio_s, silent_s) = (seconds(self.samples), seconds(self.silent_samples));
        AsrReport {
            model: model.to_owned(),
            wer: self.errors.rate(),
            rtf: if audio_s > 0.0 { self.busy.as_secs_f64() / audio_s } else { 0.0 },
            hallucinated_words_per_minute: (silent_s > 0.0)
                .then(|| self.invented as f64 / (silent_s / 60.0)),
            recordings: self.each.len(),
            audio_s,
            silent_s,
            segments: self.segments,
            errors: self.errors,
            final_delay: Delay::of(self.final_ms),
            added_delay: Delay::of(self.added_ms),
            word_delay: Delay::of(self.word_ms),
            each: self.each,
        }
    }
}

/// Hears speech that is still going on.
fn look(
    looks: &mut Looks,
    data: SegmentData,
    transcriber: &mut dyn Transcriber,
) -> Result<(), EvalError> {
    let place = (data.span.start.seconds(), data.span.end.seconds());
    let index = data.index;
    let began = Instant::now();
    let heard = transcriber.transcribe(&segment(data))?;
    let text = heard.map_or_else(String::new, |transcript| transcript.text);
    looks.look(index, place, began.elapsed(), &text);
    Ok(())
}

fn segment(data: SegmentData) -> Segment {
    Segment {
        key: LaneKey::new(RunId::from_u128(0), Lane::Customer),
        index: data.index,
        span: data.span,
        captured_at: Instant::now(),
        samples: data.samples,
        is_final: data.is_final,
    }
}

/// One side of a recording, or all of it, as 16 kHz mono.
fn read(one: &Spoken) -> Result<Vec<f32>, EvalError> {
    let Side::Channel(index) = one.side else { return crate::clip::read(&one.path) };
    let mut recording = Recording::open(&one.path)?;
    let mut resampler = Resampler::new(recording.sample_rate())?;
    let channels = recording.channels();
    if index >= channels {
        let cause = format!("it has {channels} channel, and the text is of channel {index}");
        return Err(EvalError::Manifest { path: one.path.clone(), cause });
    }
    let (mut block, mut mono, mut samples) = (Vec::new(), Vec::new(), Vec::new());
    while recording.read(BLOCK_FRAMES, &mut block)? {
        channel(&block, channels, index, &mut mono);
        resampler.push(&mono, &mut samples);
    }
    resampler.finish(&mut samples);
    Ok(samples)
}

#[cfg(test)]
mod tests;
