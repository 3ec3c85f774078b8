//! Lists of labelled recordings.

use crate::{EvalError, labels};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use undertone_signal::Tone;

/// One labelled recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The recording; relative paths of a manifest are taken from its folder.
    pub path: PathBuf,
    /// Who speaks.
    pub speaker: String,
    /// The label as the corpus has it, in lower case.
    pub label: String,
    /// The tone it stands for.
    pub tone: Tone,
    /// The speaker's sex in the corpus's own letters; empty if it does not say.
    pub sex: String,
    /// How strongly it was acted, in the corpus's own word; empty if it does not
    /// say.
    pub intensity: String,
}

impl Entry {
    /// True for plain calm speech, of which a speaker's baseline is made.
    pub fn is_calm(&self) -> bool {
        labels::is_calm(&self.label)
    }
}

/// A manifest, read and sorted into what can be used and what not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The manifest itself.
    pub path: PathBuf,
    /// Usable rows, in their order.
    pub entries: Vec<Entry>,
    /// Rows left out because their label is none of the seven tones, by label.
    pub skipped: BTreeMap<String, usize>,
}

/// Places of the columns we read.
struct Columns {
    path: usize,
    speaker: usize,
    label: usize,
    sex: Option<usize>,
    intensity: Option<usize>,
}

impl Manifest {
    /// Reads the CSV file at `path`: columns `path`, `speaker`, `label`, and
    /// `sex` and `intensity` if it has them; others are ignored.
    ///
    /// # Errors
    /// [`EvalError::Manifest`] if it cannot be read, lacks a column or has a row
    /// of another length or without a path, naming the line.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let wrong = |cause: String| EvalError::Manifest { path: path.to_owned(), cause };
        let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let header = reader.headers().map_err(|error| wrong(describe(&error)))?;
        let columns = Columns::find(header).map_err(wrong)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut manifest =
            Self { path: path.to_owned(), entries: Vec::new(), skipped: BTreeMap::new() };
        for record in reader.records() {
            let record = record.map_err(|error| wrong(describe(&error)))?;
            manifest.take(&record, &columns, folder).map_err(wrong)?;
        }
        Ok(manifest)
    }

    fn take(
        &mut self,
        record: &csv::StringRecord,
        columns: &Columns,
        folder: &Path,
    ) -> Result<(), String> {
        let field = |at: usize| record.get(at).unwrap_or_default();
        let path = field(columns.path);
        if path.is_empty() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(format!("line {line}: no path"));
        }
        let label = labels::normalise(field(columns.label));
        let Some(tone) = labels::tone(&label) else {
            *self.skipped.entry(label).or_default() += 1;
            return Ok(());
        };
        self.entries.push(Entry {
            path: folder.join(path),
            speaker: field(columns.speaker).to_owned(),
            label,
            tone,
            sex: columns.sex.map(field).unwrap_or_default().to_owned(),
            intensity: columns.intensity.map(field).unwrap_or_default().to_owned(),
        });
        Ok(())
    }
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, String> {
        let place = |name: &str| {
            header.iter().position(|field| field.trim_start_matches('\u{feff}') == name)
        };
        let needed = |name: &str| {
            place(name).ok_or_else(|| format!("no column {name:?}; it needs path, speaker, label"))
        };
        Ok(Self {
            path: needed("path")?,
            speaker: needed("speaker")?,
            label: needed("label")?,
            sex: place("sex"),
            intensity: place("intensity"),
        })
    }
}

/// What the CSV reader says, in one line.
fn describe(error: &csv::Error) -> String {
    error.to_string().lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Manifest, EvalError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        std::fs::write(&path, text).unwrap();
        Manifest::read(&path)
    }

    #[test]
    fn columns_are_found_by_name_and_paths_from_the_folder() {
        let text = "label,note,path,speaker,sex\nCalm,x,a/b.wav,anna,f\nsmug,,c.wav,anna,f\n\
                    smug,,d.wav,anna,f\nanger,,/abs.wav,ben,m\n";
        let manifest = read(text).unwrap();
        let folder = manifest.path.parent().unwrap();
        assert_eq!(manifest.entries[0].path, folder.join("a/b.wav"));
        assert_eq!(manifest.entries[0].tone, Tone::Neutral);
        assert!(manifest.entries[0].is_calm());
        assert_eq!(manifest.entries[1].path, Path::new("/abs.wav"));
        assert_eq!((&*manifest.entries[1].speaker, &*manifest.entries[1].sex), ("ben", "m"));
        assert_eq!(manifest.skipped, BTreeMap::from([("smug".to_owned(), 2)]));
    }

    #[test]
    fn a_wrong_manifest_says_what_is_wrong() {
        let says = |text: &str| read(text).unwrap_err().to_string();
        assert!(says("path,label\n").contains("\"speaker\""));
        assert!(says("path,speaker,label\na.wav,x\n").contains("line: 2"));
        assert!(says("path,speaker,label\n,x,angry\n").contains("line 2: no path"));
        assert!(Manifest::read(Path::new("/nowhere.csv")).is_err());
    }
}
