//! `undertone eval asr`: word error rate, delays and invented words.

use crate::eval::{Progress, print, sorted};
use crate::models::{self, WhisperArg};
use anyhow::Result;
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;
use undertone_engine::EngineSettings;
use undertone_eval::asr::{self, AsrReport, Delay, manifest};

/// Measure word error rate, delays and invented words.
///
/// Every recording is processed like a call: VAD cuts segments, and the recogniser
/// transcribes each. The manifest is a CSV file with the columns path (or file) and text, and
/// lane (customer or agent) if each channel is one speaker; rows of one recording and lane
/// are one text. Words transcribed where the text is empty are invented.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone eval asr --manifest audio-fixtures/calls-text.csv --whisper base.en
  undertone eval asr --manifest noise.csv --whisper models/whisper-fixture.bin --json

Exit code: 0 measured, 2 bad manifest, recording or model file, 1 internal error.")]
pub(crate) struct EvalAsrArgs {
    /// CSV file with the columns path and text
    #[arg(long, value_name = "CSV")]
    manifest: PathBuf,

    #[command(flatten)]
    whisper: WhisperArg,

    /// Also make partial transcripts, as in live calls, and measure the delay of words. A
    /// word counts as spoken midway between the last partial without it and the first one
    /// with it
    #[arg(long)]
    looks: bool,

    /// Print the figures as one JSON object on stdout, and nothing else
    #[arg(long)]
    json: bool,
}

/// Transcribes, measures, prints.
pub(crate) fn run(args: &EvalAsrArgs) -> Result<()> {
    let spoken = manifest::read(&args.manifest).map_err(sorted)?;
    let mut transcriber = args.whisper.required()?;
    let mut progress = Progress::new();
    let every = if args.looks { EngineSettings::default().partial_every } else { Duration::ZERO };
    let report = asr::evaluate(&spoken, &mut *transcriber, every, &mut |done, total| {
        progress.step(done, total);
    });
    progress.finish();
    let report = report.map_err(sorted)?;
    print(&report, args.json, table)
}

/// The figures as text, at most 80 columns wide.
fn table(report: &AsrReport) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", models::words_by(&report.model));
    let _ = writeln!(
        out,
        "{} recordings, {:.0} s, {:.0} s of it without words; {} segments\n",
        report.recordings, report.audio_s, report.silent_s, report.segments
    );
    let share = |value: Option<f64>| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", value * 100.0))
    };
    let errors = report.errors;
    let _ = writeln!(
        out,
        "{:<24} {:>8}   of {}: {} wrong, {} missed, {} added",
        "word error rate",
        share(report.wer),
        errors.said,
        errors.replaced,
        errors.missed,
        errors.invented
    );
    let invented = report.hallucinated_words_per_minute;
    let invented = invented.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let _ = writeln!(out, "{:<24} {invented:>8}   a minute without words", "invented words");
    let _ = writeln!(out, "{:<24} {:>8.3}", "real-time factor", report.rtf);
    delay(&mut out, "end of speech to words", report.final_delay);
    delay(&mut out, "  without the recogniser", report.added_delay);
    if report.word_delay != Delay::default() {
        delay(&mut out, "word to being shown", report.word_delay);
    }
    worst(&mut out, report);
    out
}

fn delay(out: &mut String, name: &str, delay: Delay) {
    let Delay { p50_ms, p95_ms } = delay;
    let _ = writeln!(out, "{name:<24} {p50_ms:>5.0} ms   p95 {p95_ms:.0} ms");
}

/// The recordings with the most word errors, at most twelve.
fn worst(out: &mut String, report: &AsrReport) {
    let mut each: Vec<_> = report.each.iter().filter(|one| one.errors.wrong() > 0).collect();
    if each.is_empty() {
        return;
    }
    each.sort_by(|a, b| b.wer.unwrap_or(1.0).total_cmp(&a.wer.unwrap_or(1.0)));
    let _ = writeln!(out, "\n{:>6} {:>6}  the worst", "wrong", "of");
    for one in each.into_iter().take(12) {
        let tail: String = one.name.chars().rev().take(64).collect();
        let name: String = tail.chars().rev().collect();
        let _ = writeln!(out, "{:>6} {:>6}  {name}", one.errors.wrong(), one.errors.said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_eval::asr::{RecordingReport, WordErrors};

    #[test]
    fn the_table_fits_eighty_columns() {
        let errors = WordErrors { said: 12_345, replaced: 1_000, missed: 100, invented: 100 };
        let one = RecordingReport {
            name: "a/".repeat(70) + "call.wav channel 1",
            wer: Some(0.5),
            errors,
            heard: "words".into(),
        };
        let report = AsrReport {
            model: "whisper-fixture".into(),
            wer: Some(0.0972),
            rtf: 0.031,
            hallucinated_words_per_minute: None,
            recordings: 1,
            audio_s: 512.0,
            silent_s: 0.0,
            segments: 104,
            errors,
            final_delay: Delay { p50_ms: 352.0, p95_ms: 401.0 },
            added_delay: Delay { p50_ms: 310.0, p95_ms: 320.0 },
            word_delay: Delay { p50_ms: 1_210.0, p95_ms: 2_020.0 },
            each: vec![one],
        };
        let table = table(&report);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(table.contains("9.7 %") && table.contains("synthetic"), "{table}");
        assert!(table.contains("call.wav channel 1"), "{table}");
    }
}
