//! Whether it is well, and what it has counted.

use super::Api;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// 200, or 503 with the reason. A store that is behind is no reason to turn calls away.
pub(super) async fn health(State(api): State<Arc<Api>>) -> Response {
    let engine = api.engine.upgrade();
    let fault = match &engine {
        Some(engine) => engine.fault().map(str::to_owned),
        None => Some("the server is stopping".to_owned()),
    };
    match fault {
        None => match api.health.fault() {
            None => (StatusCode::OK, "ok\n").into_response(),
            Some(fault) => format!("ok, but events are not being kept: {fault}\n").into_response(),
        },
        Some(fault) => (StatusCode::SERVICE_UNAVAILABLE, fault + "\n").into_response(),
    }
}

/// Prometheus text.
pub(super) async fn metrics(State(api): State<Arc<Api>>) -> Response {
    let running = api.engine.upgrade().map_or(0, |engine| engine.running());
    let mut text = api.metrics.render(running, &api.gateways);
    let dead = api.dead.list().len() as u64;
    crate::metrics::render_journal(&mut text, &api.health, dead);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
