//! The types that all crates share.
//!
//! [`Frame`]s of audio enter a [`Lane`] of a call and become [`Window`]s and [`Segment`]s.
//! Models turn these into [`Scores`] and [`Transcript`]s, and the engine emits [`Event`]s.
//! The most important one is an [`Alert`]. This crate has no I/O, no threads and no models:
//! only types, their units and their JSON form.

mod alert;
mod audio;
mod bodies;
mod call;
mod calm;
mod emotion;
mod event;
mod evidence;
mod front_end;
mod line;
mod moment;
mod prosody;
mod run;
mod scores;
mod signal_hit;
mod summary;
mod text_scores;
mod time;
mod tone_event;
mod transcript;

pub use alert::{Alert, AlertId, AlertState, Severity, Timing};
pub use audio::{Frame, Segment, Window};
pub use bodies::{ErrorEvent, SegmentEvent, StartEvent};
pub use call::{CallId, Lane, LaneKey};
pub use calm::{CalmScores, Usual};
pub use emotion::{Emotion, EmotionScore};
pub use event::{Envelopes, Event, EventBody, SCHEMA_VERSION, Timestamp};
pub use evidence::{Cue, CueKind, Evidence, WordEvidence};
pub use front_end::FrontEnd;
pub use line::{SoundKind, ToneDetected, Warning, WarningKind};
pub use moment::{Moment, MomentKind};
pub use prosody::Prosody;
pub use run::{BadRunId, RunId};
pub use scores::{Judgement, Probability, Scores, Tone};
pub use signal_hit::{Effect, SignalHit};
pub use summary::{DelayStats, LaneSummary, SummaryEvent};
pub use text_scores::TextScores;
pub use time::{SAMPLE_RATE, Span, StreamTime};
pub use tone_event::{RecentTone, ToneEvent};
pub use transcript::{Meaning, Transcript, TranscriptEvent};
