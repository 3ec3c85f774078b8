//! Where signals are judged: the embedding, lengthened along the directions in which
//! the signals that the model was taught differ. A dozen examples then settle with
//! these few directions what hundreds would have to settle with all of them.

/// Directions of a weights file; without any, places are the embeddings themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Stretch {
    directions: Vec<f32>,
    width: usize,
}

impl Stretch {
    /// `directions` of `width` numbers each, one after the other; the longer one is,
    /// the more it counts.
    pub(super) const fn new(directions: Vec<f32>, width: usize) -> Self {
        Self { directions, width }
    }

    /// The place of an embedding of unit length, of unit length itself.
    pub(super) fn place(&self, embedding: &[f32]) -> Vec<f32> {
        let mut place = embedding.to_vec();
        if self.directions.is_empty() {
            return place;
        }
        for direction in self.directions.chunks_exact(self.width) {
            let along: f32 = direction.iter().zip(embedding).map(|(a, b)| a * b).sum();
            place.iter_mut().zip(direction).for_each(|(cell, x)| *cell += along * x);
        }
        let length = place.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        for x in &mut place {
            *x /= length;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_part_along_the_directions() {
        let stretch = Stretch::new(vec![3.0, 0.0], 2);
        let [near, far] = [stretch.place(&[0.6, 0.8]), stretch.place(&[-0.6, 0.8])];
        assert!(near[0] > 0.99 && far[0] < -0.99, "{near:?} {far:?}");
        assert!((near[0].hypot(near[1]) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn without_directions_nothing_moves() {
        assert_eq!(Stretch::default().place(&[3.0, 4.0]), [3.0, 4.0]);
    }
}
