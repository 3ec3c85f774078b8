//! Calls and their lanes.

use crate::RunId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The id of a call from its gateway or file. Cheap to clone. It may be reused; a [`RunId`]
/// never is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CallId(Arc<str>);

impl From<String> for CallId {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<CallId> for String {
    fn from(id: CallId) -> Self {
        id.as_str().to_owned()
    }
}

impl CallId {
    /// A call named `name`.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// The caller, whose tone alerts are about.
    Customer,
    /// The agent.
    Agent,
}

impl Lane {
    /// Both, in the order used everywhere.
    pub const ALL: [Self; 2] = [Self::Customer, Self::Agent];

    /// `"customer"` or `"agent"`, as in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One lane of one run of a call: the key of queues and per-speaker state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey {
    /// The run.
    pub run: RunId,
    /// The side of it.
    pub lane: Lane,
}

impl LaneKey {
    /// The lane `lane` of `run`.
    pub const fn new(run: RunId, lane: Lane) -> Self {
        Self { run, lane }
    }
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.run, self.lane)
    }
}
