//! TCP and TLS connections, as many as are allowed.

use crate::config::TlsConfig;
use crate::error::ServerError;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A connection, encrypted or not.
pub(crate) type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// What a listener needs.
pub(crate) struct Listening {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) handshake: Duration,
    pub(crate) shutdown: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Listening {
    /// Serves every connection in a task of its own until shutdown; who serves one
    /// keeps its permit. `refused` is called for each that is one too many.
    pub(crate) async fn run<F, Fut>(self, refused: impl Fn(), serve: F)
    where
        F: Fn(Stream, SocketAddr, OwnedSemaphorePermit) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = ()> + Send,
    {
        loop {
            let accepted = tokio::select! {
                () = self.shutdown.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((tcp, peer)) = accepted else {
                // Out of file descriptors: others have to close first.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else {
                refused();
                continue;
            };
            prepare(&tcp);
            let (tls, handshake, serve) = (self.tls.clone(), self.handshake, serve.clone());
            self.tasks.spawn(async move {
                if let Some(stream) = secured(tcp, tls, handshake).await {
                    serve(stream, peer, permit).await;
                }
            });
        }
    }
}

/// The connection after its TLS handshake, if it is to have one and gets through it.
async fn secured(tcp: TcpStream, tls: Option<TlsAcceptor>, handshake: Duration) -> Option<Stream> {
    let Some(tls) = tls else { return Some(Either::Left(tcp)) };
    let stream = tokio::time::timeout(handshake, tls.accept(tcp)).await.ok()?.ok()?;
    Some(Either::Right(Box::new(stream)))
}

/// Small messages at once, and peers that are gone found out.
fn prepare(tcp: &TcpStream) {
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(10));
    let _ = tcp.set_nodelay(true);
    let _ = socket2::SockRef::from(tcp).set_tcp_keepalive(&keepalive);
}

/// Reads a certificate and its key.
pub(crate) fn acceptor(name: &str, tls: &TlsConfig) -> Result<TlsAcceptor, ServerError> {
    let fault = |file: &std::path::Path, error: &dyn std::fmt::Display| {
        ServerError::Config(format!("{name}: {}: {error}", file.display()))
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| fault(&tls.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| fault(&tls.key, &error))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| fault(&tls.certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
