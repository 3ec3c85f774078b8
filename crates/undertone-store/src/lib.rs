//! The store: what was emitted, kept in one `SQLite` file.
//!
//! A [`Store`] is a file. Its [`Keeper`] is the [`Ledger`](undertone_journal::Ledger) of a
//! journal; everything else reads it, or adds what people say of a call.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! use undertone_store::{CallFilter, Keep, Store};
//! let store = Store::open(&folder.path().join("calls.db"))?;
//! let first_position = store.next_position()?; // JournalSettings::first_position
//! let ledger = store.keeper(Keep::default())?; // Journal::start(…, Some(Box::new(ledger)), …)
//! assert!(store.calls(&CallFilter::default())?.is_empty());
//! # drop(ledger); assert_eq!(first_position, 0);
//! # Ok(()) }
//! ```
//!
//! **Durable.** The file is in WAL mode with `synchronous = NORMAL`: when
//! [`append`](undertone_journal::Ledger::append) returns, the end of the process loses
//! nothing. A power cut may lose the last moments, never the file.
//!
//! **Private.** Words are kept only where [`Keep::transcripts`] asks for it; otherwise their
//! events are there with an empty text, so that numbers have no gap. The file is readable
//! by its owner alone; deleted and redacted content is overwritten. Encryption at rest is
//! left to the disk. The name of a call is kept as the gateway gave it; where that is a
//! telephone number, so is the file's content personal data.
//!
//! **Small.** Of a tone event the compact part is kept: see [`Store::entries_after`]. A
//! two-lane call-hour takes about 2.3 MB with words; a test measures it.

mod error;
mod filter;
mod keeper;
mod people;
mod reads;
mod retention;
mod row;
mod schema;
mod store;
mod words;

pub use error::StoreError;
pub use filter::{AlertFilter, CallFilter, CallRow, EntryFilter, Kept};
pub use keeper::{Keep, Keeper};
pub use people::{Feedback, Outcome};
pub use retention::{Age, BadAge, Retention, Swept};
pub use store::Store;
