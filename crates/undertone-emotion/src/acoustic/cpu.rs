//! The network on the CPU, by our own kernels.

use super::kernels::{Convolution, Dense, Image, Pool};
use super::{Block, Config, OUTPUTS};
use crate::tile::PANEL;
use aligned_vec::{AVec, avec};
use candle_core::Result;
use candle_nn::VarBuilder;

/// Numbers of a depthwise convolution's result made before the product takes them
/// up: 80 KB, which stay in the second-level cache.
const STRIP: usize = 20_480;

/// A loaded network with what its layers said last. Windows pass one at a time, for
/// then everything a layer writes is still in the second-level cache when the next
/// one reads it; nothing is allocated after construction.
#[derive(Debug, Clone)]
pub struct CpuNet {
    stem: Convolution,
    blocks: Vec<Separable>,
    proj: Dense,
    pool: Pool,
    hidden: Dense,
    out: Dense,
    mels: usize,
    input: Image,
    /// After the stem and after each block.
    images: Vec<Image>,
    strip: AVec<f32>,
    frames: Vec<f32>,
    /// Where each of the frames begins.
    places: Vec<usize>,
    pooled: Vec<f32>,
    wide: Vec<f32>,
}

/// One block: a depthwise convolution, then a product over channels.
#[derive(Debug, Clone)]
struct Separable {
    depthwise: Convolution,
    pointwise: Dense,
    /// Rows that make a strip.
    rows: usize,
}

impl CpuNet {
    /// Takes the weights named by [`Config::tensors`] from `vb`, whose type is f32.
    ///
    /// # Errors
    /// candle's, if a tensor is missing or has another shape or type.
    pub fn load(config: &Config, vb: &VarBuilder) -> Result<Self> {
        let front_end = config.front_end();
        let input = Image::grey(front_end.frames(), front_end.mels);
        let size = (input.height, input.width);
        let stem = convolution(&vb.pp("stem"), config.stem, 2, size)?;
        let mut images = vec![Image::new(stem.h.out, stem.w.out, config.stem)];
        let (mut blocks, mut channels) = (Vec::new(), config.stem);
        for (i, &Block(out, stride)) in config.blocks.iter().enumerate() {
            let (vb, size) = (vb.pp("blocks").pp(i), images[i].size());
            let depthwise = convolution(&vb.pp("dw"), channels, stride, size)?;
            let pointwise = dense(&vb.pp("pw"), channels, channels, out, true)?;
            images.push(Image::new(depthwise.h.out, depthwise.w.out, out));
            let rows = (STRIP / depthwise.line()).max(1);
            blocks.push(Separable { depthwise, pointwise, rows });
            channels = out;
        }
        let (height, width) = images[images.len() - 1].size();
        let [proj, hidden] = [config.proj, config.hidden];
        let strip = blocks.iter().map(|b| b.rows.min(b.depthwise.h.out) * b.depthwise.line()).max();
        let filled = proj.next_multiple_of(PANEL);
        let attention = vb.pp("att");
        Ok(Self {
            stem,
            blocks,
            proj: dense(&vb.pp("proj"), width * channels, channels, proj, true)?,
            pool: Pool::new(
                numbers(&attention, proj, "weight")?,
                numbers(&attention, 1, "bias")?[0],
                height,
            ),
            hidden: dense(&vb.pp("hidden"), 2 * proj, 2 * proj, hidden, true)?,
            out: dense(&vb.pp("out"), hidden, hidden, OUTPUTS, false)?,
            mels: front_end.mels,
            input,
            images,
            strip: avec![0.0; strip.unwrap_or_default()],
            frames: vec![0.0; height * filled],
            places: (0..height).map(|frame| frame * filled).collect(),
            pooled: vec![0.0; (2 * proj).next_multiple_of(PANEL)],
            wide: vec![0.0; hidden.next_multiple_of(PANEL)],
        })
    }

    /// Raw outputs of a window `[frames, mels]`: seven logits in the order of
    /// [`Tone::ALL`](undertone_signal::Tone::ALL), arousal, valence; see
    /// [`activate`](super::activate).
    ///
    /// A shorter `window` stands for the first frames of one that is otherwise as the
    /// last, and only what it reaches is computed: the result is that of the whole, to
    /// the last bit. What is too long is cut.
    pub fn forward(&mut self, window: &[f32]) -> [f32; OUTPUTS] {
        let mut rows = self.take_in(window);
        rows = self.stem.h.reached(rows);
        let to = &mut self.images[0];
        let (first, pitch) = (to.row(0), to.pitch());
        self.stem.run(&self.input, 0..rows, &mut to.data[first..], pitch);
        for (i, block) in self.blocks.iter().enumerate() {
            let (before, after) = self.images.split_at_mut(i + 1);
            rows = block.run(&before[i], rows, &mut self.strip, &mut after[0]);
        }
        self.judge(rows)
    }

    /// Returns how many rows have been taken in.
    fn take_in(&mut self, window: &[f32]) -> usize {
        let rows = (window.len() / self.mels).min(self.input.height);
        for (y, row) in window.chunks_exact(self.mels).take(rows).enumerate() {
            let first = self.input.row(y);
            self.input.data[first..first + self.mels].copy_from_slice(row);
        }
        rows
    }

    /// From the last image, of which the first `rows` are new.
    fn judge(&mut self, rows: usize) -> [f32; OUTPUTS] {
        let last = &self.images[self.images.len() - 1];
        let frames = &last.data[last.row(0)..];
        self.proj.run(frames, last.pitch(), &mut self.frames, &self.places[..rows]);
        let pitch = self.frames.len() / self.places.len();
        self.pool.run(&self.frames, pitch, &mut self.pooled);
        self.hidden.run(&self.pooled, 0, &mut self.wide, &[0]);
        let mut out = [0.0; PANEL];
        self.out.run(&self.wide, 0, &mut out, &[0]);
        std::array::from_fn(|i| out[i])
    }
}

impl Separable {
    /// Computes what the first `rows` of `x` reach; returns how many rows that is.
    fn run(&self, x: &Image, rows: usize, strip: &mut [f32], y: &mut Image) -> usize {
        let Self { depthwise, pointwise, rows: at_once } = self;
        let reached = depthwise.h.reached(rows);
        for from in (0..reached).step_by(*at_once) {
            let to = reached.min(from + at_once);
            depthwise.run(x, from..to, strip, depthwise.line());
            let places = &y.places[from * depthwise.w.out..to * depthwise.w.out];
            pointwise.run(strip, depthwise.channels, &mut y.data, places);
        }
        reached
    }
}

fn numbers(vb: &VarBuilder, count: usize, name: &str) -> Result<Vec<f32>> {
    vb.get(count, name)?.to_vec1()
}

fn convolution(
    vb: &VarBuilder,
    channels: usize,
    stride: usize,
    size: (usize, usize),
) -> Result<Convolution> {
    let weight = vb.get((9, channels), "weight")?.flatten_all()?.to_vec1()?;
    Ok(Convolution::new(&weight, &numbers(vb, channels, "bias")?, stride, size))
}

fn dense(
    vb: &VarBuilder,
    inputs: usize,
    group: usize,
    outputs: usize,
    relu: bool,
) -> Result<Dense> {
    let weight = vb.get((inputs, outputs), "weight")?.flatten_all()?.to_vec1()?;
    Ok(Dense::new(&weight, &numbers(vb, outputs, "bias")?, group, relu))
}
