//! Words as phrases are matched against them.

use std::ops::Range;

/// A word of a text, without the punctuation around it, and the bytes it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: Range<usize>,
}

impl Word<'_> {
    pub(crate) fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    pub(crate) fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// The words of `text`, in order.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    for piece in text.split(char::is_whitespace) {
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
        if !word.is_empty() {
            let start = at + piece.find(word).unwrap_or(0);
            found.push(Word { text: word, at: start..start + word.len() });
        }
        at += piece.len() + text[at + piece.len()..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// The sentences of `text`, as slices of it without the space around them. What a
/// recogniser wrote without full stops is one sentence.
pub(crate) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '?', '!', ';'])
        .map(str::trim)
        .filter(|sentence| sentence.contains(char::is_alphanumeric))
}

/// `text` in lower case with single spaces, without punctuation and contractions:
/// "I'm *so* sorry!" becomes "i am so sorry".
pub(crate) fn normal(text: &str) -> String {
    let lower = text.to_lowercase().replace(['’', 'ʼ'], "'");
    let mut out = String::with_capacity(lower.len() + 8);
    for piece in lower.split(|c: char| !(c.is_alphanumeric() || c == '\'')) {
        let piece = piece.trim_matches('\'');
        if piece.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        open_contraction(piece, &mut out);
    }
    out
}

fn open_contraction(word: &str, out: &mut String) {
    let whole = match word {
        "can't" | "cant" | "cannot" => Some("can not"),
        "won't" => Some("will not"),
        "let's" => Some("let us"),
        "o'clock" => Some("o clock"),
        "dont" => Some("do not"),
        "im" => Some("i am"),
        _ => None,
    };
    if let Some(whole) = whole {
        return out.push_str(whole);
    }
    for (end, full) in
        [("n't", " not"), ("'m", " am"), ("'re", " are"), ("'ve", " have"), ("'ll", " will")]
    {
        if let Some(stem) = word.strip_suffix(end) {
            out.push_str(stem);
            return out.push_str(full);
        }
    }
    match word.strip_suffix("'s") {
        Some(stem @ ("it" | "that" | "what" | "there" | "here" | "he" | "she" | "who" | "how")) => {
            out.push_str(stem);
            out.push_str(" is");
        }
        Some(stem) => {
            out.push_str(stem);
            out.push_str(" s");
        }
        None => out.push_str(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_lose_case_punctuation_and_contractions() {
        assert_eq!(normal("I'm SO sorry – we can't!"), "i am so sorry we can not");
        assert_eq!(normal("It’s my sister's, isn't it?"), "it is my sister s is not it");
        assert_eq!(normal(" … "), "");
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "Hi,  it's “Zoë”.";
        let found = words(text);
        assert_eq!(found.iter().map(|word| word.text).collect::<Vec<_>>(), ["Hi", "it's", "Zoë"]);
        assert!(found.iter().all(|word| &text[word.at.clone()] == word.text));
        assert!(found[2].is_capitalised());
    }

    #[test]
    fn a_text_without_full_stops_is_one_sentence() {
        assert_eq!(sentences("no stops here").count(), 1);
        assert_eq!(sentences("One. Two? Three").collect::<Vec<_>>(), ["One.", "Two?", "Three"]);
    }
}
