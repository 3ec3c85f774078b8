//! Numbers as people say them and recognisers write them: "four four seven", "double
//! five", "oh seven", "07700-900 123", with letters between.

use super::lists::Lists;
use super::{Found, Kind};
use crate::text::Word;

/// A number without a word that announces it is hidden from so many digits on.
const UNANNOUNCED: usize = 7;
/// How many words before, and after, a number may announce it.
const REACH: usize = 8;
const REACH_AFTER: usize = 5;

/// What a word adds to a number.
enum Piece {
    Digits(String),
    Letter(char),
    /// "double", "triple": how often the next digit comes.
    Repeat(usize),
}

fn piece(word: &str) -> Option<Piece> {
    let digits = match word {
        "zero" | "oh" | "o" | "nought" | "null" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" | "niner" => "9",
        "ten" => "10",
        "eleven" => "11",
        "twelve" => "12",
        "thirteen" => "13",
        "fourteen" => "14",
        "fifteen" => "15",
        "sixteen" => "16",
        "seventeen" => "17",
        "eighteen" => "18",
        "nineteen" => "19",
        "twenty" => "20",
        "thirty" => "30",
        "forty" | "fourty" => "40",
        "fifty" => "50",
        "sixty" => "60",
        "seventy" => "70",
        "eighty" => "80",
        "ninety" => "90",
        "double" => return Some(Piece::Repeat(2)),
        "triple" | "treble" => return Some(Piece::Repeat(3)),
        _ => return written(word),
    };
    Some(Piece::Digits(digits.to_owned()))
}

/// A number in figures, perhaps with letters and hyphens ("R-2210"), or one letter.
fn written(word: &str) -> Option<Piece> {
    let mut letters = word.chars();
    if let (Some(letter), None) = (letters.next(), letters.next())
        && letter.is_ascii_alphabetic()
    {
        return Some(Piece::Letter(letter));
    }
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '(' | ')' | '+');
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    let letters = word.chars().filter(char::is_ascii_alphabetic).count();
    let fits = word.chars().all(is_code) && (letters <= 3 || digits.len() >= letters);
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end));
    (!digits.is_empty() && fits && !ordinal).then_some(Piece::Digits(digits))
}

/// A run of words that are one number.
struct Run {
    /// Indices of the first word and of one past the last.
    from: usize,
    to: usize,
    /// Its digits and letters.
    code: String,
    digits: usize,
}

/// The numbers among `words` that are to be hidden. `asked` are words of the turns before,
/// which may have asked for one.
pub(super) fn find(text: &str, words: &[Word<'_>], asked: &[String], lists: &Lists) -> Vec<Found> {
    let lower: Vec<String> = words.iter().map(Word::lower).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some(run) = run(text, words, &lower, at, lists) else {
            at += 1;
            continue;
        };
        if let Some(kind) = kind(text, words, &lower, asked, &run, lists) {
            let mut start = words[run.from].at.start;
            if text[..start].ends_with(['+', '(']) {
                start -= 1;
            }
            found.push(Found { kind, at: start..words[run.to - 1].at.end });
        }
        at = run.to;
    }
    found
}

/// The longest run that starts at word `from`.
fn run(
    text: &str,
    words: &[Word<'_>],
    lower: &[String],
    from: usize,
    lists: &Lists,
) -> Option<Run> {
    let mut run = Run { from, to: from, code: String::new(), digits: 0 };
    let (mut at, mut times) = (from, 1);
    while at < words.len() {
        let breaks = at > from && ends_sentence(&text[words[at - 1].at.end..words[at].at.start]);
        match piece(&lower[at]) {
            _ if breaks => break,
            Some(Piece::Repeat(n)) => times = n,
            Some(Piece::Digits(digits)) => {
                let digits = digits.repeat(times);
                run.digits += digits.len();
                run.code.push_str(&digits);
                times = 1;
                run.to = at + 1;
            }
            Some(Piece::Letter(letter)) => {
                (0..times).for_each(|_| run.code.push(letter));
                times = 1;
                run.to = at + 1;
            }
            None if at > from && lists.is_filler(&lower[at]) => {}
            None => break,
        }
        at += 1;
    }
    (run.to > from && run.code.len() > 1).then_some(run)
}

fn ends_sentence(between: &str) -> bool {
    between.contains(['.', '?', '!', ';', ':']) && between.contains(char::is_whitespace)
}

/// What `run` is, if it is to be hidden.
fn kind(
    text: &str,
    words: &[Word<'_>],
    lower: &[String],
    asked: &[String],
    run: &Run,
    lists: &Lists,
) -> Option<Kind> {
    if is_postcode(&run.code) {
        return Some(Kind::Postcode);
    }
    if run.digits == 0 {
        return (run.code.len() >= 4).then_some(Kind::Name);
    }
    let before = &lower[run.from.saturating_sub(REACH)..run.from];
    let after = &lower[run.to..words.len().min(run.to + REACH_AFTER)];
    if run.digits >= 13 {
        return Some(Kind::Card);
    }
    if is_amount(text, words, run, after, lists) {
        return None;
    }
    let announced = lists
        .announced(before)
        .or_else(|| lists.announced(after))
        .or_else(|| lists.announced(asked));
    match announced {
        Some((kind, min)) if run.digits >= min && !lists.is_measured(before) => {
            Some(if run.digits >= 9 && run.code.starts_with('0') { Kind::Phone } else { kind })
        }
        _ if run.digits >= 9 => Some(Kind::Phone),
        _ if run.digits >= UNANNOUNCED => Some(Kind::Account),
        _ => None,
    }
}

/// True for sums, spans of time, clock times and dates.
fn is_amount(text: &str, words: &[Word<'_>], run: &Run, after: &[String], lists: &Lists) -> bool {
    let start = words[run.from].at.start;
    let end = words[run.to - 1].at.end;
    let before_sign = text[..start].ends_with(['£', '$', '€']);
    let after_sign = text[end..].starts_with(['%', '€']);
    let followed =
        after.first().is_some_and(|word| lists.is_unit(word)) && run.digits < UNANNOUNCED;
    let date = text[start..end].matches('/').count() == 2 && run.digits <= 8;
    before_sign || after_sign || followed || date
}

/// True for the shape of a British postcode.
fn is_postcode(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    let Some((outward, inward)) = code.split_at_checked(code.len().saturating_sub(3)) else {
        return false;
    };
    let shape = |part: &str| -> String {
        part.chars().map(|c| if c.is_ascii_digit() { '9' } else { 'A' }).collect()
    };
    shape(inward) == "9AA"
        && matches!(shape(outward).as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A")
}
