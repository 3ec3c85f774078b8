//! From the engine's one stream of events to everybody who wants to know.

use crate::metrics::Metrics;
use crossbeam::channel::Receiver;
use std::io::Write;
use std::sync::Arc;
use tokio::sync::broadcast;
use undertone_signal::{CallId, Event};

/// Events a reader may be behind before it misses some: with fifty calls of two
/// lanes, about twenty seconds; a few megabytes.
const BEHIND: usize = 8192;

/// An event in its wire form, made once for all readers.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) call: CallId,
    pub(crate) kind: &'static str,
    pub(crate) json: String,
}

/// Where readers subscribe.
pub(crate) type Hub = broadcast::Sender<Arc<Line>>;

pub(crate) fn hub() -> Hub {
    broadcast::Sender::new(BEHIND)
}

/// Passes events on until the engine ends. Never waits for a reader.
pub(crate) fn pump(events: &Receiver<Event>, hub: &Hub, metrics: &Metrics) {
    for event in events {
        metrics.event(&event.body);
        let (call, kind) = (event.call.clone(), event.body.kind());
        let Ok(json) = serde_json::to_string(&event) else { continue };
        // Without readers there is nobody to tell.
        let _ = hub.send(Arc::new(Line { call, kind, json }));
    }
}

/// What a reader is told in place of events it was too slow for.
pub(crate) fn missed(events: u64) -> String {
    format!("{{\"type\":\"missed\",\"events\":{events}}}")
}

/// Writes events as lines until the engine ends or the reader has gone.
pub(crate) fn print(
    mut events: broadcast::Receiver<Arc<Line>>,
    metrics: &Metrics,
    out: &mut dyn Write,
) {
    loop {
        let written = match events.blocking_recv() {
            Ok(line) => writeln!(out, "{}", line.json),
            Err(broadcast::error::RecvError::Lagged(events)) => {
                metrics.missed.add(events);
                writeln!(out, "{}", missed(events))
            }
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if written.and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_is_told_how_many_events_it_missed() {
        let (hub, metrics, mut out) = (hub(), Metrics::default(), Vec::new());
        let reader = hub.subscribe();
        for number in 0..BEHIND + 7 {
            let (call, json) = (CallId::new("A"), number.to_string());
            let _ = hub.send(Arc::new(Line { call, kind: "tone", json }));
        }
        drop(hub);
        print(reader, &metrics, &mut out);
        let text = String::from_utf8_lossy(&out);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["{\"type\":\"missed\",\"events\":7}", "7"]);
        assert_eq!(lines.len(), BEHIND + 1);
        assert_eq!(metrics.missed.get(), 7);
    }
}
