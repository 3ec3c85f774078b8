//! `undertone models`: fetching Whisper models, and knowing which are here.

mod cache;
mod download;
mod manifest;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;

use crate::exit::BadInput;
use anyhow::{Result, bail};
use cache::{Cache, Condition};
use clap::{Args, Subcommand};
use download::{Download, Limits, Source};
use indicatif::{ProgressBar, ProgressStyle};
use manifest::{Entry, Manifest};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where models come from, if neither `--from` nor the manifest shall say.
const MIRROR: &str = "UNDERTONE_MODELS_MIRROR";

/// Fetch Whisper models and keep track of them.
///
/// Models are checked against the size and SHA-256 that this program was built
/// with, whichever way they came.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone models list
  undertone models pull base.en               from Hugging Face, resumed if cut off
  undertone models pull base.en --from /mnt/usb
  undertone analyze --whisper \"$(undertone models path base.en)\" call.wav

Environment:
  UNDERTONE_MODELS_MIRROR    URL or folder to pull from when --from is not given")]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// Show which models there are and which are installed
    List,
    /// Fetch models, going on where an earlier pull was cut off
    Pull {
        /// Names as `undertone models list` shows them
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Fetch from this URL or folder instead of Hugging Face
        #[arg(long, value_name = "URL|DIR")]
        from: Option<String>,
    },
    /// Check installed models against their SHA-256
    Verify {
        /// Names; all that are installed if none is given
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print the path of an installed model
    Path {
        /// Name as `undertone models list` shows it
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Runs `undertone models …`.
pub(crate) fn run(args: &ModelsArgs) -> Result<()> {
    let manifest = Manifest::built_in()?;
    let cache = Cache::of_user()?;
    let mut out = std::io::stdout().lock();
    match &args.command {
        ModelsCommand::List => list(&manifest, &cache, &mut out),
        ModelsCommand::Pull { names, from } => {
            let source = source(from.as_deref(), &manifest);
            pull(&manifest.find_all(names)?, &source, &cache, &mut out)
        }
        ModelsCommand::Verify { names } => verify(&manifest, names, &cache, &mut out),
        ModelsCommand::Path { name } => {
            let path = installed(&manifest, &cache, name)?;
            Ok(writeln!(out, "{}", path.display())?)
        }
    }
}

/// The model file meant by `--whisper`: a file as it is, or else the installed
/// model of that name.
pub(crate) fn resolve(name_or_path: &Path) -> Result<PathBuf> {
    let manifest = Manifest::built_in()?;
    match name_or_path.to_str() {
        Some(name) if !name_or_path.exists() && manifest.find(name).is_ok() => {
            installed(&manifest, &Cache::of_user()?, name)
        }
        _ => Ok(name_or_path.to_owned()),
    }
}

/// The best model that has been pulled; `None` without any.
pub(crate) fn best_installed() -> Result<Option<PathBuf>> {
    best(&Manifest::built_in()?, &Cache::of_user()?)
}

/// The last of `manifest` that is in `cache`: it goes from the least to the best.
fn best(manifest: &Manifest, cache: &Cache) -> Result<Option<PathBuf>> {
    for entry in manifest.models.iter().rev() {
        if cache.glance(entry)? == Condition::Sound {
            return Ok(Some(cache.path(entry)));
        }
    }
    Ok(None)
}

fn source(from: Option<&str>, manifest: &Manifest) -> Source {
    let mirror = std::env::var(MIRROR).ok().filter(|mirror| !mirror.is_empty());
    Source::parse(from.or(mirror.as_deref()).unwrap_or(&manifest.source))
}

fn installed(manifest: &Manifest, cache: &Cache, name: &str) -> Result<PathBuf> {
    let entry = manifest.find(name)?;
    match cache.glance(entry)? {
        Condition::Sound => Ok(cache.path(entry)),
        _ => bail!(BadInput(format!(
            "whisper model {name} is not installed; fetch it with: undertone models pull {name}"
        ))),
    }
}

fn list(manifest: &Manifest, cache: &Cache, out: &mut impl Write) -> Result<()> {
    writeln!(out, "{:<20} {:>7}  {:<13} {:<8} here", "NAME", "SIZE", "LANGUAGES", "LICENCE")?;
    for entry in &manifest.models {
        let here = match cache.glance(entry)? {
            Condition::Sound => "yes",
            Condition::Missing => "no",
            Condition::Damaged => "damaged",
        };
        let size = format!("{} MB", entry.bytes / 1_000_000);
        let Entry { name, languages, licence, .. } = entry;
        writeln!(out, "{name:<20} {size:>7}  {languages:<13} {licence:<8} {here}")?;
    }
    Ok(writeln!(out, "\nfrom {}\nin   {}", manifest.source, cache.folder().display())?)
}

fn pull(entries: &[&Entry], source: &Source, cache: &Cache, out: &mut impl Write) -> Result<()> {
    for entry in entries {
        let path = cache.path(entry);
        if cache.inspect(entry, |_| ())? == Condition::Sound {
            writeln!(out, "{} is already here: {}", entry.name, path.display())?;
            continue;
        }
        let bar = progress_bar(entry);
        Download::new(entry, source, cache, Limits::default())
            .run(&mut |at| bar.set_position(at))?;
        bar.finish_and_clear();
        writeln!(out, "{} ({} licence): {}", entry.name, entry.licence, path.display())?;
    }
    Ok(())
}

fn verify(
    manifest: &Manifest,
    names: &[String],
    cache: &Cache,
    out: &mut impl Write,
) -> Result<()> {
    let all = names.is_empty();
    let entries = if all { manifest.models.iter().collect() } else { manifest.find_all(names)? };
    let mut bad = Vec::new();
    for entry in entries {
        let bar = progress_bar(entry);
        let condition = cache.inspect(entry, |at| bar.set_position(at))?;
        bar.finish_and_clear();
        let verdict = match condition {
            Condition::Missing if all => continue,
            Condition::Sound => "sound",
            Condition::Missing => "not installed",
            Condition::Damaged => "damaged",
        };
        writeln!(out, "{:<20} {verdict}", entry.name)?;
        if condition != Condition::Sound {
            bad.push(entry.name.as_str());
        }
    }
    match bad.as_slice() {
        [] => Ok(()),
        bad => bail!(BadInput(format!("pull these again: {}", bad.join(" ")))),
    }
}

/// A bar on stderr; nothing where stderr is no terminal.
fn progress_bar(entry: &Entry) -> ProgressBar {
    let bar = ProgressBar::new(entry.bytes).with_message(entry.name.clone());
    let template = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
