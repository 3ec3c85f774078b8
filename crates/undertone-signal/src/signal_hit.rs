//! Service signals: what a contact centre listens for in words.

use crate::Probability;
use serde::{Deserialize, Serialize};

/// The effect of a service signal on alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The speaker has had enough: evidence for an alert.
    Upset,
    /// The speaker is content: evidence against one.
    Content,
    /// Neither.
    #[default]
    None,
}

/// A service signal in a sentence: "cancel", "wants a human" and the like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalHit {
    /// Name of the signal, from its file of examples.
    pub name: String,
    /// Its probability; never below the signal's threshold.
    pub probability: Probability,
    /// Its effect on alerts, from its file.
    pub effect: Effect,
}
