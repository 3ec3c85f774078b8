//! From the engine's events to everybody who wants them, in one order.
//!
//! ```text
//! engine ─► Journal ─► ledger (durable, first) ─► sinks: stdout, metrics, streams, store
//! ```
//!
//! A [`Journal`] gives every [`Event`](undertone_signal::Event) its position among all
//! events of the process, hands it to the [`Ledger`] that keeps it, and then to each
//! [`Sink`] by the sink's own [`Policy`]. [`CallView`] is what the events of one run add
//! up to. [`sentence`] puts evidence into words at the edge.

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
