//! Statistics of a list of values.

/// Values that may be reordered.
pub(crate) struct Summary<'a>(pub(crate) &'a mut Vec<f32>);

impl Summary<'_> {
    /// Their mean; 0 of none.
    pub(crate) fn mean(&self) -> f32 {
        mean(self.0)
    }

    /// Mean and standard deviation; 0 of none.
    pub(crate) fn spread(&self) -> [f32; 2] {
        spread(self.0)
    }

    /// The quantiles `shares`, linearly interpolated; 0 without values. Sorts.
    pub(crate) fn percentiles<const N: usize>(&mut self, shares: [f32; N]) -> [f32; N] {
        self.0.sort_unstable_by(f32::total_cmp);
        let Some(last) = self.0.len().checked_sub(1) else { return [0.0; N] };
        shares.map(|share| {
            let place = share * last as f32;
            let below = (place as usize).min(last);
            let above = (below + 1).min(last);
            self.0[below] + (self.0[above] - self.0[below]) * (place - below as f32)
        })
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn spread(values: &[f32]) -> [f32; 2] {
    let mean = mean(values);
    let square = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>();
    [mean, (square / values.len().max(1) as f32).sqrt()]
}

/// The mean of each value and its neighbours, `width` in all; fewer at the ends.
pub(crate) fn smooth(values: &[f32], width: usize, out: &mut Vec<f32>) {
    let half = width / 2;
    let around = |i: usize| i.saturating_sub(half)..(i + half + 1).min(values.len());
    out.clear();
    out.extend((0..values.len()).map(|i| mean(&values[around(i)])));
}

/// Mean and deviation of the steps up, then of those down.
pub(crate) fn moves(values: &[f32]) -> [f32; 4] {
    let side = |sign: f32| {
        let steps =
            values.windows(2).map(move |pair| sign * (pair[1] - pair[0])).filter(|s| *s > 0.0);
        let count = steps.clone().count().max(1) as f32;
        let mean = steps.clone().sum::<f32>() / count;
        let square = steps.map(|s| (s - mean) * (s - mean)).sum::<f32>();
        [mean, (square / count).sqrt()]
    };
    let ([up, up_spread], [down, down_spread]) = (side(1.0), side(-1.0));
    [up, up_spread, down, down_spread]
}

/// Lengths of the stretches of true in `flags`.
pub(crate) fn runs(flags: impl Iterator<Item = bool>, out: &mut Vec<f32>) {
    out.clear();
    let mut open = false;
    for flag in flags {
        match (flag, open, out.last_mut()) {
            (true, true, Some(length)) => *length += 1.0,
            (true, ..) => out.push(1.0),
            (false, ..) => {}
        }
        open = flag;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: &[f32], want: &[f32]) {
        assert_eq!(got.len(), want.len());
        assert!(got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-5), "{got:?} not {want:?}");
    }

    #[test]
    fn percentiles_lie_between_neighbours() {
        let mut values = vec![4.0, 1.0, 3.0, 2.0];
        close(&Summary(&mut values).percentiles([0.0, 0.5, 0.9, 1.0]), &[1.0, 2.5, 3.7, 4.0]);
        close(&Summary(&mut vec![]).percentiles([0.5]), &[0.0]);
    }

    #[test]
    fn mean_and_deviation_are_of_the_whole() {
        close(&Summary(&mut vec![1.0, 3.0]).spread(), &[2.0, 1.0]);
        close(&Summary(&mut vec![]).spread(), &[0.0, 0.0]);
    }

    #[test]
    fn steps_up_and_down_are_told_apart() {
        close(&moves(&[0.0, 1.0, 4.0, 3.0, 3.0]), &[2.0, 1.0, 1.0, 0.0]);
        close(&moves(&[]), &[0.0; 4]);
    }

    #[test]
    fn smoothing_takes_what_there_is_at_the_ends() {
        let mut out = Vec::new();
        smooth(&[0.0, 3.0, 0.0, 0.0], 3, &mut out);
        close(&out, &[1.5, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn stretches_are_counted() {
        let mut out = Vec::new();
        runs([true, true, false, true].into_iter(), &mut out);
        close(&out, &[2.0, 1.0]);
    }
}
