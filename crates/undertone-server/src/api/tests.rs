//! Every route, with every role and none, from every page.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::Config;
use axum::body::Body;
use tower::ServiceExt;

/// A token each, named as its role.
const CONFIG: &str = r#"
http = { listen = "127.0.0.1:0", origins = ["https://desk.example"] }
token = [
    { name = "i", role = "ingest", token = "ingest", gateways = ["raw"] },
    { name = "a", role = "agent", token = "agent", calls = ["anna-*"] },
    { name = "s", role = "supervisor", token = "supervisor" },
    { name = "b", role = "admin", token = "admin" },
]
gateway = [{ name = "raw", kind = "raw", listen = "127.0.0.1:0" }]
"#;

/// An API without an engine.
pub(crate) fn api() -> Arc<Api> {
    let config = Config::parse(CONFIG).unwrap();
    Arc::new(Api {
        tokens: Tokens::of(&config),
        tickets: Tickets::default(),
        guard: Guard::new(&config.http.hosts, &config.http.origins, true),
        hub: Arc::new(Hub::new(0)),
        store: None,
        health: Arc::default(),
        dead: Arc::new(DeadLetters::open(None).unwrap()),
        outboxes: Vec::new(),
        metrics: Arc::new(Metrics::default()),
        engine: Weak::new(),
        gateways: Vec::new(),
        readers: TaskTracker::new(),
    })
}

/// The path of a route, with something in place of its parameters.
fn filled(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn ask(api: &Arc<Api>, route: &Route, said: &[(&str, &str)]) -> Response {
    let mut request = axum::http::Request::builder()
        .method(route.method.clone())
        .uri(filled(route.path))
        .header("host", "localhost:8710");
    for (name, value) in said {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    router(Arc::clone(api)).oneshot(request).await.unwrap()
}

async fn status(api: &Arc<Api>, route: &Route, said: &[(&str, &str)]) -> u16 {
    ask(api, route, said).await.status().as_u16()
}

#[tokio::test]
async fn every_route_asks_every_role_and_none() {
    let api = api();
    let roles = [Role::Ingest, Role::Agent, Role::Supervisor, Role::Admin];
    for route in routes() {
        let (what, nobody) = (route.path, status(&api, &route, &[]).await);
        let wrong = status(&api, &route, &[("authorization", "Bearer guess")]).await;
        let Some(least) = route.least else {
            assert!(nobody != 401 && nobody != 403, "{what}: {nobody}");
            continue;
        };
        assert_eq!((nobody, wrong), (401, 401), "{what}");
        for role in roles {
            let token = format!("bEaReR {}", format!("{role:?}").to_lowercase());
            let status = status(&api, &route, &[("authorization", &token)]).await;
            let refused = status == 401 || status == 403;
            assert_eq!(refused, role < least, "{what} as {role:?}: {status}");
            assert!(!refused || status == 403, "{what} as {role:?}: {status}");
        }
    }
}

#[tokio::test]
async fn no_route_serves_ingest() {
    assert!(routes().iter().all(|route| route.least != Some(Role::Ingest)));
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_on_every_route() {
    let api = api();
    let admin = ("authorization", "Bearer admin");
    for route in routes() {
        for evil in ["https://evil.example", "null", "http://localhost:9"] {
            let status = status(&api, &route, &[admin, ("origin", evil)]).await;
            assert_eq!(status, 403, "{} from {evil}", route.path);
        }
        let rebound = axum::http::Request::builder()
            .method(route.method.clone())
            .uri(filled(route.path))
            .header("host", "evil.example:8710")
            .header("origin", "http://evil.example:8710")
            .header("authorization", "Bearer admin")
            .body(Body::empty())
            .unwrap();
        let answer = router(Arc::clone(&api)).oneshot(rebound).await.unwrap();
        assert_eq!(answer.status(), 403, "{} by a name of the page's own", route.path);
        let own = status(&api, &route, &[admin, ("origin", "http://localhost:8710")]).await;
        assert_ne!(own, 403, "{}", route.path);
    }
}

#[tokio::test]
async fn a_listed_page_may_read_the_answer() {
    let api = api();
    let route = &routes()[1];
    let said = [("authorization", "Bearer admin"), ("origin", "https://desk.example")];
    let answer = ask(&api, route, &said).await;
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://desk.example");
    let preflight = axum::http::Request::builder()
        .method(Method::OPTIONS)
        .uri(route.path)
        .header("host", "localhost:8710")
        .header("origin", "https://desk.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization")
        .body(Body::empty())
        .unwrap();
    let answer = router(api).oneshot(preflight).await.unwrap();
    assert_eq!(answer.status(), 200);
    let allowed = answer.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
    assert!(allowed.contains("authorization"), "{allowed}");
}

#[tokio::test]
async fn a_ticket_opens_one_stream_once_and_nothing_else() {
    let api = api();
    let routes = routes();
    let find = |path| routes.iter().find(|route| route.path == path).unwrap();
    let answer = ask(&api, find("/v1/tickets"), &[("authorization", "Bearer agent")]).await;
    assert_eq!(answer.status(), 201);
    let body = axum::body::to_bytes(answer.into_body(), 1000).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let ticket = body["ticket"].as_str().unwrap();
    let open = |path: &str| {
        let request = axum::http::Request::builder()
            .uri(format!("{path}?ticket={ticket}"))
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        router(Arc::clone(&api)).oneshot(request)
    };
    assert_eq!(open("/metrics").await.unwrap().status(), 401);
    assert_eq!(open("/v1/stream").await.unwrap().status(), 200);
    assert_eq!(open("/v1/stream").await.unwrap().status(), 401);
}

/// An API on which two calls are running; one has an open alert.
pub(crate) fn with_alert() -> Arc<Api> {
    use undertone_signal::{
        Alert, AlertId, AlertState, CallId, Envelopes, Evidence, Lane, Probability, RunId,
        Severity, StreamTime, Timing, Tone,
    };
    let api = api();
    let mut envelopes = Envelopes::new(RunId::from_u128(5), CallId::new("anna-1"));
    let probability = Probability::new(0.8);
    let event = envelopes.seal(Alert {
        id: AlertId(1),
        state: AlertState::Raised,
        lane: Lane::Customer,
        tone: Tone::Angry,
        severity: Severity::Strong,
        onset: StreamTime::from_seconds(1.0),
        at: StreamTime::from_seconds(2.0),
        timing: Timing::default(),
        evidence: Evidence { probability, ..Evidence::default() },
    });
    api.hub.take(&[Arc::new(undertone_journal::Entry { position: 0, event })]);
    api.hub.take(&crate::hub::tests::entries(9, 1, 3));
    api
}

/// What an admin is answered, which must be JSON.
pub(crate) async fn answer(api: &Arc<Api>, path: &str) -> serde_json::Value {
    json(api, path, "admin").await.1
}

async fn json(api: &Arc<Api>, path: &str, token: &str) -> (u16, serde_json::Value) {
    let request = axum::http::Request::builder()
        .uri(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let answer = router(Arc::clone(api)).oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn an_agent_sees_its_own_calls_and_no_others() {
    let api = with_alert();
    let (_, calls) = json(&api, "/v1/calls", "agent").await;
    assert_eq!(calls["calls"].as_array().unwrap().len(), 1, "{calls}");
    assert_eq!(json(&api, "/v1/calls", "supervisor").await.1["calls"].as_array().unwrap().len(), 2);
    assert_eq!(json(&api, "/v1/calls/anna-1", "agent").await.0, 200);
    assert_eq!(json(&api, "/v1/calls/call-9", "agent").await.0, 404);
    assert_eq!(json(&api, "/v1/calls/call-9", "supervisor").await.0, 200);
    assert_eq!(json(&api, "/v1/alerts", "agent").await.1["alerts"].as_array().unwrap().len(), 1);
}
