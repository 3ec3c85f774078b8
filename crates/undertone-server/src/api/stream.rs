//! Events as they come: by WebSocket if asked to upgrade, by Server-Sent Events if not.

use super::{Api, Lang, problem};
use crate::reader::{Filter, Reader, Sent};
use crate::roles::Access;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Extension, Query, State, WebSocketUpgrade, rejection::QueryRejection};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A reader that takes nothing for so long is gone.
const STUCK: Duration = Duration::from_secs(30);

/// What a reader asks for.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// A call or a run, by its id.
    call: Option<String>,
    /// Kinds of events, with commas between.
    types: Option<String>,
    /// The last position the reader has had.
    after: Option<u64>,
    /// With it, alerts and moments have a sentence.
    lang: Option<String>,
}

pub(super) async fn stream(
    State(api): State<Arc<Api>>,
    Extension(access): Extension<Access>,
    Lang(language): Lang,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Query(Asked { call, types, after, lang }) = match asked {
        Ok(asked) => asked,
        Err(rejection) => return problem(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    let filter = match Filter::new(access, call, types.as_deref(), lang.map(|_| language)) {
        Ok(filter) => filter,
        Err(fault) => return problem(StatusCode::BAD_REQUEST, &fault),
    };
    // A browser that comes back says here what it had last; its address is an old one.
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let reader = Counted::new(Reader::new(Arc::clone(&api), filter, last.or(after)), &api);
    match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(|socket| websocket(reader, socket)),
        Err(_) => server_sent(reader),
    }
}

fn server_sent(reader: Counted) -> Response {
    let stream = stream::unfold(reader, |mut reader| async {
        let Sent { position, json } = reader.reader.next().await?;
        let event = Event::default().data(json.as_str());
        let event = match position {
            Some(position) => event.id(position.to_string()),
            None => event,
        };
        Some((Ok::<_, Infallible>(event), reader))
    });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

async fn websocket(mut reader: Counted, mut socket: WebSocket) {
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
        if !sent(&mut socket, Message::Text(line.json)).await {
            return;
        }
    }
}

async fn sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(STUCK, socket.send(message)).await, Ok(Ok(())))
}

/// A reader that is counted while it is there.
struct Counted {
    reader: Reader,
    api: Arc<Api>,
    _until_it_leaves: TaskTrackerToken,
}

impl Counted {
    fn new(reader: Reader, api: &Arc<Api>) -> Self {
        api.metrics.subscribers.add(1);
        Self { reader, api: Arc::clone(api), _until_it_leaves: api.readers.token() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.api.metrics.subscribers.take();
    }
}
