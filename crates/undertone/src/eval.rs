//! `undertone eval`: accuracy of the models on labelled data.

use crate::eval_asr::{self, EvalAsrArgs};
use crate::eval_spikes::{self, EvalSpikesArgs};
use crate::eval_text::{self, EvalTextArgs};
use crate::exit::{self, BadInput};
use crate::models::DeviceArg;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use undertone_eval::acoustic::{AcousticReport, Figures, html};
use undertone_eval::manifest::Manifest;
use undertone_eval::{Condition, EvalError, acoustic};
use undertone_signal::Tone;

/// No progress bar before this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Measure the acoustic model on labelled clips
    Acoustic(EvalAcousticArgs),
    /// Measure recall, false alerts and delay on calls built from labelled clips
    Spikes(EvalSpikesArgs),
    /// Measure the text model on labelled sentences
    Text(EvalTextArgs),
    /// Measure word error rate, delays and invented words of a recogniser
    Asr(EvalAsrArgs),
}

/// Measure the acoustic model on labelled clips.
///
/// The manifest is a CSV file with the columns path, speaker and label, and sex
/// if known; paths are relative to its folder. Labels outside the seven tones are
/// mapped (calm to neutral, fear to fearful, ...) or left out and counted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone eval acoustic --manifest clips/manifest.csv
  undertone eval acoustic --manifest clips/manifest.csv --condition phone --json
  undertone eval acoustic --manifest clips/manifest.csv --report report.html

Exit code: 0 measured, 2 bad manifest, condition or model file, 1 internal error.")]
pub(crate) struct EvalAcousticArgs {
    /// CSV file with the columns path, speaker, label
    #[arg(long, value_name = "CSV")]
    pub(crate) manifest: PathBuf,

    /// Condition applied to the audio: clean, phone, far, noise:DB or loss:PCT
    #[arg(long, default_value = "clean", allow_hyphen_values = true)]
    pub(crate) condition: Condition,

    /// Print the figures as one JSON object on stdout, and nothing else
    #[arg(long)]
    pub(crate) json: bool,

    /// Also write an HTML page with the confusion table as a picture
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,

    /// Only write the prosody and scores of each window, for training
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["json", "report"])]
    pub(crate) dump: Option<PathBuf>,

    /// Acoustic model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = "tone-open")]
    pub(crate) acoustic_model: String,

    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

/// Measures what `command` names.
pub(crate) fn run(command: &EvalCommand) -> Result<()> {
    match command {
        EvalCommand::Acoustic(args) => acoustic(args),
        EvalCommand::Spikes(args) => eval_spikes::run(args),
        EvalCommand::Text(args) => eval_text::run(args),
        EvalCommand::Asr(args) => eval_asr::run(args),
    }
}

fn acoustic(args: &EvalAcousticArgs) -> Result<()> {
    let manifest = Manifest::read(&args.manifest).map_err(sorted)?;
    let mut model = undertone_models::acoustic(&args.acoustic_model, &args.device.open()?)
        .map_err(exit::sorted)?;
    let mut progress = Progress::new();
    if let Some(path) = &args.dump {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let step = &mut |done, total| progress.step(done, total);
        let out = &mut BufWriter::new(file);
        let left_out =
            acoustic::dump(&manifest, &mut model, args.condition, out, step).map_err(sorted)?;
        return match left_out.first {
            None => Ok(()),
            Some(first) => Err(BadInput(format!(
                "{} clips cannot be read and were left out, first {first}",
                left_out.clips
            ))
            .into()),
        };
    }
    let report = acoustic::evaluate(&manifest, &mut model, args.condition, &mut |done, total| {
        progress.step(done, total);
    });
    progress.finish();
    let report = report.map_err(sorted)?;
    if let Some(path) = &args.report {
        std::fs::write(path, html(&report))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    print(&report, args.json, table)
}

/// Prints a report on stdout, as one JSON object or as a `table`.
pub(crate) fn print<R: Serialize>(report: &R, json: bool, table: fn(&R) -> String) -> Result<()> {
    if json {
        return print_json(report);
    }
    anstream::stdout().lock().write_all(table(report).as_bytes()).context("cannot write to stdout")
}

/// Prints a report on stdout as one JSON object on a line of its own.
pub(crate) fn print_json(report: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(report).context("cannot write the report as JSON")?;
    writeln!(anstream::stdout().lock(), "{text}").context("cannot write to stdout")
}

/// Bad input is the user's fault, a failing model is ours.
pub(crate) fn sorted(error: EvalError) -> anyhow::Error {
    match error {
        EvalError::Model(error) => error.into(),
        error => BadInput(error.to_string()).into(),
    }
}

/// A progress bar on stderr, once the work has taken a while.
pub(crate) struct Progress {
    began: Instant,
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), bar: ProgressBar::hidden() }
    }

    pub(crate) fn step(&mut self, done: usize, total: usize) {
        if self.bar.is_hidden() && self.began.elapsed() > PATIENCE {
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta:>4}");
            self.bar = ProgressBar::new(total as u64);
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            // On no terminal it stays hidden; asking again for every clip is cheap.
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Name of a figure and its field.
type Row = (&'static str, fn(&Figures) -> Option<f64>);

const ROWS: [Row; 6] = [
    ("UAR", |figures| figures.uar),
    ("UAR, 4 tones", |figures| figures.uar_four),
    ("macro F1", |figures| figures.macro_f1),
    ("anger AUC", |figures| figures.anger_auc),
    ("anger AUC, baseline", |figures| figures.anger_auc_baseline),
    ("calibration error", |figures| figures.ece),
];

/// The figures as text, at most 80 columns wide.
fn table(report: &AcousticReport) -> String {
    let AcousticReport { figures, windows, windows_per_second, .. } = report;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}, {}, {}", report.model, report.condition, report.manifest);
    let _ = writeln!(
        out,
        "{} clips of {} speakers, {:.0} s; {windows} windows, {windows_per_second:.0} a second\n",
        figures.clips, figures.speakers, report.audio_s
    );
    overview(&mut out, report);
    confusion(&mut out, figures);
    notes(&mut out, report);
    out
}

fn overview(out: &mut String, report: &AcousticReport) {
    // A manifest may put anything in its column; four groups still fit the line.
    let groups: Vec<_> = report.by_sex.iter().take(4).collect();
    let columns = || std::iter::once(&report.figures).chain(groups.iter().map(|group| group.1));
    let _ = write!(out, "{:<20} {:>8}", "", "all");
    for (sex, _) in &groups {
        let _ = write!(out, " {sex:>8.8}");
    }
    let _ = write!(out, "\n{:<20}", "clips");
    for figures in columns() {
        let _ = write!(out, " {:>8}", figures.clips);
    }
    out.push('\n');
    for (name, figure) in ROWS {
        let _ = write!(out, "{name:<20}");
        for figures in columns() {
            let _ = write!(out, " {:>8}", number(figure(figures)));
        }
        out.push('\n');
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

fn confusion(out: &mut String, figures: &Figures) {
    let _ = write!(out, "\n{:<10} {:>6}  ", "true tone", "recall");
    for tone in Tone::ALL {
        let _ = write!(out, " {:>7.7}", tone.name());
    }
    out.push('\n');
    for tone in Tone::ALL {
        let Some(&recall) = figures.recall.get(&tone) else { continue };
        let _ = write!(out, "{tone:<10} {recall:>6.3}  ");
        for count in figures.confusion.rows[tone.index()] {
            let _ = write!(out, " {count:>7}");
        }
        out.push('\n');
    }
}

fn notes(out: &mut String, report: &AcousticReport) {
    if !report.mapped.is_empty() {
        let mapped: Vec<_> =
            report.mapped.iter().map(|(label, tone)| format!("{label} as {tone}")).collect();
        let _ = writeln!(out, "\ncounted: {}", mapped.join(", "));
    }
    if !report.skipped.labels.is_empty() {
        let labels: Vec<_> =
            report.skipped.labels.iter().map(|(label, clips)| format!("{clips} {label}")).collect();
        let _ = writeln!(out, "\nleft out: {}", labels.join(", "));
    }
    let unreadable = &report.skipped.unreadable;
    if let Some(first) = &unreadable.first {
        let _ = writeln!(out, "\ncannot be read: {} clips, first {first}", unreadable.clips);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use undertone_eval::metrics::Confusion;

    fn figures() -> Figures {
        let pairs = Tone::ALL.into_iter().flat_map(|tone| [(tone, tone), (tone, Tone::Sad)]);
        Figures {
            clips: 123_456,
            speakers: 24,
            uar: Some(0.571_4),
            uar_four: None,
            macro_f1: Some(0.5),
            anger_auc: Some(0.97),
            anger_auc_baseline: Some(0.98),
            ece: Some(0.05),
            recall: Tone::ALL.into_iter().map(|tone| (tone, 0.5)).collect(),
            confusion: Confusion::count(pairs),
        }
    }

    #[test]
    fn the_table_fits_eighty_columns_and_holds_every_figure() {
        let sexes = ["f", "m", "unknown or other", "x", "y", "z"];
        let report = AcousticReport {
            model: "tone-open".into(),
            manifest: "clips/manifest.csv".into(),
            condition: "noise:10".into(),
            figures: figures(),
            by_sex: sexes.map(|sex| (sex.to_owned(), figures())).into(),
            audio_s: 5_000.0,
            windows: 1_000_000,
            windows_per_second: 500.0,
            mapped: BTreeMap::from([("calm".to_owned(), Tone::Neutral)]),
            skipped: undertone_eval::acoustic::Skipped::default(),
        };
        let table = table(&report);
        for line in table.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for words in ["0.571", "0.970", "0.980", "0.050", "surpris", "calm as neutral", "123456"] {
            assert!(table.contains(words), "{words} is not in\n{table}");
        }
    }
}
