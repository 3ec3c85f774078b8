//! Tickets: a browser cannot put a token into the headers of a stream, and a token in an
//! address ends in logs and histories. A ticket may, for it opens one stream, once, soon.

use crate::roles::Access;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a ticket may be used.
pub(crate) const LIFE: Duration = Duration::from_secs(60);

/// Tickets that may wait to be used: sixteen a second, for a minute.
const OUTSTANDING: usize = 1000;

/// Tickets that were given out and not used.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<HashMap<String, (Instant, Access)>>);

impl Tickets {
    /// A ticket for somebody; `None` while too many wait to be used.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn issue(
        &self,
        access: Access,
        now: Instant,
    ) -> Result<Option<String>, getrandom::Error> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let ticket = random.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (until, _)| *until > now);
        if waiting.len() >= OUTSTANDING {
            return Ok(None);
        }
        waiting.insert(ticket.clone(), (now + LIFE, access));
        Ok(Some(ticket))
    }

    /// Whose ticket it is; it is used up then.
    pub(crate) fn redeem(&self, ticket: &str, now: Instant) -> Option<Access> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, access) = waiting.remove(ticket)?;
        (until > now).then_some(access)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::roles::{Role, Scope};

    #[test]
    fn a_ticket_is_good_once_and_for_a_minute() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let access = Access::new("a", Role::Agent, Scope::Every);
        let issue = || tickets.issue(access.clone(), now).unwrap().unwrap();
        let (first, second) = (issue(), issue());
        assert!(first.len() == 64 && first != second);
        assert_eq!(tickets.redeem(&first, now), Some(access.clone()));
        assert_eq!(tickets.redeem(&first, now), None);
        assert_eq!(tickets.redeem(&second, now + LIFE), None);
        assert_eq!(tickets.redeem("", now), None);
        for _ in 0..OUTSTANDING {
            issue();
        }
        assert_eq!(tickets.issue(access.clone(), now).unwrap(), None, "no more memory than that");
        assert!(tickets.issue(access, now + LIFE).unwrap().is_some());
    }
}
