//! The HTTP API: one table of routes, with who may use each. The documents that describe
//! it are held against this table by a test.

mod alerts;
mod calls;
mod documents;
mod health;
mod language;
mod people;
mod problem;
mod stored;
mod stream;
mod ticket;
mod webhooks;

use crate::hub::Hub;
use crate::metrics::{GatewayMetrics, Metrics};
use crate::origin::Guard;
use crate::roles::{Access, Denied, Role, Tokens};
use crate::tickets::Tickets;
use crate::webhook::{DeadLetters, Outbox};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use language::Lang;
use problem::problem;
use serde::Deserialize;
use std::sync::{Arc, Weak};
use std::time::Instant;
use tokio_util::task::TaskTracker;
use tower_http::cors::CorsLayer;
use undertone_engine::Engine;
use undertone_journal::JournalHealth;
use undertone_store::Store;

/// Longest body of a request, in bytes.
const LONGEST: usize = 16 << 10;

/// What the handlers share.
pub(crate) struct Api {
    pub(crate) tokens: Tokens,
    pub(crate) tickets: Tickets,
    pub(crate) guard: Guard,
    pub(crate) hub: Arc<Hub>,
    pub(crate) store: Option<Arc<Store>>,
    /// How the store follows.
    pub(crate) health: Arc<JournalHealth>,
    pub(crate) dead: Arc<DeadLetters>,
    pub(crate) outboxes: Vec<Arc<Outbox>>,
    pub(crate) metrics: Arc<Metrics>,
    /// Weak: a reader that does not leave must not keep the engine.
    pub(crate) engine: Weak<Engine>,
    /// Not the gateways themselves, for they keep the engine.
    pub(crate) gateways: Vec<Arc<GatewayMetrics>>,
    /// Readers, so that the last events are waited for.
    pub(crate) readers: TaskTracker,
}

/// One route.
pub(crate) struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "the handler knows it too; tests ask here"))]
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// The least role that may use it; `None`: everybody.
    pub(crate) least: Option<Role>,
    /// Opens with a ticket too.
    pub(crate) tickets: bool,
    handler: MethodRouter<Arc<Api>>,
}

impl Route {
    fn get(path: &'static str, least: Role, handler: MethodRouter<Arc<Api>>) -> Self {
        Self { method: Method::GET, path, least: Some(least), tickets: false, handler }
    }

    fn post(path: &'static str, least: Role, handler: MethodRouter<Arc<Api>>) -> Self {
        Self { method: Method::POST, ..Self::get(path, least, handler) }
    }
}

/// Every route there is.
pub(crate) fn routes() -> Vec<Route> {
    let stream =
        |path| Route { tickets: true, ..Route::get(path, Role::Agent, get(stream::stream)) };
    let open = |path, handler| Route { least: None, ..Route::get(path, Role::Agent, handler) };
    vec![
        open("/healthz", get(health::health)),
        Route::get("/metrics", Role::Supervisor, get(health::metrics)),
        open("/v1/openapi.json", get(documents::openapi)),
        open("/v1/asyncapi.json", get(documents::asyncapi)),
        Route::get("/v1/calls", Role::Agent, get(calls::list)),
        Route::get("/v1/calls/{run}", Role::Agent, get(calls::view)),
        Route::get("/v1/alerts", Role::Agent, get(alerts::list)),
        Route::post("/v1/calls/{run}/alerts/{id}/feedback", Role::Agent, post(people::feedback)),
        Route::post("/v1/calls/{run}/outcome", Role::Supervisor, post(people::outcome)),
        stream("/v1/stream"),
        stream("/v1/events"),
        Route::post("/v1/tickets", Role::Agent, post(ticket::issue)),
        Route::get("/v1/webhooks/dead", Role::Admin, get(webhooks::list)),
        Route::post("/v1/webhooks/dead/replay", Role::Admin, post(webhooks::replay)),
    ]
}

/// The routes, each behind the question of who asks, and all behind the question of what
/// page asks.
pub(crate) fn router(api: Arc<Api>) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, route| {
        let Route { path, least, tickets, handler, .. } = route;
        let gate = Gate { api: Arc::clone(&api), least, tickets };
        router.route(path, handler.route_layer(middleware::from_fn_with_state(gate, admit)))
    });
    router
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(cors(&api.guard))
        .layer(middleware::from_fn_with_state(Arc::clone(&api), guard))
        .with_state(api)
}

/// Lets the pages that are listed read what they ask for. Tokens are in headers, so no
/// page is sent a browser's own credentials.
fn cors(guard: &Guard) -> CorsLayer {
    let origins = guard.origins().iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let last_event = header::HeaderName::from_static("last-event-id");
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, last_event])
}

async fn guard(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    match api.guard.admit(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(foreign) => problem(StatusCode::FORBIDDEN, &foreign.to_string()),
    }
}

/// Who may pass to a route.
#[derive(Clone)]
struct Gate {
    api: Arc<Api>,
    least: Option<Role>,
    tickets: bool,
}

#[derive(Deserialize)]
struct Shown {
    ticket: Option<String>,
    token: Option<String>,
}

/// Passes a request on with the [`Access`] of whoever sent it.
async fn admit(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Some(least) = gate.least else { return next.run(request).await };
    match gate.access(&request) {
        Ok(access) if access.role >= least => {
            request.extensions_mut().insert(access);
            next.run(request).await
        }
        Ok(access) => {
            let role = format!("{:?}", access.role).to_lowercase();
            let least = format!("{least:?}").to_lowercase();
            let detail = format!("the role {role} may not do this; it takes {least}");
            problem(StatusCode::FORBIDDEN, &detail)
        }
        Err(detail) => {
            let asks = [(header::WWW_AUTHENTICATE, "Bearer")];
            (asks, problem(StatusCode::UNAUTHORIZED, detail)).into_response()
        }
    }
}

impl Gate {
    fn access(&self, request: &Request) -> Result<Access, &'static str> {
        let shown = Query::<Shown>::try_from_uri(request.uri()).ok();
        let (ticket, token) =
            shown.map_or((None, None), |Query(shown)| (shown.ticket, shown.token));
        if let Some(ticket) = ticket.filter(|_| self.tickets) {
            let access = self.api.tickets.redeem(&ticket, Instant::now());
            return access.ok_or("the ticket is unknown, used or older than a minute");
        }
        self.api.tokens.access(request.headers()).map_err(|denied| match denied {
            Denied::Missing if token.is_some() => {
                "a token has no place in an address: send `Authorization: Bearer TOKEN`, or open \
                 a stream with a ticket of POST /v1/tickets"
            }
            Denied::Missing => "a token is needed: `Authorization: Bearer TOKEN`",
            Denied::Wrong => "the token is wrong",
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
