//! `undertone eval text`: accuracy of emotions and signals from words.

use crate::eval::{Progress, print, sorted};
use crate::exit::BadInput;
use crate::models::TextArgs;
use anyhow::Result;
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;
use undertone_eval::text::{EmotionFigures, TextReport, evaluate};

/// Measure the text model on labelled sentences.
///
/// Reads GoEmotions' own files (text, label numbers), or a table with a header:
/// `text` and `label` (emotions, or negative, neutral and positive), or `text` and
/// `signal` (its name, or `not` and its name for a near miss). Tab-separated, or
/// comma-separated where the name ends in .csv.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone eval text --manifest goemotions/test.tsv
  undertone eval text --manifest goemotions/test.tsv --speech --json
  undertone eval text --manifest benches/data/signals-held-out.tsv

Exit code: 0 measured, 2 bad manifest or model file, 1 internal error.")]
pub(crate) struct EvalTextArgs {
    /// Table of sentences and their labels
    #[arg(long, value_name = "TSV")]
    manifest: PathBuf,

    /// Change the sentences to a recogniser's form: lower case, no punctuation
    #[arg(long)]
    speech: bool,

    /// Print the figures as one JSON object on stdout, and nothing else
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: TextArgs,
}

/// Scores every sentence, measures, prints.
pub(crate) fn run(args: &EvalTextArgs) -> Result<()> {
    let mut model = args.model.open()?;
    let thresholds = <[f32; 7]>::try_from(&model.config().ekman_thresholds[..])
        .map_err(|_| BadInput(format!("{}: it has not seven groups", args.model.text_model)))?;
    let mut progress = Progress::new();
    let report =
        evaluate(&args.manifest, &mut model, &thresholds, args.speech, &mut |done, total| {
            progress.step(done, total);
        });
    progress.finish();
    let report = report.map_err(sorted)?;
    print(&report, args.json, table)
}

/// The figures as text, at most 80 columns wide.
fn table(report: &TextReport) -> String {
    let mut out = String::new();
    let speech = if report.speech { ", as speech" } else { "" };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}{speech}, {}", report.model, report.manifest);
    let _ = writeln!(out, "{} sentences\n", report.sentences);
    if let Some(figures) = &report.emotions {
        emotions(&mut out, figures);
    }
    if let Some(auc) = report.negative_auc {
        let _ = writeln!(out, "negative against the rest, AUC  {auc:.3}");
    }
    if !report.signals.is_empty() {
        let _ =
            writeln!(out, "{:<20} {:>9} {:>7} {:>9}", "signal", "precision", "recall", "sentences");
    }
    let together = report.signals_together.iter().map(|signal| ("all", signal));
    let each = report.signals.iter().map(|(name, signal)| (name.as_str(), signal));
    for (name, signal) in each.chain(together) {
        let sentences = signal.meant + signal.not_meant;
        let (precision, recall) = (number(signal.precision), number(signal.recall));
        let _ = writeln!(out, "{name:<20.20} {precision:>9} {recall:>7} {sentences:>9}");
    }
    out
}

fn emotions(out: &mut String, figures: &EmotionFigures) {
    let _ = writeln!(out, "macro F1             {:.3}", figures.macro_f1);
    let _ = writeln!(out, "macro F1, Ekman      {:.3}", figures.ekman_macro_f1);
    let _ = writeln!(out, "calibration error    {:.3}\n", figures.calibration_error);
    let _ = writeln!(
        out,
        "{:<20} {:>9} {:>7} {:>7} {:>9}",
        "emotion", "precision", "recall", "F1", "sentences"
    );
    for (name, class) in &figures.classes {
        let (precision, recall) = (number(class.precision), number(class.recall));
        let (f1, sentences) = (class.f1, class.sentences);
        let _ = writeln!(out, "{name:<20} {precision:>9} {recall:>7} {f1:>7.3} {sentences:>9}");
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}
