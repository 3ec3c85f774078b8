//! Starting, running and stopping.

use crate::api::{self, Api};
use crate::calls::Calls;
use crate::config::{Config, Kind};
use crate::gateway::Gateway;
use crate::http::serve_http;
use crate::keeping::Keeping;
use crate::listener::{Listening, acceptor};
use crate::origin::Guard;
use crate::refusal::Refusal;
use crate::roles::Tokens;
use crate::rtp::Ports;
use crate::tickets::Tickets;
use crate::{ServerError, audiosocket, web};
use crossbeam::channel::Receiver;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use undertone_engine::Engine;
use undertone_signal::Event;

/// Readers of events, health and metrics at a time.
const HTTP_CONNECTIONS: usize = 256;
/// From the connection to the end of its request.
const HTTP_HANDSHAKE: Duration = Duration::from_secs(10);
/// How long calls may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// A server whose listeners are open.
pub struct Server {
    engine: Arc<Engine>,
    calls: Arc<Calls>,
    gateways: Vec<(Arc<Gateway>, Socket)>,
    http: (TcpListener, Option<TlsAcceptor>),
    tokens: Tokens,
    guard: Guard,
    kept: Keeping,
    shutdown: CancellationToken,
}

enum Socket {
    Tcp(TcpListener, Option<TlsAcceptor>),
    Rtp(Vec<Ports>),
}

impl Server {
    /// Opens every listener. The engine must have been started at
    /// [`Pace::Live`](undertone_engine::Pace::Live), and its `events` be read by
    /// nobody else; each event goes to `out` as a line of JSON.
    ///
    /// # Errors
    /// [`ServerError`] if an address is taken, or a file of the configuration
    /// cannot be used.
    pub async fn bind(
        config: Config,
        engine: Engine,
        events: Receiver<Event>,
        out: Box<dyn Write + Send>,
    ) -> Result<Self, ServerError> {
        let shutdown = CancellationToken::new();
        let tokens = Tokens::of(&config);
        let loopback = config.http.listen.ip().is_loopback();
        let guard = Guard::new(&config.http.hosts, &config.http.origins, loopback);
        let engine = Arc::new(engine);
        let calls = Arc::new(Calls::new(Arc::clone(&engine), shutdown.clone()));
        let mut gateways = Vec::new();
        for gateway in config.gateways {
            let gateway = Arc::new(Gateway::new(gateway, Arc::clone(&calls), &config.http));
            let socket = Socket::bind(&gateway).await?;
            gateways.push((gateway, socket));
        }
        let tls = config.http.tls.as_ref().map(|tls| acceptor("http", tls)).transpose()?;
        let listener = tcp("http", config.http.listen).await?;
        let http = (listener, tls);
        let kept = Keeping::start(events, out, config.store.as_ref(), config.webhooks)?;
        kept.sweep(&calls.tasks, &shutdown);
        Ok(Self { engine, calls, gateways, http, tokens, guard, kept, shutdown })
    }

    /// Where each gateway listens, by name (RTP: every call's customer), and last `http`.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn addresses(&self) -> std::io::Result<Vec<(String, SocketAddr)>> {
        let mut addresses = Vec::new();
        for (gateway, socket) in &self.gateways {
            let mut push = |address| addresses.push((gateway.config.name.clone(), address));
            match socket {
                Socket::Tcp(listener, _) => push(listener.local_addr()?),
                Socket::Rtp(calls) => {
                    for ports in calls {
                        push(ports.address()?);
                    }
                }
            }
        }
        addresses.push(("http".to_owned(), self.http.0.local_addr()?));
        Ok(addresses)
    }

    /// Serves until `stop` completes, then ends every call and sends their last
    /// events.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { engine, calls, gateways, http, tokens, guard, kept, shutdown } = self;
        let listeners = TaskTracker::new();
        // Readers are to get the last events of the calls that end at shutdown.
        let (readers, reading) = (CancellationToken::new(), TaskTracker::new());
        let api = Arc::new(Api {
            tokens,
            tickets: Tickets::default(),
            guard,
            hub: Arc::clone(&kept.hub),
            store: kept.store.clone(),
            health: kept.journal.health(),
            dead: Arc::clone(&kept.dead),
            outboxes: kept.outboxes.clone(),
            metrics: Arc::clone(&kept.metrics),
            readers: reading.clone(),
            engine: Arc::downgrade(&engine),
            gateways: gateways.iter().map(|(gateway, _)| Arc::clone(&gateway.metrics)).collect(),
        });
        for (gateway, socket) in gateways {
            listeners.spawn(socket.run(gateway, shutdown.clone(), listeners.clone()));
        }
        let listening = Listening {
            listener: http.0,
            tls: http.1,
            connections: Arc::new(Semaphore::new(HTTP_CONNECTIONS)),
            handshake: HTTP_HANDSHAKE,
            shutdown: readers.clone(),
            tasks: reading.clone(),
        };
        reading.spawn(listening.run(|| (), {
            let readers = readers.clone();
            move |stream, _, permit| {
                let (router, readers) = (api::router(Arc::clone(&api)), readers.clone());
                async move {
                    serve_http(stream, router, HTTP_HANDSHAKE, readers).await;
                    drop(permit);
                }
            }
        }));

        stop.await;
        shutdown.cancel();
        listeners.close();
        calls.tasks.close();
        let _ = tokio::time::timeout(FAREWELL, async {
            listeners.wait().await;
            calls.tasks.wait().await;
        })
        .await;
        drop(calls);
        readers.cancel();
        reading.close();
        end(engine, kept).await;
        let _ = tokio::time::timeout(Duration::from_secs(2), reading.wait()).await;
    }
}

impl Socket {
    async fn bind(gateway: &Gateway) -> Result<Self, ServerError> {
        let config = &gateway.config;
        if config.kind == Kind::Rtp {
            return Ports::bind(gateway).await.map(Self::Rtp);
        }
        let tls = config.tls.as_ref().map(|tls| acceptor(&config.name, tls)).transpose()?;
        Ok(Self::Tcp(tcp(&config.name, config.listen).await?, tls))
    }

    async fn run(self, gateway: Arc<Gateway>, shutdown: CancellationToken, tasks: TaskTracker) {
        let (listener, tls) = match self {
            Self::Rtp(calls) => {
                for ports in calls {
                    tasks.spawn(ports.run(Arc::clone(&gateway), shutdown.clone()));
                }
                return;
            }
            Self::Tcp(listener, tls) => (listener, tls),
        };
        let listening = Listening {
            listener,
            tls,
            connections: Arc::clone(&gateway.connections),
            handshake: gateway.config.handshake(),
            shutdown: shutdown.clone(),
            tasks,
        };
        let refused = || gateway.metrics.refused(&Refusal::Connections);
        if gateway.config.kind == Kind::Audiosocket {
            let gateway = Arc::clone(&gateway);
            let serve = move |stream, peer, permit| {
                audiosocket::serve(Arc::clone(&gateway), stream, peer, permit, shutdown.clone())
            };
            listening.run(refused, serve).await;
        } else {
            let gateway = Arc::clone(&gateway);
            let serve = move |stream, peer, permit| {
                web::serve(Arc::clone(&gateway), stream, peer, permit, shutdown.clone())
            };
            listening.run(refused, serve).await;
        }
    }
}

/// Ends the engine's threads, and then the journal and its sinks. A task that has not ended
/// in time keeps the engine; then the process ends under it.
async fn end(engine: Arc<Engine>, kept: Keeping) {
    if let Some(engine) = Arc::into_inner(engine) {
        let _ = tokio::task::spawn_blocking(move || {
            drop(engine);
            kept.join();
        })
        .await;
    }
}

async fn tcp(name: &str, address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|source| ServerError::Bind {
        name: name.to_owned(),
        address,
        source,
    })
}

/// Serves until the process is asked to stop (`SIGINT`, `SIGTERM`). `ready` is told
/// where everything listens.
///
/// # Errors
/// [`ServerError`] if it cannot start.
pub fn serve(
    config: Config,
    engine: Engine,
    events: Receiver<Event>,
    out: Box<dyn Write + Send>,
    ready: impl FnOnce(&[(String, SocketAddr)]),
) -> Result<(), ServerError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let stop = signals()?;
        let server = Server::bind(config, engine, events, out).await?;
        ready(&server.addresses()?);
        server.run(stop).await;
        Ok(())
    });
    // A call whose words never come must not keep the process.
    runtime.shutdown_background();
    served
}

/// Completes when the process is asked to stop.
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())?
    };
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
