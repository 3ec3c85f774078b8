//! `undertone eval spikes`: how soon and how surely a turn of tone is found.

use crate::eval::{Progress, print, sorted};
use crate::exit::BadInput;
use crate::models::DeviceArg;
use anyhow::{Context, Result};
use clap::Args;
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use undertone_emotion::CandleAcoustic;
use undertone_eval::Condition;
use undertone_eval::manifest::Manifest;
use undertone_eval::spikes::{
    COMPARED_AT, CallPlan, SpikeFigures, SpikeReport, dump, evaluate, heard_calls, html,
};
use undertone_fusion::FusionConfig;
use undertone_infer::AcousticModel as _;

/// Measure how soon and how surely a turn of tone is found.
///
/// Builds calls from labelled clips, one speaker each: calm stretches of 20 to
/// 60 s from neutral and calm clips, angry stretches of 6 to 15 s, and calls that
/// stay calm. Clips are trimmed and brought to one level, so that loudness alone
/// cannot win. A spike is found if an alert is raised before it ends.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone eval spikes --manifest clips/manifest.csv
  undertone eval spikes --manifest clips/manifest.csv --condition phone --json

Exit code: 0 measured, 2 bad manifest, condition or model file, 1 our fault.")]
pub(crate) struct EvalSpikesArgs {
    /// CSV file with the columns path, speaker, label, and intensity if known
    #[arg(long, value_name = "CSV")]
    manifest: PathBuf,

    /// What happens to the sound first: clean, phone, far, noise:DB or loss:PCT
    #[arg(long, default_value = "clean", allow_hyphen_values = true)]
    condition: Condition,

    /// Seed of the built calls
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Print the figures as one JSON object on stdout, and nothing else
    #[arg(long)]
    json: bool,

    /// Also write an HTML page with delay and recall against false alarms as pictures
    #[arg(long, value_name = "FILE.html", conflicts_with = "dump")]
    report: Option<PathBuf>,

    /// Only write what the detector is given, a call a line, and measure nothing
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "json")]
    dump: Option<PathBuf>,

    /// Acoustic model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = "tone-open")]
    acoustic_model: String,

    #[command(flatten)]
    device: DeviceArg,
}

/// Builds the calls, measures, prints.
pub(crate) fn run(args: &EvalSpikesArgs) -> Result<()> {
    let manifest = Manifest::read(&args.manifest).map_err(sorted)?;
    let mut model = CandleAcoustic::open(&args.acoustic_model, &args.device.open()?)
        .map_err(|error| BadInput(error.to_string()))?;
    let plan = CallPlan { seed: args.seed, ..CallPlan::default() };
    let mut config = FusionConfig::default();
    if let Some(calm) = model.calm() {
        config.detector.calm = calm;
    }
    let mut progress = Progress::new();
    if let Some(path) = &args.dump {
        let step = &mut |done, total| progress.step(done, total);
        let heard = heard_calls(&manifest, &mut model, args.condition, &plan, step);
        let (calls, _) = heard.map_err(sorted)?;
        let write = || dump(&calls, &mut BufWriter::new(File::create(path)?));
        return write().with_context(|| format!("cannot write {}", path.display()));
    }
    let report =
        evaluate(&manifest, &mut model, &config, args.condition, &plan, &mut |done, total| {
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

/// The figures for a person, at most 80 columns wide.
fn table(report: &SpikeReport) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}, {}, seed {}", report.model, report.condition, report.seed);
    let _ = writeln!(
        out,
        "{} calls, {} spikes, {:.2} calm hours; {:.1} ms to an alert (p99)\n",
        report.calls, report.spikes, report.calm_hours, report.compute_p99_ms
    );
    let _ = writeln!(
        out,
        "{:<22} {:>6} {:>6} {:>6} {:>8} {:>7} {:>7} {:>6}",
        "", "recall", "strong", "normal", "false/h", "p50 s", "p95 s", "tone"
    );
    row(&mut out, "as shipped", &report.shipped);
    let _ = writeln!(out, "\nat {COMPARED_AT} false alarms a calm hour:");
    for detector in &report.detectors {
        row(&mut out, detector.name, &detector.compared);
    }
    let rising = &report.rising;
    if let Some(warned) = rising.warned {
        let _ = writeln!(
            out,
            "\nearly warnings: {warned:.2} of {} spikes a second or more ahead, {:.1} false an hour",
            rising.spikes, rising.false_per_hour
        );
    }
    if report.unreadable > 0 {
        let _ = writeln!(out, "\ncannot be read: {} clips", report.unreadable);
    }
    out
}

fn row(out: &mut String, name: &str, figures: &SpikeFigures) {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let _ = writeln!(
        out,
        "{name:<22} {:>6} {:>6} {:>6} {:>8.1} {:>7} {:>7} {:>6}",
        number(figures.recall),
        number(figures.recall_strong),
        number(figures.recall_normal),
        figures.false_alarms_per_hour,
        number(figures.delay_p50_s),
        number(figures.delay_p95_s),
        number(figures.tone_right)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_eighty_columns() {
        let figures = SpikeFigures {
            recall: Some(0.975),
            delay_p95_s: Some(1.75),
            false_alarms_per_hour: 1234.5,
            ..SpikeFigures::default()
        };
        let report = SpikeReport {
            model: "tone-open".into(),
            condition: "phone".into(),
            seed: 1,
            calls: 72,
            spikes: 144,
            calm_hours: 2.5,
            unreadable: 3,
            rising: undertone_eval::spikes::RisingFigures::default(),
            shipped: figures,
            compute_p99_ms: 3.2,
            detectors: Vec::new(),
        };
        let table = table(&report);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(table.contains("1234.5") && table.contains("1.75"), "{table}");
    }
}
