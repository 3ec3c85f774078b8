//! The report of a measurement.

use super::Work;
use super::figures::{ClipScore, Figures};
use crate::manifest::{Entry, Manifest};
use serde::Serialize;
use std::collections::BTreeMap;
use undertone_signal::Tone;

/// The outcome of [`evaluate`](super::evaluate); as JSON its keys are the names of
/// the fields, those of [`Figures`] at the top level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcousticReport {
    /// Name of the model.
    pub model: String,
    /// The manifest.
    pub manifest: String,
    /// The condition, as written on the command line.
    pub condition: String,
    /// Over all clips.
    #[serde(flatten)]
    pub figures: Figures,
    /// By the sex in the manifest.
    pub by_sex: BTreeMap<String, Figures>,
    /// Length of the clips, in seconds.
    pub audio_s: f64,
    /// Windows scored.
    pub windows: u64,
    /// Windows scored per second: features and model, one thread.
    pub windows_per_second: f64,
    /// Corpus labels that were mapped to one of the seven tones.
    pub mapped: BTreeMap<String, Tone>,
    /// What was skipped.
    pub skipped: Skipped,
}

/// What a measurement skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Skipped {
    /// Clips whose label is none of the seven tones, by label.
    pub labels: BTreeMap<String, usize>,
    /// Clips that could not be read.
    pub unreadable: Unreadable,
}

/// Clips that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Unreadable {
    /// How many.
    pub clips: usize,
    /// Why the first of them could not.
    pub first: Option<String>,
}

impl Unreadable {
    pub(super) fn add(&mut self, cause: String) {
        self.clips += 1;
        self.first.get_or_insert(cause);
    }

    /// Says why there is nothing to measure.
    pub(super) fn cause(self) -> String {
        self.first.unwrap_or_else(|| "no row has one of the seven tones as its label".to_owned())
    }
}

pub(super) fn assemble(
    manifest: &Manifest,
    clips: &[ClipScore],
    unreadable: Unreadable,
    work: Work,
) -> AcousticReport {
    let renamed = |entry: &&Entry| entry.label != entry.tone.name();
    let mapped = manifest.entries.iter().filter(renamed);
    AcousticReport {
        model: work.model,
        manifest: manifest.path.display().to_string(),
        condition: work.condition.to_string(),
        figures: Figures::of(clips),
        by_sex: by_sex(clips),
        audio_s: work.audio_s,
        windows: work.windows,
        windows_per_second: work.windows as f64 / work.spent.as_secs_f64().max(1e-9),
        mapped: mapped.map(|entry| (entry.label.clone(), entry.tone)).collect(),
        skipped: Skipped { labels: manifest.skipped.clone(), unreadable },
    }
}

fn by_sex(clips: &[ClipScore]) -> BTreeMap<String, Figures> {
    let mut groups: BTreeMap<&str, Vec<ClipScore>> = BTreeMap::new();
    for clip in clips.iter().filter(|clip| !clip.entry.sex.is_empty()) {
        groups.entry(&clip.entry.sex).or_default().push(*clip);
    }
    groups.into_iter().map(|(sex, clips)| (sex.to_owned(), Figures::of(&clips))).collect()
}
