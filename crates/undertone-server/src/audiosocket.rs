//! Asterisk's `AudioSocket`.

use crate::gateway::Gateway;
use crate::listener::Stream;
use crate::refusal::Refusal;
use crate::session::{Flow, Session};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use undertone_telephony::AudioSocket;

/// Serves one connection.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    mut stream: Stream,
    peer: SocketAddr,
    _permit: OwnedSemaphorePermit,
    shutdown: CancellationToken,
) {
    gateway.metrics.connections.add(1);
    let _open = gateway.metrics.connected.hold();
    if !gateway.config.admits(peer.ip()) {
        return gateway.metrics.refused(&Refusal::Address(peer.ip()));
    }
    let mut session = Session::new(Arc::clone(&gateway), true, None);
    match converse(&gateway, &mut stream, &mut session, &shutdown).await {
        Ok(()) => session.end(None).await,
        // A hang-up is said; a connection that merely ends may have been cut.
        Err(Refusal::Transport(_)) => session.detach().await,
        Err(refusal) => {
            gateway.metrics.refused(&refusal);
            session.end(Some(format!("{}: {refusal}", gateway.config.name))).await;
        }
    }
}

async fn converse(
    gateway: &Gateway,
    stream: &mut Stream,
    session: &mut Session,
    shutdown: &CancellationToken,
) -> Result<(), Refusal> {
    let handshake = tokio::time::Instant::now() + gateway.config.handshake();
    let (mut socket, mut events) = (AudioSocket::new(), Vec::new());
    let mut buffer = vec![0; 16 << 10];
    loop {
        let waits = !session.has_call();
        let read = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = session.gone.cancelled() => return Ok(()),
            () = tokio::time::sleep_until(handshake), if waits => return Err(Refusal::Handshake),
            read = stream.read(&mut buffer) => read,
        };
        let bytes = match read {
            Ok(0) => return Err(Refusal::Transport("the connection ended".to_owned())),
            Ok(bytes) => &buffer[..bytes],
            Err(error) => return Err(Refusal::Transport(error.to_string())),
        };
        let understood = socket.push(bytes, Instant::now(), &mut events);
        let flow = session.take(&mut events).await?;
        session.report(socket.counters());
        understood?;
        if flow == Flow::Done {
            return Ok(());
        }
    }
}
