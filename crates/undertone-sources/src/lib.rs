//! Where the sound of a call comes from: recordings and the devices of this machine.
//!
//! ```text
//! recording ─► play ───┐
//! devices ───► listen ─┼─► LaneFeed: 16 kHz blocks, each with its capture instant ─► Call
//! socket (server) ─────┘
//! ```
//!
//! [`LaneFeed`] is the one place at which sound of any rate becomes the 16 kHz mono
//! blocks that a [`Call`](undertone_engine::Call) takes; the server uses it too.

mod feed;
mod listening;
mod playback;

pub use feed::{Block, LaneFeed};
pub use listening::{LaneSource, ListenError, Notice, listen};
pub use playback::{Playback, PlaybackError, lanes_of, play};
