//! Calls, those that need help first, and the state of one.

use super::{Api, Lang, problem};
use crate::roles::{Access, is_named};
use crate::show::{Shown, Told, state};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use undertone_journal::{CallView, Language};
use undertone_signal::{Alert, AlertState, CallId, RunId, Timestamp};
use undertone_store::{CallFilter, CallRow};

/// Calls a list has if it is not told, and at most.
pub(super) const LIMIT: usize = 100;
pub(super) const MOST: usize = 1000;

/// Which calls.
#[derive(Deserialize)]
pub(super) struct Asked {
    state: Option<Live>,
    /// A call or a run, by its id.
    call: Option<String>,
    limit: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Live {
    Live,
    Ended,
}

/// A call, in short.
#[derive(Serialize)]
struct Row<'a> {
    run: RunId,
    call: &'a CallId,
    state: &'static str,
    started: Timestamp,
    updated: Option<Timestamp>,
    stream_s: Option<f64>,
    /// Evidence for an alert over what one needs, of the lane that has most.
    level: f32,
    /// The gravest open alert.
    alert: Option<Told<'a, Alert>>,
    /// Alerts raised so far.
    alerts: u64,
    complete: Option<bool>,
}

/// Calls: those with the gravest open alert first, then those nearest to one, then by when
/// something happened last.
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
    let limit = asked.limit.unwrap_or(LIMIT).min(MOST);
    let wants = |run: RunId, call: &CallId, is: Live| {
        access.sees(call)
            && asked.state.is_none_or(|state| state == is)
            && asked.call.as_deref().is_none_or(|name| is_named(name, run, call))
    };
    let views = api.hub.calls();
    let stored = match api
        .stored(|store| store.calls(&CallFilter { limit: MOST, ..CallFilter::default() }))
        .await
    {
        Ok(stored) => stored.unwrap_or_default(),
        Err(refused) => return refused,
    };
    let at_hand: HashSet<RunId> = views.iter().map(|view| view.run).collect();
    let live = views.iter().filter(|view| {
        wants(view.run, &view.call, if view.has_ended() { Live::Ended } else { Live::Live })
    });
    let older = stored
        .iter()
        .filter(|row| !at_hand.contains(&row.run) && wants(row.run, &row.call, Live::Ended));
    let mut rows: Vec<Row> =
        live.map(|view| Row::of(view, language)).chain(older.map(Row::stored)).collect();
    rows.sort_by_key(Row::need);
    rows.truncate(limit);
    Json(serde_json::json!({ "calls": rows })).into_response()
}

impl<'a> Row<'a> {
    fn of(view: &'a CallView, language: Language) -> Self {
        let open = view.lanes.values().filter_map(|lane| lane.alert.as_ref());
        let gravest =
            open.max_by_key(|alert| (alert.severity, alert.state == AlertState::Confirmed));
        let raised = view.alerts.iter().filter(|alert| alert.state == AlertState::Raised).count();
        Self {
            run: view.run,
            call: &view.call,
            state: state(view),
            started: view.started,
            updated: Some(view.updated),
            stream_s: Some(view.length().seconds()),
            level: view.lanes.values().map(|lane| lane.level).fold(0.0, f32::max),
            alert: gravest.map(|alert| Told::alert(alert, language)),
            alerts: raised as u64,
            complete: view.summary.as_ref().map(|summary| summary.complete),
        }
    }

    fn stored(row: &'a CallRow) -> Self {
        Self {
            run: row.run,
            call: &row.call,
            state: "ended",
            started: row.started,
            updated: row.ended,
            stream_s: row.audio_s,
            level: 0.0,
            alert: None,
            alerts: row.alerts,
            complete: row.complete,
        }
    }

    /// Who needs help first: smaller is sooner.
    fn need(&self) -> impl Ord + use<> {
        let live = self.state == "live";
        let alert = self.alert.as_ref().filter(|_| live);
        let grave =
            alert.map(|told| (told.what.severity, told.what.state == AlertState::Confirmed));
        let level = if live { (self.level * 1000.0) as u64 } else { 0 };
        Reverse((live, grave, level, self.updated.unwrap_or(self.started)))
    }
}

/// How much of each lane's line a view has.
#[derive(Deserialize)]
pub(super) struct Hops {
    /// The last so many hops of 250 ms; all if it is not said.
    hops: Option<usize>,
}

/// The state of one call.
pub(super) async fn view(
    State(api): State<Arc<Api>>,
    Extension(access): Extension<Access>,
    Lang(language): Lang,
    Path(name): Path<String>,
    hops: Result<Query<Hops>, QueryRejection>,
) -> Response {
    let Query(Hops { hops }) = match hops {
        Ok(hops) => hops,
        Err(rejection) => return problem(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    match api.find(&access, &name).await {
        Ok(view) => Json(Shown::of(&view, language, hops.unwrap_or(usize::MAX))).into_response(),
        Err(refused) => refused,
    }
}

impl Api {
    /// The run of this id, or the last run of the call of this id.
    pub(super) async fn find(
        &self,
        access: &Access,
        name: &str,
    ) -> Result<Arc<CallView>, Response> {
        let views = self.hub.calls();
        let named = views.into_iter().filter(|view| is_named(name, view.run, &view.call));
        let found = match named.max_by_key(|view| (!view.has_ended(), view.started)) {
            Some(view) => Some(view),
            None => self.find_stored(name.to_owned()).await?,
        };
        // Whose call it is, is nobody else's business either.
        found.filter(|view| access.sees(&view.call)).ok_or_else(|| {
            problem(StatusCode::NOT_FOUND, &format!("there is no call or run {name:?}"))
        })
    }

    async fn find_stored(&self, name: String) -> Result<Option<Arc<CallView>>, Response> {
        let view = self.stored(move |store| {
            if let Ok(run) = name.parse::<RunId>()
                && let Some(view) = store.view(run)?
            {
                return Ok(Some(view));
            }
            let call = Some(CallId::new(name));
            let last = store.calls(&CallFilter { call, limit: 1, ..CallFilter::default() })?;
            last.first().map_or(Ok(None), |row| store.view(row.run))
        });
        Ok(view.await?.flatten().map(Arc::new))
    }
}
