//! Word errors: normalisation and counting.

use serde::Serialize;

/// Fillers; recognisers may or may not write them.
const FILLERS: [&str; 9] = ["hm", "hmm", "mhm", "mm", "mmm", "uh", "uhm", "um", "er"];

/// Spellings of one word, and short forms written out.
const SAME: [(&str, &str); 32] = [
    ("okay", "ok"),
    ("mister", "mr"),
    ("missus", "mrs"),
    ("alright", "all right"),
    ("can't", "can not"),
    ("cannot", "can not"),
    ("won't", "will not"),
    ("don't", "do not"),
    ("doesn't", "does not"),
    ("didn't", "did not"),
    ("isn't", "is not"),
    ("aren't", "are not"),
    ("wasn't", "was not"),
    ("weren't", "were not"),
    ("haven't", "have not"),
    ("hasn't", "has not"),
    ("hadn't", "had not"),
    ("couldn't", "could not"),
    ("wouldn't", "would not"),
    ("shouldn't", "should not"),
    ("i'm", "i am"),
    ("i've", "i have"),
    ("i'll", "i will"),
    ("you're", "you are"),
    ("you've", "you have"),
    ("you'll", "you will"),
    ("we're", "we are"),
    ("we've", "we have"),
    ("it's", "it is"),
    ("that's", "that is"),
    ("they're", "they are"),
    ("let's", "let us"),
];

/// `text` as the words that are compared: lower case, no punctuation, hyphenated
/// words split, short forms expanded, fillers removed.
pub fn normalise(text: &str) -> Vec<String> {
    let plain = text.replace('’', "'").to_lowercase();
    let words = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty() && !FILLERS.contains(word));
    words.flat_map(written_out).collect()
}

fn written_out(word: &str) -> Vec<String> {
    let same = SAME.iter().find(|(form, _)| *form == word).map_or(word, |(_, written)| *written);
    same.split(' ').map(str::to_owned).collect()
}

/// Word errors by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WordErrors {
    /// Words in the reference.
    pub said: usize,
    /// Substitutions.
    pub replaced: usize,
    /// Deletions.
    pub missed: usize,
    /// Insertions.
    pub invented: usize,
}

impl WordErrors {
    /// The smallest number of errors that turn `said` into `heard`.
    pub fn between(said: &[String], heard: &[String]) -> Self {
        let fresh = |missed, invented| Self { missed, invented, ..Self::default() };
        let mut above: Vec<Self> = (0..=heard.len()).map(|j| fresh(0, j)).collect();
        for (i, word) in said.iter().enumerate() {
            let mut row = vec![fresh(i + 1, 0)];
            for (j, other) in heard.iter().enumerate() {
                let mut diagonal = above[j];
                diagonal.replaced += usize::from(word != other);
                let mut down = above[j + 1];
                down.missed += 1;
                let mut right = row[j];
                right.invented += 1;
                let best = [diagonal, down, right].into_iter().min_by_key(Self::wrong);
                row.push(best.unwrap_or(diagonal));
            }
            above = row;
        }
        let last = above.pop().unwrap_or_default();
        Self { said: said.len(), ..last }
    }

    /// All errors together.
    pub const fn wrong(&self) -> usize {
        self.replaced + self.missed + self.invented
    }

    /// The word error rate: errors over words of the reference. `None` without any.
    pub fn rate(&self) -> Option<f64> {
        (self.said > 0).then(|| self.wrong() as f64 / self.said as f64)
    }

    /// Adds the errors of another text.
    pub const fn add(&mut self, other: &Self) {
        self.said += other.said;
        self.replaced += other.replaced;
        self.missed += other.missed;
        self.invented += other.invented;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(said: &str, heard: &str) -> WordErrors {
        WordErrors::between(&normalise(said), &normalise(heard))
    }

    #[test]
    fn writing_is_not_counted_as_an_error() {
        let said = "Well, I don't know – it's half-past two, O.K.? Mm hm.";
        assert_eq!(errors(said, "well i do not know it is half past two o k").wrong(), 0);
        assert_eq!(errors("Okay, cannot", "ok can’t").wrong(), 0);
    }

    #[test]
    fn errors_are_told_apart() {
        let one = errors("I want my money back now", "I won my money back");
        assert_eq!((one.replaced, one.missed, one.invented), (1, 1, 0));
        let two = errors("yes", "oh yes please");
        assert_eq!((two.replaced, two.missed, two.invented), (0, 0, 2));
        assert_eq!(two.rate(), Some(2.0));
    }

    #[test]
    fn silence_has_no_rate_but_counts_inventions() {
        let none = errors("", "thanks for watching");
        assert_eq!((none.rate(), none.invented), (None, 3));
        assert_eq!(errors("hello there", "").missed, 2);
    }
}
