//! Distributes the engine's events to all readers, in one order.
//!
//! ```text
//! engine ─► Journal ─► ledger (durable, first) ─► sinks: stdout, metrics, streams, store
//! ```
//!
//! A [`Journal`] gives every [`Event`](undertone_signal::Event) its position among all
//! events of the process, passes it to the [`Ledger`] that stores it, and then to each
//! [`Sink`] by the sink's [`Policy`]. [`CallView`] is the state of a call: the fold of the
//! events of one run. [`sentence`] turns evidence into sentences at the edge.

mod entry;
mod journal;
mod keeper;
mod outlet;
pub mod sentence;
mod sink;
mod view;

pub use entry::Entry;
pub use journal::{Journal, JournalHealth, JournalSettings};
pub use sentence::Language;
pub use sink::{Ledger, Policy, Sink, SinkError};
pub use view::{CallView, LaneView, ToneLine, TonePoint};
