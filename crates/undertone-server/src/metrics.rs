//! Counts, and their Prometheus text.

use crate::refusal::Refusal;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use undertone_journal::JournalHealth;
use undertone_signal::{AlertState, EventBody};
use undertone_telephony::Counters;

/// A count.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn take(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts one up now and one down when the guard goes.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.add(1);
        Held(self)
    }
}

/// See [`Count::hold`].
pub(crate) struct Held<'a>(&'a Count);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.take();
    }
}

/// What is counted of one gateway.
#[derive(Debug, Default)]
pub(crate) struct GatewayMetrics {
    pub(crate) name: String,
    pub(crate) connected: Count,
    pub(crate) connections: Count,
    pub(crate) calls: Count,
    pub(crate) reconnections: Count,
    pub(crate) keys: Count,
    pub(crate) problems: Count,
    pub(crate) lost_blocks: Count,
    refused: [Count; Refusal::LABELS.len()],
    media: Mutex<Counters>,
}

impl GatewayMetrics {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn refused(&self, refusal: &Refusal) {
        tracing::warn!(gateway = self.name, %refusal, "refused");
        self.refused[refusal.index()].add(1);
    }

    pub(crate) fn media(&self, more: Counters) {
        let mut media = self.media.lock().unwrap_or_else(PoisonError::into_inner);
        *media = media.plus(more);
    }
}

/// Upper ends of the delay histogram, in seconds.
const DELAYS: [f64; 8] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0, 2.0];
const EVENTS: [&str; EventBody::KINDS.len()] = EventBody::KINDS;

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) subscribers: Count,
    pub(crate) missed: Count,
    events: [Count; EVENTS.len()],
    delays: [Count; DELAYS.len() + 1],
    delay_us: Count,
}

impl Metrics {
    pub(crate) fn event(&self, body: &EventBody) {
        self.events[body.kind_index()].add(1);
        if let EventBody::Alert(alert) = body
            && alert.state == AlertState::Raised
            && let Some(ms) = alert.timing.delay_ms
        {
            let bucket = DELAYS.partition_point(|end| *end < ms / 1e3);
            self.delays[bucket].add(1);
            self.delay_us.add((ms * 1e3) as u64);
        }
    }

    /// The Prometheus text of everything.
    pub(crate) fn render(&self, running: usize, gateways: &[Arc<GatewayMetrics>]) -> String {
        let mut text = Text(String::new());
        text.head("calls_running", "gauge", "Calls in the engine.");
        text.value("calls_running", "", running as u64);
        text.head("subscribers", "gauge", "Readers of /v1/stream.");
        text.value("subscribers", "", self.subscribers.get());
        text.head("missed_events_total", "counter", "Events slow readers did not get.");
        text.value("missed_events_total", "", self.missed.get());
        text.head("events_total", "counter", "Events of all calls.");
        for (name, count) in EVENTS.iter().zip(&self.events) {
            text.value("events_total", &format!("type=\"{name}\""), count.get());
        }
        self.render_delays(&mut text);
        render_gateways(&mut text, gateways);
        text.0
    }

    fn render_delays(&self, text: &mut Text) {
        let name = "alert_delay_seconds";
        text.head(name, "histogram", "From the arrival of the last sample to the alert.");
        let mut below = 0;
        for (count, end) in self.delays.iter().zip(DELAYS) {
            below += count.get();
            text.value(&format!("{name}_bucket"), &format!("le=\"{end}\""), below);
        }
        below += self.delays[DELAYS.len()].get();
        text.value(&format!("{name}_bucket"), "le=\"+Inf\"", below);
        let _ = writeln!(text.0, "undertone_{name}_sum {}", self.delay_us.get() as f64 / 1e6);
        text.value(&format!("{name}_count"), "", below);
    }
}

/// How the store and the webhooks follow.
pub(crate) fn render_journal(text: &mut String, health: &JournalHealth, dead: u64) {
    let mut out = Text(std::mem::take(text));
    for (name, kind, help, value) in [
        ("store_waiting", "gauge", "Events that wait for the store.", health.waiting()),
        (
            "store_left_out_total",
            "counter",
            "Tone events and partials it has no room for.",
            health.left_out(),
        ),
        ("webhook_dead_letters", "gauge", "Events no webhook could be given.", dead),
    ] {
        out.head(name, kind, help);
        out.value(name, "", value);
    }
    *text = out.0;
}

fn render_gateways(text: &mut Text, gateways: &[Arc<GatewayMetrics>]) {
    type Read = fn(&GatewayMetrics) -> u64;
    let counts: [(&str, &str, &str, Read); 7] = [
        ("gateway_connected", "gauge", "Connections open.", |g| g.connected.get()),
        ("gateway_connections_total", "counter", "Connections opened.", |g| g.connections.get()),
        ("gateway_calls_total", "counter", "Calls started.", |g| g.calls.get()),
        ("gateway_reconnections_total", "counter", "Calls that came back.", |g| {
            g.reconnections.get()
        }),
        ("gateway_keys_total", "counter", "Keys pressed.", |g| g.keys.get()),
        ("gateway_problems_total", "counter", "Messages that could not be used.", |g| {
            g.problems.get()
        }),
        ("gateway_lost_blocks_total", "counter", "Blocks the engine had no room for.", |g| {
            g.lost_blocks.get()
        }),
    ];
    for (name, kind, help, read) in counts {
        text.head(name, kind, help);
        for gateway in gateways {
            text.value(name, &label(gateway), read(gateway));
        }
    }
    text.head("gateway_refused_total", "counter", "Connections and calls turned away.");
    for gateway in gateways {
        for (reason, count) in Refusal::LABELS.iter().zip(&gateway.refused) {
            let labels = format!("{},reason=\"{reason}\"", label(gateway));
            text.value("gateway_refused_total", &labels, count.get());
        }
    }
    text.head("gateway_media_total", "counter", "What became of packets and samples.");
    for gateway in gateways {
        let media = *gateway.media.lock().unwrap_or_else(PoisonError::into_inner);
        for (what, count) in media.named() {
            let labels = format!("{},what=\"{what}\"", label(gateway));
            text.value("gateway_media_total", &labels, count);
        }
    }
}

fn label(gateway: &GatewayMetrics) -> String {
    format!("gateway={:?}", gateway.name)
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP undertone_{name} {help}\n# TYPE undertone_{name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &str, value: u64) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "undertone_{name}{labels} {value}");
    }
}
