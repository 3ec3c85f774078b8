//! Delay of words in partial transcripts.

use std::time::Duration;
use undertone_engine::Agreement;

/// One partial of an open segment.
#[derive(Debug)]
struct Look {
    /// Where its audio ended, in seconds.
    end_s: f64,
    words: Vec<String>,
}

/// Follows the partials of the segments of one lane.
///
/// The time at which a word was spoken is not known. It is estimated as the middle
/// between the end of the last partial without it and the end of the first one with it.
#[derive(Debug, Default)]
pub(super) struct Looks {
    agreement: Agreement,
    segment: u64,
    so_far: Vec<Look>,
    shown: usize,
    /// From each word to its first partial, in milliseconds.
    pub(super) delays_ms: Vec<f64>,
}

impl Looks {
    /// Adds the partial of `segment`, which begins at `start_s`, up to `end_s`; the
    /// recogniser took `own`.
    pub(super) fn look(
        &mut self,
        segment: u64,
        (start_s, end_s): (f64, f64),
        own: Duration,
        text: &str,
    ) {
        if segment != self.segment {
            self.segment = segment;
            self.so_far.clear();
            self.shown = 0;
        }
        let words = text.split_whitespace().map(plain).collect();
        self.so_far.push(Look { end_s, words });
        let Some(shown) = self.agreement.observe(segment, text) else { return };
        let now_s = end_s + own.as_secs_f64();
        for (place, word) in shown.split_whitespace().enumerate().skip(self.shown) {
            let spoken_s = self.spoken_s(place, &plain(word), start_s);
            self.delays_ms.push((now_s - spoken_s) * 1e3);
        }
        self.shown = shown.split_whitespace().count();
    }

    /// When `word`, which all partials since one of them have at `place`, was spoken.
    fn spoken_s(&self, place: usize, word: &str, start_s: f64) -> f64 {
        let hears = |look: &&Look| look.words.get(place).is_some_and(|heard| heard == word);
        let since = self.so_far.len() - self.so_far.iter().rev().take_while(hears).count();
        let before_s = since.checked_sub(1).map_or(start_s, |last| self.so_far[last].end_s);
        let first_s = self.so_far.get(since).map_or(before_s, |look| look.end_s);
        f64::midpoint(before_s, first_s)
    }
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_words_delay_runs_from_the_middle_between_the_looks_around_it() {
        let mut looks = Looks::default();
        let own = Duration::from_millis(50);
        looks.look(0, (1.0, 2.0), own, "my parcel");
        assert!(looks.delays_ms.is_empty());
        looks.look(0, (1.0, 3.0), own, "My parcel, is");
        // Both were in the first look, so midway between 1 s and 2 s.
        assert_eq!(looks.delays_ms.len(), 2);
        looks.look(0, (1.0, 4.0), own, "my parcel is late");
        // "is" came in the second look, midway between 2 s and 3 s.
        let expected = [1550.0, 1550.0, 1550.0];
        for (delay, expected) in looks.delays_ms.iter().zip(expected) {
            assert!((delay - expected).abs() < 1e-6, "{:?}", looks.delays_ms);
        }
        assert_eq!(looks.delays_ms.len(), 3);
    }

    #[test]
    fn a_new_segment_starts_afresh() {
        let mut looks = Looks::default();
        looks.look(0, (0.0, 1.0), Duration::ZERO, "hello");
        looks.look(1, (5.0, 6.0), Duration::ZERO, "hello");
        assert!(looks.delays_ms.is_empty());
        looks.look(1, (5.0, 7.0), Duration::ZERO, "hello there");
        assert_eq!(looks.delays_ms, [1500.0]);
    }
}
