//! `--store FILE`: events are stored before they are shown.

use crate::exit::BadInput;
use anyhow::{Context, Result, bail};
use clap::Args;
use crossbeam::channel::{Receiver, Sender, bounded};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use undertone_journal::{
    Entry, Journal, JournalHealth, JournalSettings, Ledger, Policy, Sink, SinkError,
};
use undertone_signal::Event;
use undertone_store::{Keep, Store, StoreError};

/// Entries that may wait for the command: about a minute of one two-lane call.
const ENTRIES: usize = 512;

/// Where events are kept, if anywhere.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Store the events in this file for `undertone calls`; it is created if missing
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,

    /// Store the words too; otherwise transcripts have an empty text
    #[arg(long, requires = "store")]
    keep_transcripts: bool,
}

/// What keeps events, or nothing.
pub(crate) struct Keeping {
    ledger: Option<Box<dyn Ledger>>,
    settings: JournalSettings,
}

impl StoreArgs {
    /// Opens the store, if one is asked for.
    pub(crate) fn open(&self) -> Result<Keeping> {
        let mut settings = JournalSettings::default();
        let Some(path) = &self.store else { return Ok(Keeping { ledger: None, settings }) };
        let keep = Keep { transcripts: self.keep_transcripts };
        let open = || -> Result<_, StoreError> {
            let store = Store::open(path)?;
            let keeper = store.keeper(keep)?;
            // Only now does nobody else append.
            Ok((keeper, store.next_position()?))
        };
        let (keeper, first_position) = open().map_err(at_fault)?;
        settings.first_position = first_position;
        Ok(Keeping { ledger: Some(Box::new(keeper)), settings })
    }
}

impl Keeping {
    /// The journal of the engine's events, and its entries once they are kept. Whoever
    /// reads no further drops the receiver: nothing waits for it then.
    pub(crate) fn journal(self, events: Receiver<Event>) -> Result<(Receiver<Arc<Entry>>, Kept)> {
        let (out, entries) = bounded(ENTRIES);
        let sinks: Vec<Box<dyn Sink>> = vec![Box::new(Pass(out))];
        let journal = Journal::start(events, self.settings, self.ledger, sinks)
            .context("cannot start the journal's threads")?;
        let health = journal.health();
        Ok((entries, Kept { journal, health, warned: false }))
    }
}

/// A journal that runs.
pub(crate) struct Kept {
    journal: Journal,
    health: Arc<JournalHealth>,
    warned: bool,
}

impl Kept {
    /// Says once that the store does not work, as soon as it does not.
    pub(crate) fn warn(&mut self) {
        if self.warned {
            return;
        }
        if let Some(fault) = self.health.fault() {
            self.warned = true;
            eprintln!("undertone: events go on, but cannot be stored now: {fault}");
        }
    }

    /// Waits until all is kept. The engine and the receiver of entries must be gone.
    pub(crate) fn finish(self) -> Result<()> {
        self.journal.join();
        let missing = self.health.waiting() + self.health.left_out();
        match self.health.fault() {
            Some(fault) => bail!("{missing} events were not stored: {fault}"),
            None if missing > 0 => bail!("{missing} events were not stored for want of room"),
            None => Ok(()),
        }
    }
}

/// Hands entries to the command.
struct Pass(Sender<Arc<Entry>>);

impl Sink for Pass {
    fn name(&self) -> &'static str {
        "command"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        let mut entries = entries.iter();
        entries.try_for_each(|entry| self.0.send(Arc::clone(entry))).map_err(|_| SinkError::Gone)
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The store of this user, where no file is named.
pub(crate) fn default_path() -> Result<PathBuf> {
    let Some(folders) = directories::ProjectDirs::from("", "", "undertone") else {
        bail!("the home folder is not known; set HOME, or name a file with --store")
    };
    Ok(folders.data_dir().join("calls.db"))
}

/// The store at `path`, which must be there.
pub(crate) fn existing(path: &Path) -> Result<Store> {
    Store::existing(path).map_err(at_fault)
}

/// What a store says is for the user to mend, but for what no message foresees.
pub(crate) fn at_fault(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Sql { .. } => error.into(),
        other => BadInput(other.to_string()).into(),
    }
}
