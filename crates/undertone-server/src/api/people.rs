//! What people, and other systems, say of a call.

use super::{Api, problem};
use crate::roles::Access;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use undertone_signal::{AlertId, Timestamp};
use undertone_store::{Feedback, Outcome};

/// Whether an alert has helped.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SaidOfAlert {
    helpful: bool,
    /// In their own words.
    note: Option<String>,
}

/// What became of a call; what is left out, or null, leaves what was known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SaidOfCall {
    resolved: Option<bool>,
    retained: Option<bool>,
    csat: Option<f64>,
    transfers: Option<u32>,
}

/// Keeps feedback on an alert: one answer a person and alert, the last one counts.
pub(super) async fn feedback(
    State(api): State<Arc<Api>>,
    Extension(access): Extension<Access>,
    Path((name, alert)): Path<(String, String)>,
    said: Result<Json<SaidOfAlert>, JsonRejection>,
) -> Response {
    let Json(said) = match said {
        Ok(said) => said,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    let view = match api.find(&access, &name).await {
        Ok(view) => view,
        Err(refused) => return refused,
    };
    let known = alert.parse().ok().map(AlertId);
    let Some(alert) = known.filter(|id| view.alerts.iter().any(|alert| alert.id == *id)) else {
        let detail = format!("run {} has no alert {alert:?}", view.run);
        return problem(StatusCode::NOT_FOUND, &detail);
    };
    let feedback = Feedback {
        run: view.run,
        alert,
        helpful: said.helpful,
        who: access.name.to_string(),
        time: Timestamp::now(),
        note: said.note,
    };
    kept(api.stored(move |store| store.give_feedback(&feedback)).await)
}

/// Adds to what is known of a call's outcome.
pub(super) async fn outcome(
    State(api): State<Arc<Api>>,
    Extension(access): Extension<Access>,
    Path(name): Path<String>,
    said: Result<Json<SaidOfCall>, JsonRejection>,
) -> Response {
    let Json(said) = match said {
        Ok(said) => said,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    let SaidOfCall { resolved, retained, csat, transfers } = said;
    let view = match api.find(&access, &name).await {
        Ok(view) => view,
        Err(refused) => return refused,
    };
    let time = Timestamp::now();
    let outcome = Outcome { run: view.run, resolved, retained, csat, transfers, time };
    kept(api.stored(move |store| store.set_outcome(&outcome)).await)
}

/// What is not kept is not acknowledged.
fn kept(done: Result<Option<()>, Response>) -> Response {
    match done {
        Ok(Some(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(None) => {
            let detail = "there is no store to keep it: give [store] a `path` in the configuration";
            problem(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        Err(refused) => refused,
    }
}
