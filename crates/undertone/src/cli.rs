//! The command line, as the user types it.

use crate::bench::BenchArgs;
use crate::calls_cmd::CallsArgs;
use crate::classify::ClassifyArgs;
use crate::config::ConfigArgs;
use crate::eval::EvalCommand;
use crate::keeping::StoreArgs;
#[cfg(feature = "devices")]
use crate::listen::{DevicesArgs, ListenArgs};
use crate::models::{DeviceArg, ReadingArgs, WhisperArg};
use crate::models_cmd::ModelsArgs;
use crate::rules::RulesArgs;
use crate::serve::ServeArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use undertone_capture::RawFormat;

/// Detects within about a second that a caller's tone has turned, and why. Everything runs
/// on this machine.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 90)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Analyse recorded calls: timeline, alerts and their evidence
    Analyze(AnalyzeArgs),
    /// List, show, export and delete stored calls
    Calls(CallsArgs),
    /// Find the emotions and service signals of a sentence
    Classify(ClassifyArgs),
    /// Measure the models on labelled recordings and sentences
    Eval(EvalArgs),
    /// Measure how many calls this machine processes in real time
    Bench(BenchArgs),
    /// Pull, verify and list Whisper models
    Models(ModelsArgs),
    /// Analyse a live call on this machine's microphone and output
    #[cfg(feature = "devices")]
    Listen(ListenArgs),
    /// List microphones and loopbacks
    #[cfg(feature = "devices")]
    Devices(DevicesArgs),
    /// Analyse live calls from telephone gateways
    Serve(ServeArgs),
    /// Write and check the configuration of `serve`
    Config(ConfigArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    pub(crate) command: EvalCommand,
}

/// Analyse recorded calls: timeline, alerts and their evidence.
///
/// In a stereo recording each channel is one speaker; a mono recording is taken as the
/// customer alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone analyze call.wav                  a timeline for people
  undertone analyze --json call.wav | jq .    one JSON event a line (docs/events.md)
  undertone analyze --realtime call.wav       at its own speed, with true delays
  undertone analyze --customer right *.flac   the customer is on the right channel
  undertone analyze --raw alaw:8000:1 *.al    files without a header
  undertone analyze --store calls.db *.flac   kept as well, for `undertone calls`

Exit code: 0 all read, 2 a file could not be read (to its end), 1 internal error.")]
pub(crate) struct AnalyzeArgs {
    /// Recordings of any common format and sample rate (docs/recordings.md)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Format of files without a header: mulaw:8000:1, gsm, g726-32, s16le:16000:2
    #[arg(long, value_name = "FORMAT:RATE:CHANNELS")]
    pub(crate) raw: Option<RawFormat>,

    /// Sample rate, if the files have a wrong one
    #[arg(long, value_name = "HZ")]
    pub(crate) rate: Option<u32>,

    /// The customer's channel in a stereo recording
    #[arg(long, value_enum, default_value_t = Side::Left)]
    pub(crate) customer: Side,

    /// Play each file in real time and measure end-to-end delay
    #[arg(long)]
    pub(crate) realtime: bool,

    /// Print one JSON event a line on stdout, and nothing else
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) rules: RulesArgs,

    /// Acoustic model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = "tone-open")]
    pub(crate) acoustic_model: String,

    #[command(flatten)]
    pub(crate) whisper: WhisperArg,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,

    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Side {
    pub(crate) const fn channel(self) -> u16 {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
