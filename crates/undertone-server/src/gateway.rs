//! One configured gateway while the server runs.

use crate::calls::Calls;
use crate::config::{GatewayConfig, HttpConfig, Kind};
use crate::metrics::GatewayMetrics;
use crate::origin::Guard;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;
use undertone_signal::CallId;
use undertone_telephony::{
    AudioFork, ChanWebSocket, Dialect, ForkSettings, MediaStreams, RawStream, WebSocketGateway,
};

/// One configured gateway while the server runs.
pub(crate) struct Gateway {
    pub(crate) config: GatewayConfig,
    pub(crate) metrics: Arc<GatewayMetrics>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) connections: Arc<Semaphore>,
    /// Asked where no token is.
    pub(crate) guard: Guard,
    nameless: AtomicU64,
}

impl Gateway {
    pub(crate) fn new(config: GatewayConfig, calls: Arc<Calls>, http: &HttpConfig) -> Self {
        let guard = Guard::new(&http.hosts, &http.origins, config.listen.ip().is_loopback());
        let metrics = Arc::new(GatewayMetrics::new(&config.name));
        let connections = Arc::new(Semaphore::new(config.max_connections));
        Self { config, metrics, calls, connections, guard, nameless: AtomicU64::new(0) }
    }

    /// A name for a call whose gateway gave it none.
    pub(crate) fn call_id(&self) -> CallId {
        let number = self.nameless.fetch_add(1, Ordering::Relaxed);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        CallId::new(format!("{}-{}-{number}", self.config.name, since.as_secs()))
    }

    /// The protocol of a new connection; `None` if it is not one over WebSocket.
    pub(crate) fn protocol(&self) -> Option<Box<dyn WebSocketGateway>> {
        let sides = self.config.customer.into();
        let fork = |metadata_first| {
            let rate = self.config.rate.unwrap_or(8_000);
            let channels = self.config.channels.unwrap_or(1);
            Box::new(AudioFork::new(ForkSettings { rate, channels, sides, metadata_first }))
        };
        Some(match self.config.kind {
            Kind::Twilio => Box::new(MediaStreams::new(Dialect::Twilio, sides)),
            Kind::Telnyx => Box::new(MediaStreams::new(Dialect::Telnyx, sides)),
            Kind::ChanWebsocket => Box::new(ChanWebSocket::new()),
            Kind::Freeswitch => fork(false),
            Kind::Vonage => fork(true),
            Kind::Raw => Box::new(RawStream::new()),
            Kind::Audiosocket | Kind::Rtp => return None,
        })
    }

    /// True if the stream itself has a place for a token.
    pub(crate) const fn token_in_stream(&self) -> bool {
        !matches!(self.config.kind, Kind::ChanWebsocket)
    }
}
