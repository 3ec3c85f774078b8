//! Gateways that speak WebSocket.

use crate::auth::{self, Shown};
use crate::gateway::Gateway;
use crate::http::serve_http;
use crate::listener::Stream;
use crate::refusal::Refusal;
use crate::session::{Flow, Session};
use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use undertone_telephony::{Message as Said, WebSocketGateway};

/// A peer that does not take its goodbye is left without one.
const GOODBYE: Duration = Duration::from_secs(2);

/// Serves one TCP connection of a gateway.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    stream: Stream,
    peer: SocketAddr,
    permit: OwnedSemaphorePermit,
    shutdown: CancellationToken,
) {
    gateway.metrics.connections.add(1);
    let _open = gateway.metrics.connected.hold();
    if !gateway.config.admits(peer.ip()) {
        return gateway.metrics.refused(&Refusal::Address(peer.ip()));
    }
    let handshake = gateway.config.handshake();
    let shared = Shared {
        gateway: Arc::clone(&gateway),
        permit: Arc::new(Mutex::new(Some(permit))),
        shutdown: shutdown.clone(),
    };
    let router = Router::new().fallback(upgrade).with_state(shared);
    serve_http(stream, router, handshake, shutdown).await;
}

/// What the requests of one connection share.
#[derive(Clone)]
struct Shared {
    gateway: Arc<Gateway>,
    /// The connection's place among those allowed. HTTP ends at the upgrade, and the
    /// WebSocket takes it over.
    permit: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
    shutdown: CancellationToken,
}

async fn upgrade(
    State(Shared { gateway, permit, shutdown }): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let shown = auth::shown(&gateway.config.tokens, &uri, &headers);
    // Who needs no token might be a page in somebody's browser.
    if gateway.config.tokens.is_empty()
        && let Err(foreign) = gateway.guard.admit(&uri, &headers)
    {
        gateway.metrics.refused(&Refusal::Origin(foreign.clone()));
        return (StatusCode::FORBIDDEN, foreign.to_string()).into_response();
    }
    let authorised = shown == Shown::Right;
    if shown == Shown::Wrong || !(authorised || gateway.token_in_stream()) {
        gateway.metrics.refused(&Refusal::Token);
        return (StatusCode::UNAUTHORIZED, Refusal::Token.to_string()).into_response();
    }
    let Some(protocol) = gateway.protocol() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let permit = permit.lock().unwrap_or_else(PoisonError::into_inner).take();
    let limit = gateway.config.max_message_bytes;
    let session = Session::new(gateway.clone(), authorised, auth::query(&uri, "call"));
    upgrade.max_message_size(limit).max_frame_size(limit).on_upgrade(move |socket| {
        let held = gateway.clone();
        async move {
            let _open = (held.metrics.connected.hold(), permit, held.calls.tasks.token());
            Connection { gateway, protocol, session, shutdown }.run(socket).await;
        }
    })
}

struct Connection {
    gateway: Arc<Gateway>,
    protocol: Box<dyn WebSocketGateway>,
    session: Session,
    shutdown: CancellationToken,
}

impl Connection {
    async fn run(mut self, mut socket: WebSocket) {
        let handshake = tokio::time::Instant::now() + self.gateway.config.handshake();
        let outcome = self.converse(&mut socket, handshake).await;
        self.session.report(self.protocol.counters());
        let goodbye = match &outcome {
            Ok(()) => {
                self.session.end(None).await;
                CloseFrame { code: close_code::NORMAL, reason: "".into() }
            }
            // The call waits for the gateway to come back.
            Err(Refusal::Transport(_)) => return self.session.detach().await,
            Err(refusal) => {
                self.gateway.metrics.refused(refusal);
                self.session.end(Some(format!("{}: {refusal}", self.gateway.config.name))).await;
                CloseFrame { code: code(refusal), reason: reason(refusal).into() }
            }
        };
        let _ = tokio::time::timeout(GOODBYE, socket.send(Message::Close(Some(goodbye)))).await;
    }

    /// Reads until either side has had enough.
    async fn converse(
        &mut self,
        socket: &mut WebSocket,
        handshake: tokio::time::Instant,
    ) -> Result<(), Refusal> {
        let mut events = Vec::new();
        loop {
            let waits = !self.session.has_call();
            let received = tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                () = self.session.gone.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(handshake), if waits => {
                    return Err(Refusal::Handshake);
                }
                received = socket.recv() => received,
            };
            let now = Instant::now();
            let said = match received {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Err(transport(&error)),
                None => return Err(Refusal::Transport("the connection broke".to_owned())),
            };
            let said = match &said {
                Message::Text(text) => Said::Text(text.as_str()),
                Message::Binary(bytes) => Said::Binary(bytes),
                Message::Ping(_) | Message::Pong(_) => continue,
                Message::Close(_) => {
                    self.protocol.closed(now, &mut events);
                    self.session.take(&mut events).await?;
                    return Ok(());
                }
            };
            let understood = self.protocol.message(said, now, &mut events);
            let flow = self.session.take(&mut events).await?;
            self.session.report(self.protocol.counters());
            understood?;
            if flow == Flow::Done {
                return Ok(());
            }
        }
    }
}

fn transport(error: &axum::Error) -> Refusal {
    let text = error.to_string();
    // axum keeps the kind of error to itself.
    if text.contains("Space limit exceeded") || text.contains("too long") {
        Refusal::Oversize
    } else {
        Refusal::Transport(text)
    }
}

fn code(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Token => close_code::POLICY,
        Refusal::Oversize => close_code::SIZE,
        Refusal::Calls | Refusal::Connections | Refusal::Ending(_) | Refusal::Engine(_) => {
            close_code::AGAIN
        }
        _ => close_code::UNSUPPORTED,
    }
}

/// As much of the reason as a close frame has room for.
fn reason(refusal: &Refusal) -> String {
    refusal.to_string().chars().filter(char::is_ascii).take(120).collect()
}
