//! What is kept of calls, where and for how long.

use serde::Deserialize;
use std::path::PathBuf;
use undertone_store::Retention;

/// What is kept of calls, where and for how long.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// The file; it is made if it is not there.
    pub path: PathBuf,
    /// Keep the words that were said.
    #[serde(default)]
    pub transcripts: bool,
    /// How long each kind is kept.
    #[serde(default)]
    pub retention: Retention,
}
