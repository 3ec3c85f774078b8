//! `undertone config`: the file that `undertone serve` reads.

use crate::exit::BadInput;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use undertone_server::{Config, EXAMPLE};

/// Write and check the configuration of `undertone serve`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Write an example with every field explained; it works as it is
    Init(FileArg),
    /// Check a file: names the line and the field at fault
    Check(FileArg),
}

#[derive(Debug, Args)]
struct FileArg {
    /// The file
    #[arg(value_name = "FILE", default_value = "serve.toml")]
    file: PathBuf,
}

/// Writes or checks a file.
pub(crate) fn run(args: &ConfigArgs) -> Result<()> {
    match &args.command {
        ConfigCommand::Init(FileArg { file }) => init(file),
        ConfigCommand::Check(FileArg { file }) => check(file),
    }
}

/// The configuration in a file.
///
/// # Errors
/// [`BadInput`] naming the file, the line and the field at fault.
pub(crate) fn read(file: &Path) -> Result<Config> {
    let at_fault = |cause: String| BadInput(format!("{}: {cause}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| at_fault(error.to_string()))?;
    Ok(Config::parse(&text).map_err(|error| at_fault(error.to_string()))?)
}

fn init(file: &Path) -> Result<()> {
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    let mut created = match created {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let what = "is there already; name another file, or remove it";
            return Err(BadInput(format!("{}: {what}", file.display())).into());
        }
        created => created.with_context(|| file.display().to_string())?,
    };
    created.write_all(EXAMPLE.as_bytes()).with_context(|| file.display().to_string())?;
    println!("{}: written; begin with `undertone serve --config {0}`", file.display());
    Ok(())
}

fn check(file: &Path) -> Result<()> {
    let config = read(file)?;
    let (gateways, tokens) = (config.gateways.len(), config.tokens.len());
    println!("{}: good ({gateways} gateways, {tokens} tokens)", file.display());
    Ok(())
}
