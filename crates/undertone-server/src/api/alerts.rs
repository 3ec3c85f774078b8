//! Alerts of all calls.

use super::calls::{LIMIT, MOST};
use super::{Api, Lang, problem};
use crate::roles::{Access, is_named};
use crate::show::Told;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use undertone_journal::{CallView, Entry};
use undertone_signal::{Alert, AlertState, CallId, EventBody, RunId, Timestamp};
use undertone_store::AlertFilter;

/// Which alerts.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// Those that are open, or those that are not.
    open: Option<bool>,
    /// A call or a run, by its id.
    call: Option<String>,
    limit: Option<usize>,
}

/// The last step of an alert.
struct Step<'a> {
    run: RunId,
    call: &'a CallId,
    time: Timestamp,
    open: bool,
    alert: &'a Alert,
}

#[derive(Serialize)]
struct Row<'a> {
    run: RunId,
    call: &'a CallId,
    time: Timestamp,
    open: bool,
    #[serde(flatten)]
    alert: Told<'a, Alert>,
}

/// The last step of each alert: open ones first, the gravest of them first, and then the
/// newest.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Extension(access): Extension<Access>,
    Lang(language): Lang,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Query(asked) = match asked {
        Ok(asked) => asked,
        Err(rejection) => return problem(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    let views = api.hub.calls();
    let filter = AlertFilter { limit: MOST, ..AlertFilter::default() };
    let stored = match api.stored(move |store| store.alerts(&filter)).await {
        Ok(stored) => stored.unwrap_or_default(),
        Err(refused) => return refused,
    };
    let steps =
        views.iter().flat_map(|view| of_view(view)).chain(stored.iter().filter_map(of_entry));
    let mut seen = HashSet::new();
    let mut steps: Vec<Step> = steps
        .filter(|step| seen.insert((step.run, step.alert.id)))
        .filter(|step| access.sees(step.call))
        .filter(|step| asked.open.is_none_or(|open| open == step.open))
        .filter(|step| asked.call.as_deref().is_none_or(|name| is_named(name, step.run, step.call)))
        .collect();
    steps.sort_by_key(|step| {
        Reverse((step.open, step.open.then_some(step.alert.severity), step.time))
    });
    steps.truncate(asked.limit.unwrap_or(LIMIT).min(MOST));
    let rows: Vec<Row> = steps
        .iter()
        .map(|&Step { run, call, time, open, alert }| Row {
            run,
            call,
            time,
            open,
            alert: Told::alert(alert, language),
        })
        .collect();
    Json(serde_json::json!({ "alerts": rows })).into_response()
}

/// The steps of a view's alerts, newest first.
fn of_view(view: &CallView) -> impl Iterator<Item = Step<'_>> {
    view.alerts.iter().rev().map(|alert| {
        let since = (alert.at.seconds() * 1e3) as i64;
        let time = Timestamp::from_millisecond(view.started.as_millisecond() + since);
        Step {
            run: view.run,
            call: &view.call,
            time: time.unwrap_or(view.updated),
            open: !view.has_ended() && alert.state != AlertState::Cleared,
            alert,
        }
    })
}

/// Of an entry that is the step of an alert. Calls that are not at hand have ended.
fn of_entry(entry: &Entry) -> Option<Step<'_>> {
    let event = &entry.event;
    let EventBody::Alert(alert) = &event.body else { return None };
    Some(Step { run: event.run, call: &event.call, time: event.time, open: false, alert })
}
