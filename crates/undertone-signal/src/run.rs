//! The identity of one run of a call.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Identifies one run of a call, unique for ever. A gateway may reuse its call id; a run id
/// is never reused. A UUID version 7, so that run ids sort by their start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    /// A new run, starting now.
    pub fn now() -> Self {
        Self(Uuid::now_v7())
    }

    /// The run with these 128 bits, as stored or for tests.
    pub const fn from_u128(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
    }

    /// Its 16 bytes, most significant first, as in a store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The run of these 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a run id, such as 019ac5f0-8a3e-7c21-9d2f-0b1c2d3e4f50")]
pub struct BadRunId(String);

impl FromStr for RunId {
    type Err = BadRunId;

    fn from_str(text: &str) -> Result<Self, BadRunId> {
        Uuid::try_parse(text).map(Self).map_err(|_| BadRunId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn run_ids_are_unique_and_survive_text_and_bytes() {
        let (a, b) = (RunId::now(), RunId::now());
        assert_ne!(a, b);
        assert_eq!(a.to_string().parse::<RunId>().unwrap(), a);
        assert_eq!(RunId::from_bytes(*a.as_bytes()), a);
        assert!("call-7".parse::<RunId>().unwrap_err().to_string().contains("call-7"));
    }
}
