//! Admission: the calls that have not had their summary yet.

use crate::EngineError;
use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use undertone_signal::CallId;

/// The calls that have not had their summary yet.
#[derive(Debug)]
pub(crate) struct Running {
    limit: usize,
    calls: Mutex<HashSet<CallId>>,
    ended: Condvar,
}

impl Running {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, calls: Mutex::default(), ended: Condvar::new() }
    }

    /// Admits a call. One of the same id must have had its summary, because its late words would
    /// be taken for those of the new one.
    pub(crate) fn admit(&self, call: &CallId) -> Result<(), EngineError> {
        let mut calls = self.lock();
        if calls.contains(call) {
            return Err(EngineError::Running { call: call.clone() });
        }
        if calls.len() >= self.limit {
            return Err(EngineError::Busy { call: call.clone(), limit: self.limit });
        }
        calls.insert(call.clone());
        Ok(())
    }

    /// A call has had its summary.
    pub(crate) fn release(&self, call: &CallId) {
        self.lock().remove(call);
        self.ended.notify_all();
    }

    /// No call will have a summary any more.
    pub(crate) fn release_all(&self) {
        self.lock().clear();
        self.ended.notify_all();
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Returns once `call` has had its summary.
    pub(crate) fn wait_for(&self, call: &CallId) {
        let calls = self.lock();
        drop(self.ended.wait_while(calls, |calls| calls.contains(call)));
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<CallId>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_name_is_taken_until_its_summary() {
        let (running, a) = (Arc::new(Running::new(2)), CallId::new("A"));
        assert!(running.admit(&a).is_ok());
        assert!(matches!(running.admit(&a), Err(EngineError::Running { .. })));
        assert!(running.admit(&CallId::new("B")).is_ok());
        assert!(matches!(running.admit(&CallId::new("C")), Err(EngineError::Busy { .. })));
        let waiter = std::thread::spawn({
            let (running, a) = (Arc::clone(&running), a.clone());
            move || running.wait_for(&a)
        });
        running.release(&a);
        assert!(waiter.join().is_ok());
        assert!(running.admit(&a).is_ok());
        running.release_all();
        assert_eq!(running.len(), 0);
    }
}
