//! What is sent: a `CloudEvent` in JSON, signed as Standard Webhooks has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use undertone_journal::Entry;

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    /// The webhook.
    pub(crate) webhook: String,
    /// The event, by its run and number: the same whenever it is sent again.
    pub(crate) id: String,
    /// The `CloudEvent`.
    pub(crate) body: String,
}

impl Letter {
    pub(crate) fn new(webhook: &str, entry: &Entry) -> Self {
        #[derive(Serialize)]
        struct CloudEvent<'a> {
            specversion: &'static str,
            id: &'a str,
            source: &'static str,
            r#type: String,
            subject: &'a str,
            time: String,
            datacontenttype: &'static str,
            data: &'a Entry,
        }
        let event = &entry.event;
        let id = format!("{}-{}", event.run, event.seq);
        let body = crate::hub::to_json(&CloudEvent {
            specversion: "1.0",
            id: &id,
            source: "undertone",
            r#type: format!("undertone.{}", event.body.kind()),
            subject: event.call.as_str(),
            time: event.time.to_string(),
            datacontenttype: "application/json",
            data: entry,
        });
        Self { webhook: webhook.to_owned(), id, body }
    }

    /// `v1,BASE64` of the HMAC-SHA256 of `ID.TIMESTAMP.BODY`.
    pub(crate) fn signature(&self, secret: &[u8], timestamp: i64) -> String {
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
        for part in [self.id.as_str(), ".", &timestamp.to_string(), ".", &self.body] {
            mac.update(part.as_bytes());
        }
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The key that a secret stands for: `whsec_` and base64, or the text itself.
pub(crate) fn key(secret: &str) -> Vec<u8> {
    let encoded = secret.strip_prefix("whsec_").and_then(|rest| STANDARD.decode(rest).ok());
    encoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hub::tests::entries;

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // The example of the specification's reference library.
        let letter = Letter {
            webhook: String::new(),
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            body: r#"{"test": 2432232314}"#.to_owned(),
        };
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = letter.signature(&key, 1_614_265_330);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn an_event_becomes_a_cloud_event() {
        let entry = &entries(7, 3, 1)[0];
        let letter = Letter::new("crm", entry);
        let event: serde_json::Value = serde_json::from_str(&letter.body).unwrap();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], "undertone.error");
        assert_eq!(event["subject"], "call-7");
        assert_eq!(event["id"], format!("{}-0", entry.event.run));
        assert_eq!(
            (&event["data"]["position"], &event["data"]["type"]),
            (&3.into(), &"error".into())
        );
    }
}
