//! Functionals: statistics of a window's prosody that do not depend on the words.
//!
//! Functionals in the sense of `eGeMAPS` (Eyben et al., 2016): means, deviations and
//! percentiles of F0, loudness, cepstrum and spectral balance over voiced or spoken
//! frames, and rates of events. They are made of the window's features alone, so
//! that a model needs nothing but those, and none depends on the level.

use crate::summary::{Summary, moves, runs, smooth};
use crate::vector::{dot, exp, ln};
use undertone_signal::FrontEnd;

/// Cepstral coefficients, without the zeroth, which is the level.
const CEPSTRUM: usize = 13;
/// Of these, how many are also taken over voiced frames alone.
const VOICED_CEPSTRUM: usize = 8;
/// Columns of the spectral balance: low to middle, middle to high, low to high, slope.
const BALANCE: usize = 4;
/// Added to magnitudes before their logarithm: 60 dB below the level of the window.
const OFFSET: f32 = 1e-3;
/// Frames below this share of the window's level (−20 dB) are not speech.
const SPOKEN: f32 = 0.1;
/// Loudness is intensity to this power (Zwicker).
const LOUDNESS: f32 = 0.6;
/// A lower peak of loudness is not a syllable.
const SYLLABLE: f32 = 0.25;
const FRAMES_PER_SECOND: f32 = 100.0;
/// 10 / ln 10: decibels of a power's natural logarithm.
const DECIBELS: f32 = 4.342_945;

/// Measures of one frame.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    spoken: bool,
    voiced: bool,
    /// Semitones above 100 Hz.
    pitch: f32,
    periodicity: f32,
    loudness: f32,
    level_db: f32,
    /// Root mean square change of the log spectrum since the frame before.
    flux: f32,
    cepstrum: [f32; CEPSTRUM],
    balance: [f32; BALANCE],
}

/// Computes functionals; holds its own buffers.
#[derive(Debug)]
pub struct Functionals {
    front_end: FrontEnd,
    cosines: Vec<f32>,
    slope: Vec<f32>,
    magnitude: Vec<f32>,
    log: Vec<f32>,
    before: Vec<f32>,
    rows: Vec<Row>,
    values: Vec<f32>,
    smooth: Vec<f32>,
}

impl Functionals {
    /// The number of functionals.
    pub const COUNT: usize = 110;

    /// For windows of `front_end`, which must have [`pitch`](FrontEnd::pitch).
    pub fn new(front_end: FrontEnd) -> Self {
        let mels = front_end.mels;
        let cosine = |k: usize, band: usize| {
            let angle = std::f64::consts::PI * k as f64 * (band as f64 + 0.5) / mels as f64;
            ((2.0 / mels as f64).sqrt() * angle.cos()) as f32
        };
        let place = |band: usize| 2.0 * band as f32 / (mels.max(2) - 1) as f32 - 1.0;
        let square: f32 = (0..mels).map(|b| place(b) * place(b)).sum();
        Self {
            cosines: (1..=CEPSTRUM).flat_map(|k| (0..mels).map(move |b| cosine(k, b))).collect(),
            slope: (0..mels).map(|band| place(band) / square.max(1e-9)).collect(),
            magnitude: vec![0.0; mels],
            log: vec![0.0; mels],
            before: vec![0.0; mels],
            rows: Vec::with_capacity(front_end.frames()),
            values: Vec::with_capacity(front_end.frames()),
            smooth: Vec::with_capacity(front_end.frames()),
            front_end,
        }
    }

    /// The functionals of `window`, row-major `[frames, columns]` of the front end; `out` is
    /// cleared first. A number that is undefined (the F0 of a window without voice) is 0.
    pub fn measure(&mut self, window: &[f32], out: &mut Vec<f32>) {
        self.rows.clear();
        // With the machine's own vectors, in the same order of additions.
        pulp::Arch::new().dispatch(|| {
            for frame in window.chunks_exact(self.front_end.columns()) {
                let row = self.read(frame);
                self.rows.push(row);
            }
        });
        self.summarise(out);
    }

    /// The functionals of the `window` of the last [`Self::measure`], with its newest
    /// `frames` frames also in place of the first ones. Reuses the measures of single frames.
    pub fn measure_newest(&mut self, window: &[f32], frames: usize, out: &mut Vec<f32>) {
        let kept = self.rows.len().saturating_sub(frames);
        self.rows.copy_within(kept.., 0);
        // After another frame than before, this one has changed differently.
        if let Some(frame) = window.chunks_exact(self.front_end.columns()).nth(frames) {
            self.rows[frames] = self.read(frame);
        }
        self.summarise(out);
    }

    fn summarise(&mut self, out: &mut Vec<f32>) {
        out.clear();
        self.pitch(out);
        self.rhythm(out);
        self.loudness(out);
        self.spectrum(out);
        self.balance(out);
        self.changes(out);
        debug_assert_eq!(out.len(), Self::COUNT);
    }

    /// Undoes the normalisation of one frame and computes its measures.
    // What is not inlined into the dispatched loop is compiled for the oldest machine.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn read(&mut self, frame: &[f32]) -> Row {
        let FrontEnd { mels, level_ref, log_offset, mean, std, .. } = self.front_end;
        let (bands, pitch) = frame.split_at(mels);
        std::mem::swap(&mut self.log, &mut self.before);
        for ((magnitude, log), x) in self.magnitude.iter_mut().zip(&mut self.log).zip(bands) {
            *magnitude = ((exp(x * std + mean) - log_offset) / level_ref).max(0.0);
            *log = ln(*magnitude + OFFSET);
        }
        let power = |bands: &[f32]| bands.iter().map(|x| x * x).sum::<f32>();
        let level = power(&self.magnitude).sqrt();
        let (low, rest) = self.magnitude.split_at(mels / 4);
        let (middle, high) = rest.split_at(mels * 3 / 8);
        let [low, middle, high] = [low, middle, high].map(|b| DECIBELS * ln(power(b) + 1e-6));
        let spoken = level > SPOKEN;
        let mut cepstrum = [0.0; CEPSTRUM];
        for (c, cosines) in cepstrum.iter_mut().zip(self.cosines.chunks_exact(mels)) {
            *c = dot(cosines, &self.log);
        }
        let change = self.log.iter().zip(&self.before).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        Row {
            spoken,
            voiced: spoken && pitch[1] > 0.0,
            pitch: pitch[0],
            periodicity: pitch[1],
            loudness: level.powf(LOUDNESS),
            level_db: 2.0 * DECIBELS * ln(level + 1e-3),
            flux: (change / mels as f32).sqrt(),
            cepstrum,
            balance: [low - middle, middle - high, low - high, dot(&self.slope, &self.log)],
        }
    }

    /// `value` of the rows that are `wanted`.
    fn collect(
        &mut self,
        wanted: impl Fn(&Row) -> bool,
        value: impl Fn(&Row) -> f32,
    ) -> Summary<'_> {
        self.values.clear();
        self.values.extend(self.rows.iter().filter(|row| wanted(row)).map(value));
        Summary(&mut self.values)
    }

    /// `value` of each two neighbours that are both `wanted`.
    fn pairs(
        &mut self,
        wanted: impl Fn(&Row) -> bool,
        value: impl Fn(&Row, &Row) -> f32,
    ) -> Summary<'_> {
        self.values.clear();
        let pairs = self.rows.iter().zip(self.rows.iter().skip(1));
        let pairs = pairs.filter(|(a, b)| wanted(a) && wanted(b));
        self.values.extend(pairs.map(|(a, b)| value(a, b)));
        Summary(&mut self.values)
    }

    fn spoken_frames(&self) -> f32 {
        self.rows.iter().filter(|row| row.spoken).count().max(1) as f32
    }

    fn pitch(&mut self, out: &mut Vec<f32>) {
        out.extend(self.collect(|r| r.voiced, |r| r.pitch).spread());
        smooth(&self.values, 5, &mut self.smooth);
        let moves = moves(&self.smooth);
        let mut summary = Summary(&mut self.values);
        let [low, p20, p50, p80, high] = summary.percentiles([0.05, 0.2, 0.5, 0.8, 0.95]);
        out.extend([p20, p50, p80]);
        out.extend(moves);
        out.push(high - low);
    }

    /// Share of voiced speech, and lengths of voiced and voiceless stretches.
    fn rhythm(&mut self, out: &mut Vec<f32>) {
        let spoken = self.spoken_frames();
        let voiced = self.rows.iter().filter(|row| row.voiced).count() as f32;
        runs(self.rows.iter().map(|row| row.voiced), &mut self.values);
        out.extend([voiced / spoken, self.values.len() as f32 / spoken * FRAMES_PER_SECOND]);
        out.extend(Summary(&mut self.values).spread());
        runs(self.rows.iter().map(|row| row.spoken && !row.voiced), &mut self.values);
        out.extend(Summary(&mut self.values).spread());
    }

    fn loudness(&mut self, out: &mut Vec<f32>) {
        let spoken = self.spoken_frames();
        out.extend(self.collect(|r| r.spoken, |r| r.loudness).spread());
        smooth(&self.values, 5, &mut self.smooth);
        let moves = moves(&self.smooth);
        out.extend(Summary(&mut self.values).percentiles([0.2, 0.5, 0.8]));
        out.extend(moves);
        self.collect(|_| true, |r| r.loudness);
        smooth(&self.values, 7, &mut self.smooth);
        let peak = |near: &&[f32]| near[1] > near[0] && near[1] > near[2] && near[1] > SYLLABLE;
        let peaks = self.smooth.windows(3).filter(peak).count();
        out.push(peaks as f32 / spoken * FRAMES_PER_SECOND);
        out.extend(self.collect(|r| r.voiced, |r| r.periodicity).spread());
    }

    fn spectrum(&mut self, out: &mut Vec<f32>) {
        for k in 0..CEPSTRUM {
            out.extend(self.collect(|r| r.spoken, |r| r.cepstrum[k]).spread());
        }
        for k in 0..VOICED_CEPSTRUM {
            out.extend(self.collect(|r| r.voiced, |r| r.cepstrum[k]).spread());
        }
        for k in 0..CEPSTRUM {
            let change = |a: &Row, b: &Row| (b.cepstrum[k] - a.cepstrum[k]).abs();
            out.push(self.pairs(|r| r.spoken, change).mean());
        }
    }

    fn balance(&mut self, out: &mut Vec<f32>) {
        for k in 0..BALANCE {
            let mut voiced = self.collect(|r| r.voiced, |r| r.balance[k]);
            out.extend(voiced.spread());
            out.extend(voiced.percentiles([0.2, 0.8]));
            out.push(self.collect(|r| r.spoken && !r.voiced, |r| r.balance[k]).mean());
        }
    }

    /// Rates of change of spectrum, F0 and level from frame to frame.
    fn changes(&mut self, out: &mut Vec<f32>) {
        let mut flux = self.pairs(|r| r.spoken, |_, b| b.flux);
        out.extend(flux.spread());
        out.extend(flux.percentiles([0.2, 0.8]));
        let mut jumps = self.pairs(|r| r.voiced, |a, b| (b.pitch - a.pitch).abs());
        out.push(jumps.mean());
        out.extend(jumps.percentiles([0.5]));
        out.push(self.pairs(|r| r.voiced, |a, b| (b.level_db - a.level_db).abs()).mean());
    }
}
