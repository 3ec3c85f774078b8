//! One connection: what it says, on its way to its call.

use crate::auth;
use crate::call_task::Feed;
use crate::calls::Attachment;
use crate::gateway::Gateway;
use crate::refusal::Refusal;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use undertone_signal::CallId;
use undertone_telephony::{CallStart, Counters, TelephonyError, WireEvent};

/// A call id longer than this is a mistake, or an attack on somebody's log.
const LONGEST_ID: usize = 200;

/// Whether the connection is still needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    GoOn,
    Done,
}

/// One connection between its protocol and its call.
pub(crate) struct Session {
    gateway: Arc<Gateway>,
    authorised: bool,
    /// The call's name, if the connection's address has one.
    named: Option<String>,
    attachment: Option<Attachment>,
    reported: Counters,
    /// Cancelled when the connection is not needed any more.
    pub(crate) gone: CancellationToken,
}

impl Session {
    pub(crate) fn new(gateway: Arc<Gateway>, authorised: bool, named: Option<String>) -> Self {
        let (reported, gone) = (Counters::default(), CancellationToken::new());
        Self { gateway, authorised, named, attachment: None, reported, gone }
    }

    /// True once its call has started.
    pub(crate) const fn has_call(&self) -> bool {
        self.attachment.is_some()
    }

    /// Hands over what a connection said.
    pub(crate) async fn take(&mut self, events: &mut Vec<WireEvent>) -> Result<Flow, Refusal> {
        for event in events.drain(..) {
            match event {
                WireEvent::Started(start) => self.start(start).await?,
                WireEvent::Audio(audio) => {
                    if let Some(attachment) = &self.attachment {
                        attachment.send(|number| Feed::Audio(number, audio)).await;
                    }
                }
                WireEvent::Missing { lane, missing, found_at } => {
                    if let Some(attachment) = &self.attachment {
                        let feed = |number| Feed::Missing(number, lane, missing, found_at);
                        attachment.send(feed).await;
                    }
                }
                WireEvent::Dtmf { .. } => self.gateway.metrics.keys.add(1),
                WireEvent::Problem(problem) => {
                    tracing::debug!(gateway = self.gateway.config.name, problem);
                    self.gateway.metrics.problems.add(1);
                }
                WireEvent::Ended { cause } => {
                    self.end(cause).await;
                    return Ok(Flow::Done);
                }
            }
        }
        Ok(Flow::GoOn)
    }

    /// Reports what the protocol counted since last time.
    pub(crate) fn report(&mut self, counters: Counters) {
        if counters != self.reported {
            self.gateway.metrics.media(counters.since(self.reported));
            self.reported = counters;
        }
    }

    /// The gateway has ended the call, as it should or with a cause.
    pub(crate) async fn end(&mut self, cause: Option<String>) {
        if let Some(attachment) = self.attachment.take() {
            attachment.send(|number| Feed::End(number, cause)).await;
        }
    }

    /// The connection broke; the call waits for another.
    pub(crate) async fn detach(&mut self) {
        if let Some(attachment) = self.attachment.take() {
            attachment.send(Feed::Detach).await;
        }
    }

    async fn start(&mut self, start: CallStart) -> Result<(), Refusal> {
        let shown = start.token.as_deref().unwrap_or_default();
        if !self.authorised && !auth::matches(&self.gateway.config.tokens, shown) {
            return Err(Refusal::Token);
        }
        self.authorised = true;
        let id = match start.call.or_else(|| self.named.take()) {
            Some(id) if id.is_empty() || id.len() > LONGEST_ID => {
                let (protocol, cause) = ("call id", format!("{} bytes long", id.len()));
                return Err(TelephonyError::Malformed { protocol, cause }.into());
            }
            Some(id) => CallId::new(id),
            None => self.gateway.call_id(),
        };
        let attachment = self.gateway.calls.attach(id, start.lanes, &self.gateway).await?;
        self.gone = attachment.gone.clone();
        self.attachment = Some(attachment);
        Ok(())
    }
}
