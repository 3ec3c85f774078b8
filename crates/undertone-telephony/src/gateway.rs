//! Common parts of the WebSocket protocols.

use crate::{Counters, TelephonyError, WireEvent};
use std::time::Instant;
use undertone_signal::Lane;

/// One WebSocket message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

/// One connection of a gateway that speaks WebSocket.
pub trait WebSocketGateway: Send {
    /// Parses a message that arrived at `now` and appends its events.
    ///
    /// # Errors
    /// [`TelephonyError`] if the connection cannot continue; the events appended before
    /// remain valid.
    fn message(
        &mut self,
        message: Message<'_>,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), TelephonyError>;

    /// The connection has closed: appends what was still buffered.
    fn closed(&mut self, _now: Instant, _out: &mut Vec<WireEvent>) {}

    /// Counts of its media messages so far.
    fn counters(&self) -> Counters;
}

/// Which side of the gateway is the customer: of two tracks or channels, the first
/// (the inbound one) or the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    customer_first: bool,
}

impl Sides {
    /// The customer is on the first channel or the inbound track: an incoming call.
    pub const CUSTOMER_FIRST: Self = Self { customer_first: true };
    /// The customer is on the second channel or the outbound track: an outgoing call.
    pub const AGENT_FIRST: Self = Self { customer_first: false };

    /// The lane of the first or second channel.
    pub const fn lane(self, first: bool) -> Lane {
        if first == self.customer_first { Lane::Customer } else { Lane::Agent }
    }

    /// The lanes of a stream of `channels` channels, in order; a single channel is the
    /// customer.
    pub fn lanes(self, channels: usize) -> Vec<Lane> {
        if channels < 2 { vec![Lane::Customer] } else { vec![self.lane(true), self.lane(false)] }
    }
}

impl Default for Sides {
    fn default() -> Self {
        Self::CUSTOMER_FIRST
    }
}
