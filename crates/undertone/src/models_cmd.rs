//! `undertone models`: pulls, verifies and lists Whisper models.

use crate::exit::{BadInput, sorted};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use undertone_models::{Cache, Condition, Download, Entry, Limits, Manifest, Source};

/// Where models come from, if neither `--from` nor the manifest shall say.
const MIRROR: &str = "UNDERTONE_MODELS_MIRROR";

/// Pull, verify and list Whisper models.
///
/// Models from any source are checked against the size and SHA-256 that are built into this
/// program.
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
    /// List the models and which of them are installed
    List,
    /// Download models, resuming an interrupted pull
    Pull {
        /// Names as `undertone models list` shows them
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Download from this URL or folder instead of Hugging Face
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
            pull(&manifest.find_all(names).map_err(sorted)?, &source, &cache, &mut out)
        }
        ModelsCommand::Verify { names } => verify(&manifest, names, &cache, &mut out),
        ModelsCommand::Path { name } => {
            let path = manifest.find(name).and_then(|entry| cache.installed(entry));
            Ok(writeln!(out, "{}", path.map_err(sorted)?.display())?)
        }
    }
}

fn source(from: Option<&str>, manifest: &Manifest) -> Source {
    let mirror = std::env::var(MIRROR).ok().filter(|mirror| !mirror.is_empty());
    Source::parse(from.or(mirror.as_deref()).unwrap_or(&manifest.source))
}

fn list(manifest: &Manifest, cache: &Cache, out: &mut impl Write) -> Result<()> {
    writeln!(out, "{:<20} {:>7}  {:<13} {:<8} here", "NAME", "SIZE", "LANGUAGES", "LICENCE")?;
    for entry in &manifest.models {
        let here = match cache.condition(entry)? {
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
        if cache.verify(entry, |_| ())? == Condition::Sound {
            writeln!(out, "{} is already here: {}", entry.name, path.display())?;
            continue;
        }
        let bar = progress_bar(entry);
        Download::new(entry, source, cache, Limits::default())
            .run(&mut |at| bar.set_position(at))
            .map_err(sorted)?;
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
    let entries = if all {
        manifest.models.iter().collect()
    } else {
        manifest.find_all(names).map_err(sorted)?
    };
    let mut bad = Vec::new();
    for entry in entries {
        let bar = progress_bar(entry);
        let condition = cache.verify(entry, |at| bar.set_position(at))?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_models::sha256;

    fn body() -> Vec<u8> {
        (0..3000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn entry() -> Entry {
        Entry {
            name: "test.en".into(),
            file: "ggml-test.en.bin".into(),
            bytes: body().len() as u64,
            sha256: sha256(&mut body().as_slice(), |_| ()).unwrap(),
            languages: "English".into(),
            licence: "MIT".into(),
        }
    }

    #[test]
    fn verify_finds_a_flipped_bit_and_list_shows_what_is_here() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("models"));
        let manifest = Manifest { source: "https://example.org".into(), models: vec![entry()] };
        let verify = |names: &[String]| {
            let mut out = Vec::new();
            let outcome = verify(&manifest, names, &cache, &mut out);
            (outcome.is_ok(), String::from_utf8(out).unwrap())
        };
        assert_eq!(verify(&[]), (true, String::new()), "nothing installed, nothing wrong");
        assert!(!verify(&["test.en".into()]).0, "asked for by name it must be there");
        std::fs::create_dir_all(cache.folder()).unwrap();
        let mut wrong = body();
        std::fs::write(cache.path(&entry()), &wrong).unwrap();
        assert!(verify(&[]).1.contains("sound"));
        wrong[5] ^= 1;
        std::fs::write(cache.path(&entry()), &wrong).unwrap();
        let (sound, text) = verify(&[]);
        assert!(!sound && text.contains("damaged"), "{text}");
        let mut out = Vec::new();
        list(&manifest, &cache, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("test.en") && text.contains("MIT"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("in ")));
    }
}
