//! Recordings and their reference transcripts.

use crate::EvalError;
use std::path::{Path, PathBuf};

/// Which side of a two-channel recording a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// All channels together.
    Mixed,
    /// One channel, from 0.
    Channel(u16),
}

/// One recording, or one channel of it, and its reference transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The recording; relative paths of a manifest are taken from its folder.
    pub path: PathBuf,
    /// The channel.
    pub side: Side,
    /// The words in order; empty where nobody speaks.
    pub text: String,
}

/// Reads the CSV file at `path`: columns `path` (or `file`) and `text`, and
/// optionally `lane` (`customer` is the left channel, `agent` the right).
/// Rows of one recording and lane are joined to one text, in the order of the file.
///
/// # Errors
/// [`EvalError::Manifest`] if it cannot be read, lacks a column or names an
/// unknown lane.
pub fn read(path: &Path) -> Result<Vec<Spoken>, EvalError> {
    let wrong = |cause: String| EvalError::Manifest { path: path.to_owned(), cause };
    let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let header = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    let place = |name: &str| header.iter().position(|field| field == name);
    let (Some(file), Some(text)) = (place("path").or_else(|| place("file")), place("text")) else {
        return Err(wrong("it needs the columns path and text".to_owned()));
    };
    let (lane, folder) = (place("lane"), path.parent().unwrap_or(Path::new("")));
    let mut all: Vec<Spoken> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        let side = side(lane.map(field).unwrap_or_default()).map_err(wrong)?;
        let path = folder.join(field(file));
        match all.iter_mut().find(|one| one.path == path && one.side == side) {
            Some(one) => one.text = format!("{} {}", one.text, field(text)),
            None => all.push(Spoken { path, side, text: field(text).to_owned() }),
        }
    }
    if all.is_empty() {
        return Err(wrong("it lists no recording".to_owned()));
    }
    Ok(all)
}

fn side(lane: &str) -> Result<Side, String> {
    match lane {
        "" => Ok(Side::Mixed),
        "customer" => Ok(Side::Channel(0)),
        "agent" => Ok(Side::Channel(1)),
        other => Err(format!("lane \"{other}\" is neither customer nor agent")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<Vec<Spoken>, EvalError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn turns_of_one_lane_are_one_text() {
        let text = "file,lane,start_s,text\nc.wav,agent,0,Hello.\nc.wav,customer,1,\"Hi, you\"\n\
                    c.wav,agent,2,How are you?\n";
        let all = parse(text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].side, &*all[0].text), (Side::Channel(1), "Hello. How are you?"));
        assert_eq!((all[1].side, &*all[1].text), (Side::Channel(0), "Hi, you"));
        assert!(all[0].path.ends_with("c.wav") && all[0].path.is_absolute());
    }

    #[test]
    fn a_recording_without_words_is_kept() {
        assert_eq!(parse("path,text\nnoise.wav,\n").unwrap()[0].text, "");
    }

    #[test]
    fn a_wrong_manifest_says_what_is_wrong() {
        let says = |text: &str| parse(text).unwrap_err().to_string();
        assert!(says("path,words\n").contains("path and text"));
        assert!(says("path,text\n").contains("no recording"));
        assert!(says("path,lane,text\na.wav,boss,hi\n").contains("\"boss\""));
        assert!(read(Path::new("/nowhere.csv")).is_err());
    }
}
