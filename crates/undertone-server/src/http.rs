//! Events, health and metrics, for programs.

use crate::auth::{self, Shown};
use crate::hub::{Line, missed};
use crate::listener::Stream;
use crate::metrics::{GatewayMetrics, Metrics};
use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, WeakSender};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use undertone_engine::Engine;

/// A reader that takes nothing for so long is gone.
const STUCK: Duration = Duration::from_secs(30);

/// What the handlers share.
pub(crate) struct Api {
    pub(crate) token: Option<String>,
    /// Weak: when the engine has ended, so have its events.
    pub(crate) hub: WeakSender<Arc<Line>>,
    pub(crate) metrics: Arc<Metrics>,
    /// Weak: a reader that does not leave must not keep the engine.
    pub(crate) engine: Weak<Engine>,
    /// Not the gateways themselves, for they keep the engine.
    pub(crate) gateways: Vec<Arc<GatewayMetrics>>,
    /// Readers, so that the last events are waited for.
    pub(crate) readers: TaskTracker,
}

/// The routes.
pub(crate) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .route("/v1/events", get(events))
        .with_state(api)
}

/// Serves one connection until it ends or the server stops; a request must be
/// complete within `handshake`.
pub(crate) async fn serve_http(
    stream: Stream,
    router: Router,
    handshake: Duration,
    shutdown: CancellationToken,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(handshake)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => {}
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(Duration::from_secs(2), connection).await;
        }
    }
}

async fn health(State(api): State<Arc<Api>>) -> Response {
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

async fn metrics(State(api): State<Arc<Api>>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(refused) = api.refuse(&uri, &headers) {
        return refused;
    }
    let running = api.engine.upgrade().map_or(0, |engine| engine.running());
    let text = api.metrics.render(running, &api.gateways);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Events as they come: by WebSocket if asked to upgrade, by Server-Sent Events if
/// not. `?call=ID` and `?types=alert,summary` choose.
async fn events(
    State(api): State<Arc<Api>>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if let Some(refused) = api.refuse(&uri, &headers) {
        return refused;
    }
    let Some(hub) = api.hub.upgrade() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let reader = Reader {
        lines: hub.subscribe(),
        call: auth::query(&uri, "call"),
        types: auth::query(&uri, "types"),
        api,
    };
    match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(|socket| reader.websocket(socket)),
        Err(_) => reader.server_sent(),
    }
}

impl Api {
    fn refuse(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let right = auth::shown(self.token.as_deref(), uri, headers) == Shown::Right;
        (!right).then(|| (StatusCode::UNAUTHORIZED, "a token is needed\n").into_response())
    }
}

/// One subscriber.
struct Reader {
    lines: Receiver<Arc<Line>>,
    call: Option<String>,
    types: Option<String>,
    api: Arc<Api>,
}

impl Reader {
    /// The next line for this reader, which may be how many it has missed; `None`
    /// when there will be no more.
    async fn next(&mut self) -> Option<String> {
        loop {
            match self.lines.recv().await {
                Ok(line) if self.wants(&line) => return Some(line.json.clone()),
                Ok(_) => {}
                Err(RecvError::Lagged(events)) => {
                    self.api.metrics.missed.add(events);
                    return Some(missed(events));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn wants(&self, line: &Line) -> bool {
        self.call.as_deref().is_none_or(|call| call == line.call.as_str())
            && self.types.as_deref().is_none_or(|types| types.split(',').any(|t| t == line.kind))
    }

    fn server_sent(self) -> Response {
        let stream = stream::unfold(Counted::new(self), |mut reader| async {
            let line = reader.reader.next().await?;
            Some((Ok::<_, Infallible>(Event::default().data(line)), reader))
        });
        Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
    }

    async fn websocket(self, mut socket: WebSocket) {
        let mut reader = Counted::new(self);
        loop {
            let line = tokio::select! {
                line = reader.reader.next() => line,
                // Whatever a reader says, a pong or nothing, is only a sign of life.
                said = socket.recv() => match said {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => continue,
                },
                () = tokio::time::sleep(STUCK) => {
                    if !sent(&mut socket, Message::Ping("".into())).await { return; }
                    continue;
                }
            };
            let Some(line) = line else {
                sent(&mut socket, Message::Close(None)).await;
                return;
            };
            if !sent(&mut socket, Message::Text(line.into())).await {
                return;
            }
        }
    }
}

/// A reader that is counted while it is there.
struct Counted {
    reader: Reader,
    _until_it_leaves: TaskTrackerToken,
}

impl Counted {
    fn new(reader: Reader) -> Self {
        reader.api.metrics.subscribers.add(1);
        let token = reader.api.readers.token();
        Self { reader, _until_it_leaves: token }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.reader.api.metrics.subscribers.take();
    }
}

async fn sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(STUCK, socket.send(message)).await, Ok(Ok(())))
}
