//! A linear score fitted to a few examples: weighted ridge regression.

/// Strength of the penalty on the weights.
const RIDGE: f64 = 3.0;
/// Limit of the conjugate gradient steps.
const STEPS: usize = 200;

/// One example: its embedding, its target score and its weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example<'a> {
    pub(super) place: &'a [f32],
    pub(super) score: f32,
    pub(super) weight: f32,
}

/// A score that is linear in an embedding.
#[derive(Debug, Clone, Default)]
pub(super) struct Judge {
    /// One weight a dimension, then the bias.
    weights: Vec<f64>,
}

impl Judge {
    /// The weights with the smallest weighted squared error, by conjugate gradients on the
    /// normal equations. Without examples every score is 0.
    pub(super) fn fit(examples: &[Example<'_>]) -> Self {
        let size = examples.first().map_or(0, |example| example.place.len() + 1);
        let mut judge = Self { weights: vec![0.0; size] };
        let mut residual = vec![0.0; size];
        for example in examples {
            add(&mut residual, example.place, f64::from(example.weight * example.score));
        }
        let mut direction = residual.clone();
        let mut error = dot(&residual, &residual);
        let enough = error * 1e-14;
        for _ in 0..STEPS {
            if error <= enough {
                break;
            }
            let image = normal(examples, &direction);
            let step = error / dot(&direction, &image);
            advance(&mut judge.weights, step, &direction);
            advance(&mut residual, -step, &image);
            let before = std::mem::replace(&mut error, dot(&residual, &residual));
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + error / before * *direction;
            }
        }
        judge
    }

    /// The score of an embedding.
    pub(super) fn score(&self, place: &[f32]) -> f32 {
        score(&self.weights, place) as f32
    }
}

/// The matrix of the normal equations times `x`.
fn normal(examples: &[Example<'_>], x: &[f64]) -> Vec<f64> {
    let mut image: Vec<f64> = x.iter().map(|value| RIDGE * value).collect();
    for example in examples {
        add(&mut image, example.place, f64::from(example.weight) * score(x, example.place));
    }
    image
}

fn score(weights: &[f64], place: &[f32]) -> f64 {
    let sum: f64 = weights.iter().zip(place).map(|(w, &x)| w * f64::from(x)).sum();
    sum + weights.last().copied().unwrap_or_default()
}

/// Adds `factor` times `(place, 1)` to `sum`.
fn add(sum: &mut [f64], place: &[f32], factor: f64) {
    for (cell, &x) in sum.iter_mut().zip(place) {
        *cell += factor * f64::from(x);
    }
    if let Some(last) = sum.last_mut() {
        *last += factor;
    }
}

fn advance(from: &mut [f64], step: f64, direction: &[f64]) {
    from.iter_mut().zip(direction).for_each(|(cell, value)| *cell += step * value);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_solve_the_normal_equations() {
        let places = [[1.0, 0.2], [0.1, -1.0], [-0.7, 0.5], [0.3, 0.3]];
        let scores = [1.0, -1.0, -1.0, 1.0];
        let examples: Vec<_> = (places.iter().zip(scores))
            .map(|(place, score)| Example { place, score, weight: 2.0 })
            .collect();
        let judge = Judge::fit(&examples);
        let image = normal(&examples, &judge.weights);
        let mut wanted = vec![0.0; 3];
        for example in &examples {
            add(&mut wanted, example.place, f64::from(example.weight * example.score));
        }
        for (a, b) in image.iter().zip(&wanted) {
            assert!((a - b).abs() < 1e-6, "{image:?} {wanted:?}");
        }
        assert!(judge.score(&places[0]) > judge.score(&places[1]));
    }

    #[test]
    fn nothing_is_judged_as_nothing() {
        assert!(Judge::fit(&[]).score(&[1.0, 2.0]).abs() < f32::EPSILON);
    }
}
