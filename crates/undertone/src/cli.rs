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

/// Hears, within a second, that a caller's tone has turned, and why. Everything stays on
/// this machine.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 90)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the moments in recorded calls at which a caller's tone turns
    Analyze(AnalyzeArgs),
    /// List, show, export and delete the calls that were kept
    Calls(CallsArgs),
    /// Read the feeling and the service signals of a sentence
    Classify(ClassifyArgs),
    /// Measure how good the models are on labelled recordings and sentences
    Eval(EvalArgs),
    /// Find out how many calls this machine holds at once
    Bench(BenchArgs),
    /// Fetch, check and find Whisper models
    Models(ModelsArgs),
    /// Listen to a call on this machine's microphone and loudspeaker
    #[cfg(feature = "devices")]
    Listen(ListenArgs),
    /// List the microphones and loopbacks that can be listened to
    #[cfg(feature = "devices")]
    Devices(DevicesArgs),
    /// Listen to calls as telephone gateways send them
    Serve(ServeArgs),
    /// Write and check the configuration of `serve`
    Config(ConfigArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    pub(crate) command: EvalCommand,
}

/// Find the moments in recorded calls at which a caller's tone turns.
///
/// Prints a timeline of each call with its alerts, and why each was raised.
/// A stereo recording has one speaker a channel; a mono recording is taken as
/// the customer alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone analyze call.wav                  a timeline for people
  undertone analyze --json call.wav | jq .    one JSON event a line (docs/events.md)
  undertone analyze --realtime call.wav       at its own speed, with true delays
  undertone analyze --customer right *.flac   the customer is on the right channel
  undertone analyze --raw alaw:8000:1 *.al    files without a header
  undertone analyze --store calls.db *.flac   kept as well, for `undertone calls`

Exit code: 0 all read, 2 a file could not be read (to its end), 1 our fault.")]
pub(crate) struct AnalyzeArgs {
    /// Recordings of any common format and sample rate (docs/recordings.md)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// What is in files without a header: mulaw:8000:1, gsm, g726-32, s16le:16000:2
    #[arg(long, value_name = "FORMAT:RATE:CHANNELS")]
    pub(crate) raw: Option<RawFormat>,

    /// Samples a second, where the files say a wrong number
    #[arg(long, value_name = "HZ")]
    pub(crate) rate: Option<u32>,

    /// Channel of a stereo recording on which the customer speaks
    #[arg(long, value_enum, default_value_t = Side::Left)]
    pub(crate) customer: Side,

    /// Play each file at its own speed and measure end-to-end delay
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
