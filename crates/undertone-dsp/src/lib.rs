//! From samples to what models and people read off them: resampling, voice
//! activity, windows of log-mel, segments of speech, and prosody.
//!
//! Everything here is a push state machine for one lane: no threads, no clocks, no
//! I/O. [`LaneAnalyzer`] puts the parts together; the parts are public for
//! evaluation and for reference checks.

mod call;
mod cross;
mod cycles;
mod door;
mod error;
mod functionals;
mod history;
mod lane;
mod logmel;
mod mel;
mod nuclei;
mod pitch;
mod pitch_columns;
mod prosody;
mod repair;
mod resample;
mod ring;
mod segment;
mod summary;
#[cfg(test)]
mod testing;
mod tone;
mod track;
mod vad;
mod vector;
mod window;

pub use call::{CallAnalyzer, CallOutput};
pub use cross::{CrossCheck, CrossFinding};
pub use cycles::Cycles;
pub use door::{Door, LevelCount, LineFault, LineFinding};
pub use error::DspError;
pub use functionals::Functionals;
pub use lane::{LaneAnalyzer, LaneConfig, LaneOutput, SegmentData, WindowData};
pub use logmel::LogMel;
pub use pitch::{Candidate, Candidates, MAX_HZ, MIN_HZ, PITCH_FRAME, PitchAnalyzer};
pub use pitch_columns::{ClipPitch, with_pitch};
pub use prosody::ProsodyTrack;
pub use resample::Resampler;
pub use segment::SegmentConfig;
pub use tone::{ToneFinding, ToneKind};
pub use track::{Pitch, PitchTracker};
pub use vad::{Vad, VadConfig};
