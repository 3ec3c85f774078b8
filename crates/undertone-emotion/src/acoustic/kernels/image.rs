//! What a layer hands to the next.

use crate::tile::PANEL;
use aligned_vec::{AVec, avec};

/// `[height, width, channels]` with a border of zeros one position wide, so that a
/// 3×3 window never leaves it, and channels filled up to whole panels with zeros,
/// so that vectors never have a rest.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Numbers a position takes.
    pub(crate) channels: usize,
    /// Begins where a cache line does: a vector that lies on two takes twice as long.
    pub(crate) data: AVec<f32>,
    /// Where each position of the image begins in `data`, row by row.
    pub(crate) places: Vec<usize>,
}

impl Image {
    /// An image of zeros, its channels filled up.
    pub(crate) fn new(height: usize, width: usize, channels: usize) -> Self {
        Self::with_channels(height, width, channels.next_multiple_of(PANEL))
    }

    /// An image of zeros with one channel.
    pub(crate) fn grey(height: usize, width: usize) -> Self {
        Self::with_channels(height, width, 1)
    }

    fn with_channels(height: usize, width: usize, channels: usize) -> Self {
        let place = |(y, x)| ((y + 1) * (width + 2) + x + 1) * channels;
        let positions = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        Self {
            height,
            width,
            channels,
            data: avec![0.0; (height + 2) * (width + 2) * channels],
            places: positions.map(place).collect(),
        }
    }

    /// Height and width.
    pub(crate) const fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Numbers from one row to the next.
    pub(crate) const fn pitch(&self) -> usize {
        (self.width + 2) * self.channels
    }

    /// Where row `y` begins, its border left out.
    pub(crate) const fn row(&self, y: usize) -> usize {
        (y + 1) * self.pitch() + self.channels
    }
}
