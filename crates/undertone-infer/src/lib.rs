//! The traits of models, and the worker loops that own them.
//!
//! The engine knows models only by these traits; candle and whisper.cpp implement them. Each
//! worker thread owns its model: others send it work over a bounded queue, and closing the
//! queue ends it. [`fake`] has models without weights for tests.

mod acoustic_worker;
mod batcher;
pub mod fake;
mod looks;
mod observed;
mod segment_line;
mod segment_queue;
mod text;
mod traits;
mod window_queue;

pub use acoustic_worker::{AcousticWorker, Judged};
pub use batcher::{Batcher, Job, Offered};
pub use looks::{new_frames, second_look, show_both};
pub use observed::{Hook, Observed};
pub use segment_line::SegmentLine;
pub use segment_queue::{Accepted, SegmentQueue};
pub use text::{TextInput, TextModel, TextScores};
pub use traits::{AcousticModel, Dropped, ModelError, Transcriber};
pub use window_queue::{Closed, WhenFull, WindowQueue};
