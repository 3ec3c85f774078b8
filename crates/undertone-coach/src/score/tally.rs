//! Scores of many calls: counts and intervals.

use serde::{Deserialize, Serialize};

/// A mean or a share with the interval in which it lies, at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean or the share.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How many calls it is of.
    pub count: usize,
}

/// 97.5th percentiles of Student's t for 1 to 30 degrees of freedom; the normal's beyond.
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
const NORMAL: f64 = 1.96;

impl Interval {
    /// The mean of `values`; `None` of fewer than two, which have no spread.
    pub fn mean(values: &[f64]) -> Option<Self> {
        let count = values.len();
        let degrees = count.checked_sub(2)?;
        let n = count as f64;
        let value = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - value).powi(2)).sum::<f64>() / (n - 1.0);
        let half = T.get(degrees).copied().unwrap_or(NORMAL) * (variance / n).sqrt();
        Some(Self { value, low: value - half, high: value + half, count })
    }

    /// The share `hits` of `count`, by Wilson's formula; `None` of none.
    pub fn share(hits: usize, count: usize) -> Option<Self> {
        if count == 0 {
            return None;
        }
        let (n, p, z2) = (count as f64, hits as f64 / count as f64, NORMAL * NORMAL);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = NORMAL * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        Some(Self {
            value: p,
            low: (middle - half).max(0.0),
            high: (middle + half).min(1.0),
            count,
        })
    }
}

/// Scores of a group of calls: of an agent, a team, a day.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Calls.
    pub calls: usize,
    /// Mean Empathy Score.
    pub empathy: Option<Interval>,
    /// Mean Empowerment.
    pub empowerment: Option<Interval>,
    /// Mean Customer Effort.
    pub customer_effort: Option<Interval>,
    /// Mean Sentiment Shift.
    pub sentiment_shift: Option<Interval>,
    /// Share of calls that are likely settled.
    pub resolved: Option<Interval>,
}

impl Tally {
    /// The tally of `calls`. Calls that have no score of a kind are left out of that kind.
    pub fn of(calls: &[super::Scores]) -> Self {
        let mean = |pick: fn(&super::Scores) -> Option<f64>| {
            Interval::mean(&calls.iter().filter_map(pick).collect::<Vec<_>>())
        };
        let settled: Vec<bool> = calls
            .iter()
            .filter_map(|call| Some(call.first_contact_resolution.as_ref()?.likely))
            .collect();
        Self {
            calls: calls.len(),
            empathy: mean(|call| Some(call.empathy.as_ref()?.value)),
            empowerment: mean(|call| Some(call.empowerment.as_ref()?.value)),
            customer_effort: mean(|call| Some(call.customer_effort.as_ref()?.value)),
            sentiment_shift: mean(|call| Some(call.sentiment_shift.as_ref()?.shift)),
            resolved: Interval::share(settled.iter().filter(|yes| **yes).count(), settled.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn intervals_are_those_of_the_textbook() {
        let mean = Interval::mean(&[1.0, 2.0, 3.0]).unwrap();
        assert!((mean.value - 2.0).abs() < 1e-9 && (mean.high - 4.484).abs() < 1e-3, "{mean:?}");
        let share = Interval::share(8, 10).unwrap();
        assert!((share.low - 0.490).abs() < 1e-3 && (share.high - 0.943).abs() < 1e-3, "{share:?}");
        assert!(Interval::mean(&[1.0]).is_none() && Interval::share(0, 0).is_none());
    }
}
