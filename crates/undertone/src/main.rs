//! Undertone: hears, within a second, that a caller's tone has turned.

mod analyze;
mod bench;
mod calls_cmd;
mod classify;
mod cli;
mod config;
mod eval;
mod eval_asr;
mod eval_spikes;
mod eval_text;
mod exit;
mod keeping;
#[cfg(feature = "devices")]
mod listen;
mod models;
mod models_cmd;
mod output;
mod rules;
mod serve;
mod timeline;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    init_logs();
    let outcome = match cli.command {
        cli::Command::Analyze(args) => analyze::run(&args),
        cli::Command::Bench(args) => bench::run(&args),
        cli::Command::Calls(args) => calls_cmd::run(&args),
        cli::Command::Classify(args) => classify::run(&args),
        cli::Command::Config(args) => config::run(&args),
        cli::Command::Eval(args) => eval::run(&args.command),
        #[cfg(feature = "devices")]
        cli::Command::Devices(args) => listen::devices(&args),
        #[cfg(feature = "devices")]
        cli::Command::Listen(args) => listen::run(&args),
        cli::Command::Models(args) => models_cmd::run(&args),
        cli::Command::Serve(args) => serve::run(&args),
    };
    exit::report(outcome)
}

/// Logs go to stderr, and only when asked for: `UNDERTONE_LOG=debug`.
fn init_logs() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("UNDERTONE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
