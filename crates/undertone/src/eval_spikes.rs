//! `undertone eval spikes`: recall, false alerts and delay.

use crate::eval::{Progress, print, sorted};
use crate::exit;
use crate::models::DeviceArg;
use anyhow::{Context, Result};
use clap::Args;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use undertone_eval::EvalError;
use undertone_eval::manifest::Manifest;
use undertone_eval::spikes::{
    Bench, COMPARED_AT, Line, MomentFigures, SpikeFigures, SpikeReport, dump, html,
};
use undertone_fusion::FusionConfig;
use undertone_infer::AcousticModel as _;
use undertone_models::CandleAcoustic;

/// Measure recall, false alerts and delay on calls built from labelled clips.
///
/// Builds calls from labelled clips: a customer of one speaker's clips, with calm
/// stretches of 20 to 60 s, angry stretches of 6 to 15 s, and calls that stay calm, and
/// an agent of another's, who is calm. Clips are trimmed and normalised to one level, so
/// that loudness is not a cue. A spike is found if an alert is raised before it ends.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone eval spikes --manifest clips/manifest.csv
  undertone eval spikes --manifest clips/manifest.csv --condition phone --seed 1,2,3
  undertone eval spikes --manifest clips/manifest.csv --condition all --report out.html

Exit code: 0 measured, 2 bad manifest, condition or model file, 1 internal error.")]
pub(crate) struct EvalSpikesArgs {
    /// CSV file with the columns path, speaker, label, and intensity if known
    #[arg(long, value_name = "CSV")]
    manifest: PathBuf,

    /// Condition applied to the audio: clean, phone, far, noise:DB, loss:PCT, levels (phone
    /// with a loud and a quiet side, each with an echo of the other), several of them
    /// separated by commas, or all; recorded is phone with every clip at its recorded level
    #[arg(long, default_value = "clean", allow_hyphen_values = true)]
    condition: Lines,

    /// Seeds of the built calls, separated by commas; measured together
    #[arg(long, default_value = "1", value_delimiter = ',')]
    seed: Vec<u64>,

    /// Print the figures on stdout, one JSON object a condition, and nothing else
    #[arg(long)]
    json: bool,

    /// Also write an HTML page with charts of delay and recall against false alerts
    #[arg(long, value_name = "FILE.html", conflicts_with = "dump")]
    report: Option<PathBuf>,

    /// Only write the detector's inputs, one call a line, and measure nothing
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "json")]
    dump: Option<PathBuf>,

    /// Acoustic model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = "tone-open")]
    acoustic_model: String,

    #[command(flatten)]
    device: DeviceArg,
}

/// One condition or more.
#[derive(Debug, Clone)]
struct Lines(Vec<Line>);

impl FromStr for Lines {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        if text == "all" {
            return Ok(Self(Line::ALL.to_vec()));
        }
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// Builds the calls, measures, prints.
pub(crate) fn run(args: &EvalSpikesArgs) -> Result<()> {
    let manifest = Manifest::read(&args.manifest).map_err(sorted)?;
    let mut model = undertone_models::acoustic(&args.acoustic_model, &args.device.open()?)
        .map_err(exit::sorted)?;
    let mut config = FusionConfig::default();
    if let Some(calm) = model.calm() {
        config.detector.calm = calm;
    }
    let mut progress = Progress::new();
    let step = &mut |done, total| progress.step(done, total);
    let bench = Bench::read(&manifest, step).map_err(sorted)?;
    if let Some(path) = &args.dump {
        return write_dump(path, &bench, &mut model, args);
    }
    let lines = args.condition.0.iter();
    let reports = lines.map(|&line| bench.measure(&mut model, &config, line, &args.seed, step));
    let reports: Result<Vec<_>, _> = reports.collect();
    progress.finish();
    let reports = reports.map_err(sorted)?;
    if let Some(path) = &args.report {
        std::fs::write(path, html(&reports))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    reports.iter().try_for_each(|report| print(report, args.json, table))
}

fn write_dump(
    path: &Path,
    bench: &Bench,
    model: &mut CandleAcoustic,
    args: &EvalSpikesArgs,
) -> Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let mut out = BufWriter::new(File::create(path).with_context(failed)?);
    for &line in &args.condition.0 {
        for call in args.seed.iter().flat_map(|&seed| bench.calls(line, seed)) {
            dump(&call, model, &mut out).map_err(sorted)?;
        }
    }
    out.flush().with_context(failed)
}

/// The figures as text, at most 80 columns wide.
fn table(report: &SpikeReport) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}, {}, seeds {:?}", report.model, report.condition, report.seeds);
    let _ = writeln!(
        out,
        "{} calls, {} spikes, {:.2} calm hours; {:.1} ms to an alert (p99)\n",
        report.calls, report.spikes, report.calm_hours, report.compute_p99_ms
    );
    let _ = writeln!(
        out,
        "{:<20} {:>6} {:>6} {:>6} {:>7} {:>6} {:>6} {:>6} {:>7}",
        "", "recall", "strong", "normal", "false/h", "p50 s", "p95 s", "tone", "agent/h"
    );
    row(&mut out, "as shipped", &report.shipped);
    if let Some(spread) = &report.spread {
        row(&mut out, "+- from seed to seed", spread);
    }
    let _ = writeln!(out, "\nat {COMPARED_AT} false alarms a calm hour:");
    for detector in &report.detectors {
        row(&mut out, detector.name, &detector.compared);
    }
    let rising = &report.rising;
    if let (Some(warned), Some(room)) = (rising.warned, rising.room) {
        let _ = writeln!(
            out,
            "\nearly warnings: {warned:.2} of {} spikes a second or more ahead ({room:.2} were\n\
             told of late enough for one), {:.1} false an hour",
            rising.spikes, rising.false_per_hour
        );
    }
    moments(&mut out, &report.moments);
    if report.unreadable > 0 {
        let _ = writeln!(out, "\ncannot be read: {} clips", report.unreadable);
    }
    out.push('\n');
    out
}

fn moments(out: &mut String, moments: &[MomentFigures]) {
    if !moments.is_empty() {
        let _ = writeln!(out, "\n{:<20} {:>15} {:>12}", "moments", "an hour of calm", "in spikes");
    }
    for MomentFigures { kind, calm_per_hour, in_spikes } in moments {
        let in_spikes = in_spikes.map_or("-".to_owned(), |share| format!("{share:.2}"));
        let _ = writeln!(out, "{kind:<20} {calm_per_hour:>15.1} {in_spikes:>12}");
    }
}

fn row(out: &mut String, name: &str, figures: &SpikeFigures) {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let _ = writeln!(
        out,
        "{name:<20} {:>6} {:>6} {:>6} {:>7.1} {:>6} {:>6} {:>6} {:>7.1}",
        number(figures.recall),
        number(figures.recall_strong),
        number(figures.recall_normal),
        figures.false_alarms_per_hour,
        number(figures.delay_p50_s),
        number(figures.delay_p95_s),
        number(figures.tone_right),
        figures.agent_alarms_per_hour
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::MomentKind;

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
            seeds: vec![1, 2, 3],
            calls: 72,
            spikes: 144,
            calm_hours: 2.5,
            unreadable: 3,
            rising: undertone_eval::spikes::RisingFigures::default(),
            moments: vec![MomentFigures {
                kind: MomentKind::Interruption,
                calm_per_hour: 1234.5,
                in_spikes: Some(0.5),
            }],
            spread: Some(figures.clone()),
            shipped: figures,
            compute_p99_ms: 3.2,
            detectors: Vec::new(),
        };
        let table = table(&report);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(table.contains("1234.5") && table.contains("1.75"), "{table}");
    }

    #[test]
    fn conditions_are_listed_or_all() {
        let lines = |text: &str| text.parse::<Lines>().map(|lines| lines.0.len()).ok();
        assert_eq!(lines("clean"), Some(1));
        assert_eq!(lines("phone,levels,loss:5"), Some(3));
        assert_eq!(lines("all"), Some(6));
        assert_eq!(lines("phone,loud"), None);
    }
}
