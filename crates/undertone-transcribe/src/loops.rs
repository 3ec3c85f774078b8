//! Loops: phrases that a recogniser repeats.

/// Longest phrase that can form a loop within a text, in words.
const LONGEST_LOOP: usize = 6;

/// The words of `text` in lower case, punctuation left out.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(str::to_lowercase)
        .collect()
}

/// Most consecutive repetitions of a phrase of up to six words.
pub(crate) fn most_repeats(words: &[String]) -> usize {
    (1..=LONGEST_LOOP).map(|length| repeats(words, length)).max().unwrap_or(1)
}

/// Most consecutive repetitions of a phrase of `length` words.
fn repeats(words: &[String], length: usize) -> usize {
    let mut most = 1;
    for start in 0..words.len().saturating_sub(2 * length - 1) {
        let phrase = &words[start..start + length];
        let repeats = words[start..].chunks_exact(length).take_while(|next| *next == phrase);
        most = most.max(repeats.count());
    }
    most
}

/// Number of words, over the number left if each repeated run of two or more words
/// counts as one.
pub(crate) fn shrinkage(words: &[String]) -> f64 {
    let (mut at, mut kept) = (0, 0);
    while at < words.len() {
        let run = longest_earlier_run(words, at);
        at += run.max(1);
        kept += 1;
    }
    words.len() as f64 / f64::from(kept.max(1))
}

/// Length of the longest run at `at` that also begins earlier; 0 if under two words.
fn longest_earlier_run(words: &[String], at: usize) -> usize {
    let common = |earlier: usize| {
        words[earlier..].iter().zip(&words[at..]).take_while(|(a, b)| a == b).count()
    };
    (0..at).map(common).max().filter(|run| *run >= 2).unwrap_or(0)
}

/// `text` up to the end of the first copy of the phrase that it repeats to its end. The
/// last copy may be cut short. `None` if it does not end with a loop.
pub(crate) fn first_copy(text: &str) -> Option<&str> {
    let spoken: Vec<(usize, String)> = ends(text);
    let word = |at: usize| spoken[at].1.as_str();
    let count = spoken.len();
    let period = |start: usize, length: usize| {
        (start + length..count).all(|at| word(at) == word(at - length))
    };
    (0..count.saturating_sub(1)).find_map(|start| {
        let length = (1..=(count - start) / 2).find(|&length| period(start, length))?;
        Some(&text[..spoken[start + length - 1].0])
    })
}

/// Each word of `text` without punctuation, and the end of the word with it.
fn ends(text: &str) -> Vec<(usize, String)> {
    let base = text.as_ptr() as usize;
    text.split_whitespace()
        .filter_map(|written| {
            let plain = words(written).join(" ");
            let end = written.as_ptr() as usize - base + written.len();
            (!plain.is_empty()).then_some((end, plain))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_copy_of_a_loop_is_kept() {
        for (looped, first) in [
            ("Dogs are sitting. Dogs are sitting. Dogs are", "Dogs are sitting."),
            ("Chapter 5. Chapter 5. Chapter 5.", "Chapter 5."),
            ("I said no, no, no, no", "I said no,"),
            ("Well. How fearful! how fearful, How fearful", "Well. How fearful!"),
        ] {
            assert_eq!(first_copy(looped), Some(first), "{looped}");
        }
    }

    #[test]
    fn a_text_that_goes_on_has_no_loop_at_its_end() {
        for text in ["", "Hello.", "Hello hello there.", "We go and we come and they go."] {
            assert_eq!(first_copy(text), None, "{text}");
        }
    }

    #[test]
    fn repeats_are_counted_whatever_their_length() {
        let said = |text: &str| most_repeats(&words(text));
        assert_eq!(said("no no no"), 3);
        assert_eq!(said("I know. I know! Do I?"), 2);
        assert_eq!(said("one two three"), 1);
    }
}
