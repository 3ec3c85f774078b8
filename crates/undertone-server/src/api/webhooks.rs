//! Dead letters of the webhooks.

use super::{Api, problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// The letters that could not be delivered, oldest first.
pub(super) async fn list(State(api): State<Arc<Api>>) -> Response {
    Json(json!({ "dead": api.dead.list() })).into_response()
}

/// Puts every dead letter back into its webhook's queue, as far as there is room.
pub(super) async fn replay(State(api): State<Arc<Api>>) -> Response {
    let replayed = tokio::task::spawn_blocking(move || {
        api.dead.replay(|letter| {
            match api.outboxes.iter().find(|outbox| outbox.name == letter.webhook) {
                Some(outbox) => outbox.post(letter),
                None => Err(letter),
            }
        })
    });
    match replayed.await {
        Ok(Ok(replayed)) => Json(json!({ "replayed": replayed })).into_response(),
        Ok(Err(error)) => {
            problem(StatusCode::SERVICE_UNAVAILABLE, &format!("dead letters: {error}"))
        }
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}
