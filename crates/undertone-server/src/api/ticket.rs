//! Tickets for streams.

use super::{Api, problem};
use crate::roles::Access;
use crate::tickets::LIFE;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// What a ticket is to open.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// These calls alone, of those that the token may see.
    calls: Option<Vec<String>>,
}

/// A ticket for one stream, as whoever asks; an empty body asks for all they may see.
pub(super) async fn issue(
    State(api): State<Arc<Api>>,
    Extension(access): Extension<Access>,
    body: Bytes,
) -> Response {
    let asked = if body.is_empty() { Ok(Asked::default()) } else { read(&body) };
    let access = match asked {
        Ok(Asked { calls: None }) => access,
        Ok(Asked { calls: Some(calls) }) => access.narrowed(calls),
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    match api.tickets.issue(access, Instant::now()) {
        Ok(Some(ticket)) => {
            (StatusCode::CREATED, Json(json!({ "ticket": ticket, "expires_s": LIFE.as_secs() })))
                .into_response()
        }
        Ok(None) => problem(StatusCode::TOO_MANY_REQUESTS, "too many tickets wait to be used"),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

fn read(body: &Bytes) -> Result<Asked, JsonRejection> {
    Json::from_bytes(body).map(|Json(asked)| asked)
}
