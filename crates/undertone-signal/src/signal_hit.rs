//! Service signals: sentences that mean something to a contact centre.

use crate::Probability;
use serde::{Deserialize, Serialize};

/// What a service signal says about the tone of a call.
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
    /// Name of the signal, as its file of examples gives it.
    pub name: String,
    /// How sure it is; never below the signal's own threshold.
    pub probability: Probability,
    /// What it says about the tone, as its file gives it.
    pub effect: Effect,
}
