//! The words every part of Undertone speaks.
//!
//! A [`Frame`] of audio enters a [`Lane`] of a call, becomes [`Window`]s and
//! [`Segment`]s, is judged into [`Scores`] and [`Transcript`]s, and leaves as
//! [`Event`]s, the most important of which is an [`Alert`]. This crate has no
//! I/O, no threads and no models: only types, their units and their wire form.

mod alert;
mod audio;
mod call;
mod calm;
mod emotion;
mod event;
mod evidence;
mod front_end;
mod moment;
mod prosody;
mod scores;
mod time;
mod transcript;

pub use alert::{Alert, AlertId, AlertState, Severity};
pub use audio::{Frame, Segment, Window};
pub use call::{CallId, Lane, LaneKey};
pub use calm::{CalmScores, Usual};
pub use emotion::{Emotion, EmotionScore, SignalHit};
pub use event::{
    AlertEvent, CallEvent, DelayStats, ErrorEvent, Event, EventBody, LaneSummary, Meaning,
    MomentEvent, RecentTone, SCHEMA_VERSION, SegmentEvent, StartEvent, SummaryEvent, ToneEvent,
    TranscriptEvent, seconds,
};
pub use evidence::{Cue, CueKind, Evidence};
pub use front_end::FrontEnd;
pub use moment::MomentKind;
pub use prosody::Prosody;
pub use scores::{Judgement, Probability, Scores, Tone};
pub use time::{SAMPLE_RATE, Span, StreamTime};
pub use transcript::Transcript;
