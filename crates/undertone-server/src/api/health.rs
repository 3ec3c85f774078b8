//! Whether it is well, and what it has counted.

use super::Api;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// 200, or 503 with the reason.
pub(super) async fn health(State(api): State<Arc<Api>>) -> Response {
    let engine = api.engine.upgrade();
    let fault = match &engine {
        Some(engine) => engine.fault().map(str::to_owned),
        None => Some("the server is stopping".to_owned()),
    };
    match fault {
        None => (StatusCode::OK, "ok\n").into_response(),
        Some(fault) => (StatusCode::SERVICE_UNAVAILABLE, fault + "\n").into_response(),
    }
}

/// Prometheus text.
pub(super) async fn metrics(State(api): State<Arc<Api>>) -> Response {
    let running = api.engine.upgrade().map_or(0, |engine| engine.running());
    let text = api.metrics.render(running, &api.gateways);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
