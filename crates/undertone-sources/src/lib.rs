//! Sources of a call's audio: recordings and the devices of this machine.
//!
//! ```text
//! recording ─► play ───┐
//! devices ───► listen ─┼─► LaneFeed: 16 kHz blocks, each with its capture instant ─► Call
//! socket (server) ─────┘
//! ```
//!
//! [`LaneFeed`] is the only place where audio of any rate becomes the 16 kHz mono blocks of a
//! [`Call`](undertone_engine::Call); the server uses it too.

mod feed;
mod listening;
mod playback;

pub use feed::{Block, LaneFeed};
pub use listening::{LaneSource, ListenError, Notice, listen};
pub use playback::{Playback, PlaybackError, lanes_of, play};
