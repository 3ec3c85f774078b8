//! Sentences and their labels.

use crate::EvalError;
use csv::StringRecord;
use std::path::Path;
use undertone_signal::Emotion;

/// Three kinds of sentiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentiment {
    /// Negative.
    Negative,
    /// Neutral.
    Neutral,
    /// Positive.
    Positive,
}

/// The label of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labels {
    /// Its emotions.
    Emotions(Vec<Emotion>),
    /// Its sentiment.
    Sentiment(Sentiment),
    /// Whether it carries a service signal or is a near miss.
    Signal {
        /// The signal.
        name: String,
        /// False for a near miss.
        meant: bool,
    },
}

/// One labelled sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words.
    pub text: String,
    /// The label.
    pub labels: Labels,
}

/// Where the fields of a row are.
enum Columns {
    /// `GoEmotions`' own: text, label numbers, id.
    Numbers,
    /// A column of text and columns of labels, by name.
    Labels { text: usize, labels: Vec<usize>, sentiment: bool },
    /// A column of text and one of signals, by name.
    Signal { text: usize, signal: usize },
}

/// Reads the manifest at `path`: comma-separated where its name ends in `.csv`,
/// tab-separated elsewhere. Either it has a header with the column `text` and
/// columns beginning with `label` (names of emotions, several in one field apart by
/// commas; or negative, neutral and positive) or a column `signal` (its name, or
/// `not` and its name for a near miss); or it has none and is `GoEmotions`' own: text
/// and label numbers.
///
/// # Errors
/// [`EvalError::Manifest`] naming the row and what is wrong with it.
pub fn read(path: &Path) -> Result<Vec<Sentence>, EvalError> {
    let wrong = |cause: String| EvalError::Manifest { path: path.to_owned(), cause };
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if is_csv { b',' } else { b'\t' })
        .quoting(is_csv)
        .from_path(path)
        .map_err(|error| wrong(error.to_string()))?;
    let rows = reader.records().collect::<Result<Vec<_>, _>>();
    let rows = rows.map_err(|error| wrong(error.to_string()))?;
    let Some(first) = rows.first() else { return Err(wrong("it is empty".to_owned())) };
    let (columns, start) = match header(first).map_err(wrong)? {
        Some(columns) => (with_kind(columns, &rows), 1),
        None => (Columns::Numbers, 0),
    };
    let sentence = |(place, row): (usize, &StringRecord)| {
        sentence(&columns, row).map_err(|cause| wrong(format!("row {}: {cause}", place + 1)))
    };
    let sentences: Vec<_> =
        rows.iter().enumerate().skip(start).map(sentence).collect::<Result<_, _>>()?;
    if sentences.is_empty() {
        return Err(wrong("it lists no sentence".to_owned()));
    }
    Ok(sentences)
}

/// The columns that a header names; `None` if the first row is no header.
fn header(row: &StringRecord) -> Result<Option<Columns>, String> {
    let names: Vec<_> = row.iter().map(|name| name.trim().to_lowercase()).collect();
    let Some(text) = names.iter().position(|name| name == "text") else {
        let numbers = row.get(1).is_some_and(|field| numbers(field).is_ok());
        return if numbers { Ok(None) } else { Err("it has no column text".to_owned()) };
    };
    if let Some(signal) = names.iter().position(|name| name == "signal") {
        return Ok(Some(Columns::Signal { text, signal }));
    }
    let labels: Vec<_> = (0..names.len()).filter(|&i| names[i].starts_with("label")).collect();
    if labels.is_empty() {
        return Err("it has neither a column label nor a column signal".to_owned());
    }
    Ok(Some(Columns::Labels { text, labels, sentiment: false }))
}

/// `neutral` is an emotion and a sentiment: the other labels of the file decide.
fn with_kind(columns: Columns, rows: &[StringRecord]) -> Columns {
    let Columns::Labels { text, labels, .. } = columns else { return columns };
    let is_sentiment = |row: &StringRecord| {
        labels.iter().filter_map(|&i| row.get(i)).any(|label| {
            let label = label.trim();
            label.eq_ignore_ascii_case("negative") || label.eq_ignore_ascii_case("positive")
        })
    };
    let sentiment = rows.iter().any(is_sentiment);
    Columns::Labels { text, labels, sentiment }
}

fn sentence(columns: &Columns, row: &StringRecord) -> Result<Sentence, String> {
    let field = |i: usize| row.get(i).map(str::trim).ok_or("it is too short".to_owned());
    let (text, labels) = match columns {
        Columns::Numbers => (0, Labels::Emotions(numbers(field(1)?)?)),
        Columns::Signal { text, signal } => (*text, signal_label(field(*signal)?)?),
        Columns::Labels { text, labels, sentiment } => {
            let fields: Vec<_> = labels.iter().filter_map(|&i| row.get(i)).collect();
            let names = || fields.iter().flat_map(|field| field.split([',', ';', '|']));
            let names = || names().map(str::trim).filter(|name| !name.is_empty());
            let labels = if *sentiment {
                Labels::Sentiment(sentiment_of(names().next().unwrap_or_default())?)
            } else {
                let emotion = |name: &str| {
                    Emotion::from_name(&name.to_lowercase())
                        .ok_or(format!("{name:?} is none of the 28 emotions"))
                };
                Labels::Emotions(names().map(emotion).collect::<Result<_, _>>()?)
            };
            (*text, labels)
        }
    };
    Ok(Sentence { text: field(text)?.to_owned(), labels })
}

fn numbers(field: &str) -> Result<Vec<Emotion>, String> {
    let emotion = |number: &str| {
        let place = number.trim().parse::<usize>().ok();
        place
            .and_then(|place| Emotion::ALL.get(place).copied())
            .ok_or(format!("{number:?} is no label number"))
    };
    field.split(',').map(emotion).collect()
}

fn sentiment_of(name: &str) -> Result<Sentiment, String> {
    match name.to_lowercase().as_str() {
        "negative" => Ok(Sentiment::Negative),
        "neutral" => Ok(Sentiment::Neutral),
        "positive" => Ok(Sentiment::Positive),
        other => Err(format!("{other:?} is neither negative, neutral nor positive")),
    }
}

fn signal_label(field: &str) -> Result<Labels, String> {
    let (name, meant) = field.strip_prefix("not ").map_or((field, true), |name| (name, false));
    if name.is_empty() {
        return Err("it names no signal".to_owned());
    }
    Ok(Labels::Signal { name: name.to_owned(), meant })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(name: &str, content: &str) -> Result<Vec<Sentence>, EvalError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        read(&path)
    }

    #[test]
    fn goemotions_rows_are_read_as_they_are() {
        let rows = parse("test.tsv", "I \"can't, ever\t2,27\tid1\nok\t0\tid2\n").unwrap();
        assert_eq!(rows[0].text, "I \"can't, ever");
        assert_eq!(rows[0].labels, Labels::Emotions(vec![Emotion::Anger, Emotion::Neutral]));
        assert_eq!(rows[1].labels, Labels::Emotions(vec![Emotion::Admiration]));
    }

    #[test]
    fn names_may_stand_in_one_field_or_in_several() {
        let rows = parse("a.csv", "label,text,label2\n\"joy, love\",\"hi, you\",Pride\n").unwrap();
        let all = vec![Emotion::Joy, Emotion::Love, Emotion::Pride];
        assert_eq!(rows[0], Sentence { text: "hi, you".into(), labels: Labels::Emotions(all) });
    }

    #[test]
    fn neutral_is_a_sentiment_beside_sentiments() {
        let rows = parse("a.csv", "text,label\na,neutral\nb,positive\n").unwrap();
        assert_eq!(rows[0].labels, Labels::Sentiment(Sentiment::Neutral));
        let rows = parse("a.csv", "text,label\na,neutral\nb,joy\n").unwrap();
        assert_eq!(rows[0].labels, Labels::Emotions(vec![Emotion::Neutral]));
    }

    #[test]
    fn a_wrong_manifest_says_what_is_wrong() {
        let says = |name, content| parse(name, content).unwrap_err().to_string();
        assert!(says("a.tsv", "").contains("empty"));
        assert!(says("a.tsv", "words\tlabel\n").contains("no column text"));
        assert!(says("a.tsv", "text\tmood\nhi\tjoy\n").contains("label"));
        assert!(says("a.tsv", "text\tlabel\n").contains("no sentence"));
        assert!(says("a.tsv", "hi\t2\nho\t28\n").contains("row 2: \"28\""));
        assert!(says("a.csv", "text,label\nhi,smug\n").contains("\"smug\""));
        assert!(says("a.csv", "text,label\nhi,negative\nho,great\n").contains("\"great\""));
        assert!(says("a.tsv", "text\tsignal\nhi\n").contains("row 2"));
    }
}
