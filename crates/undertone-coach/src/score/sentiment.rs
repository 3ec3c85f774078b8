//! Sentiment Shift: how the customer's feeling moved from the first third to the last.

use crate::conversation::{Conversation, Turn};
use serde::{Deserialize, Serialize};
use undertone_signal::{Lane, StreamTime};

/// Fewer judged turns than this say nothing of a movement.
const FEWEST: usize = 3;
/// With so many, the confidence is 1.
const ENOUGH: usize = 9;

/// How the customer's feeling moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentimentShift {
    /// Mean valence of the last third of the customer's turns minus that of the first,
    /// −2..2; above zero the customer left happier than before.
    pub shift: f64,
    /// Slope of a straight line through all turns, in valence a minute.
    pub trend: f64,
    /// How much there was to go by, 0..1.
    pub confidence: f64,
    /// Numbers of the transcript events whose turns were used.
    pub rests_on: Vec<u64>,
}

/// One turn of the customer: when, in minutes, and how pleasant.
struct Point {
    minutes: f64,
    valence: f64,
}

pub(super) fn score(call: &Conversation) -> Option<SentimentShift> {
    let turns: Vec<&Turn> = call.turns_of(Lane::Customer).collect();
    let judged = turns.iter().filter_map(|turn| {
        let point =
            Point { minutes: turn.span.start.seconds() / 60.0, valence: valence(call, turn)? };
        Some((turn.seq, point))
    });
    let (rests_on, points): (Vec<u64>, Vec<Point>) = judged.unzip();
    if points.len() < FEWEST {
        return None;
    }
    let third = points.len().div_ceil(3);
    let mean = |of: &[Point]| of.iter().map(|point| point.valence).sum::<f64>() / of.len() as f64;
    Some(SentimentShift {
        shift: mean(&points[points.len() - third..]) - mean(&points[..third]),
        trend: slope(&points),
        confidence: (points.len() as f64 / ENOUGH as f64).min(1.0),
        rests_on,
    })
}

/// The mean of what the voice and the words of a turn say, or of the one that says anything.
fn valence(call: &Conversation, turn: &Turn) -> Option<f64> {
    let within = |at: StreamTime| turn.span.start < at && at <= turn.span.end;
    let hops: Vec<f64> =
        call.hops.iter().filter(|hop| within(hop.at)).map(|hop| f64::from(hop.valence)).collect();
    let voice = (!hops.is_empty()).then(|| hops.iter().sum::<f64>() / hops.len() as f64);
    match (voice, turn.valence.map(f64::from)) {
        (Some(voice), Some(words)) => Some(f64::midpoint(voice, words)),
        (voice, words) => voice.or(words),
    }
}

/// Least squares.
fn slope(points: &[Point]) -> f64 {
    let n = points.len() as f64;
    let mean_x = points.iter().map(|point| point.minutes).sum::<f64>() / n;
    let mean_y = points.iter().map(|point| point.valence).sum::<f64>() / n;
    let covariance: f64 =
        points.iter().map(|point| (point.minutes - mean_x) * (point.valence - mean_y)).sum();
    let variance: f64 = points.iter().map(|point| (point.minutes - mean_x).powi(2)).sum();
    if variance > 0.0 { covariance / variance } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_own_slope() {
        let point = |minutes: f64| Point { minutes, valence: 2.0 * minutes - 1.0 };
        assert!((slope(&[point(0.0), point(1.0), point(3.0)]) - 2.0).abs() < 1e-9);
        assert!(slope(&[point(1.0), point(1.0)]).abs() < 1e-9);
    }
}
