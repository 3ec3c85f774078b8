//! The thread of a webhook: it posts, and waits, and posts again.

use super::dead::DeadLetters;
use super::letter::{Letter, key};
use crate::config::WebhookConfig;
use crossbeam::channel::{Receiver, RecvTimeoutError};
use std::convert::Infallible;
use std::time::Duration;
use undertone_signal::Timestamp;

/// An address that has not answered by then has not answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between tries: four minutes in all, so that an address that is down for a minute or
/// two loses nothing.
const WAITS: [Duration; 8] = {
    let s = Duration::from_secs;
    [s(1), s(2), s(4), s(8), s(16), s(32), s(60), s(120)]
};

/// How an attempt failed.
struct Failure {
    cause: String,
    /// It will fail the next time too.
    lasting: bool,
}

/// What delivers the letters of one webhook.
pub(super) struct Delivery {
    agent: ureq::Agent,
    url: String,
    key: Vec<u8>,
    closed: Receiver<Infallible>,
    waits: Vec<Duration>,
}

impl Delivery {
    pub(super) fn new(config: &WebhookConfig, closed: Receiver<Infallible>) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let key = key(config.key.as_ref().map_or("", |key| &key.0));
        Self { agent, url: config.url.clone(), key, closed, waits: WAITS.to_vec() }
    }

    /// The same, with other waits between tries.
    #[cfg(test)]
    pub(super) fn waiting(self, waits: Vec<Duration>) -> Self {
        Self { waits, ..self }
    }

    /// Delivers, in order, until the journal has ended and the queue is empty. Once it has
    /// ended, nothing is tried twice.
    pub(super) fn run(&self, letters: &Receiver<Letter>, dead: &DeadLetters) {
        let mut stopping = false;
        for letter in letters {
            if stopping {
                dead.add(letter, 0, "the server stopped");
            } else {
                stopping = self.deliver(letter, dead);
            }
        }
    }

    /// Delivers one letter, or buries it; true if the server is stopping.
    fn deliver(&self, letter: Letter, dead: &DeadLetters) -> bool {
        let mut waits = self.waits.iter();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let Err(failure) = self.post(&letter) else { return false };
            tracing::warn!(
                webhook = letter.webhook,
                attempts,
                cause = failure.cause,
                "not delivered"
            );
            let wait = waits.next().filter(|_| !failure.lasting);
            let Some(wait) = wait else {
                dead.add(letter, attempts, &failure.cause);
                return false;
            };
            if self.closed.recv_timeout(*wait) == Err(RecvTimeoutError::Disconnected) {
                dead.add(letter, attempts, &format!("{}; the server stopped", failure.cause));
                return true;
            }
        }
    }

    fn post(&self, letter: &Letter) -> Result<(), Failure> {
        let timestamp = Timestamp::now().as_second();
        let answer = self
            .agent
            .post(&self.url)
            .header("content-type", "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", &letter.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", letter.signature(&self.key, timestamp))
            .send(&letter.body)
            .map_err(|error| Failure { cause: error.to_string(), lasting: false })?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            // Too slow, too early, too often: later it may do.
            status @ (408 | 425 | 429 | 500..) => {
                Err(Failure { cause: format!("answered {status}"), lasting: false })
            }
            status => Err(Failure { cause: format!("answered {status}"), lasting: true }),
        }
    }
}
