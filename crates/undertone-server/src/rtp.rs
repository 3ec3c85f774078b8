//! Calls over RTP: a port a lane, and ports of its own for each call that may come at
//! the same time.

use crate::error::ServerError;
use crate::gateway::Gateway;
use crate::refusal::Refusal;
use crate::session::Session;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;
use undertone_signal::Lane;
use undertone_telephony::WireEvent;
use undertone_telephony::rtp::{Formats, RtpCall, RtpSettings, parse_sdp};

/// No datagram is longer.
const LONGEST: usize = 1 << 16;

/// The ports of one call of an RTP gateway, and of those that come after it.
pub(crate) struct Ports {
    customer: UdpSocket,
    agent: Option<UdpSocket>,
    settings: Vec<RtpSettings>,
}

impl Ports {
    /// Opens the ports of every call there may be, and reads what payload types mean.
    pub(crate) async fn bind(gateway: &Gateway) -> Result<Vec<Self>, ServerError> {
        let settings = settings(gateway)?;
        let mut all = Vec::new();
        for index in 0..gateway.config.ports.unwrap_or(1) {
            let (customer, agent) = gateway.config.rtp_addresses(index);
            let customer = udp(gateway, customer).await?;
            let agent = match agent {
                Some(address) => Some(udp(gateway, address).await?),
                None => None,
            };
            all.push(Self { customer, agent, settings: settings.clone() });
        }
        Ok(all)
    }

    /// Where the customer's packets go.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.customer.local_addr()
    }

    /// Serves call after call until shutdown.
    pub(crate) async fn run(self, gateway: Arc<Gateway>, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let connection = Connection::new(&gateway, self.settings.clone());
            connection.run(&self, &shutdown).await;
        }
    }
}

async fn udp(gateway: &Gateway, address: SocketAddr) -> Result<UdpSocket, ServerError> {
    let name = gateway.config.name.clone();
    UdpSocket::bind(address).await.map_err(|source| ServerError::Bind { name, address, source })
}

/// How each lane is heard.
fn settings(gateway: &Gateway) -> Result<Vec<RtpSettings>, ServerError> {
    let config = &gateway.config;
    let lanes = [Lane::Customer, Lane::Agent].into_iter().zip(formats(gateway)?);
    let settings = lanes.map(|(lane, formats)| {
        let settings = RtpSettings::new(lane);
        let hold = config.hold_ms.map_or(settings.hold, Duration::from_millis);
        RtpSettings { formats, hold, ..settings }
    });
    Ok(settings.take(1 + usize::from(config.agent_listen.is_some())).collect())
}

/// The payload types of each lane: of an SDP with one audio section, the same.
fn formats(gateway: &Gateway) -> Result<[Formats; 2], ServerError> {
    let config = &gateway.config;
    let fault = |cause: String| ServerError::Config(format!("gateway {:?}: {cause}", config.name));
    let mut formats = [Formats::default(), Formats::default()];
    if let Some(path) = &config.sdp {
        let text = std::fs::read_to_string(path)
            .map_err(|error| fault(format!("{}: {error}", path.display())))?;
        let sections =
            parse_sdp(&text).map_err(|error| fault(format!("{}: {error}", path.display())))?;
        for (lane, formats) in formats.iter_mut().enumerate() {
            if let Some(section) = sections.get(lane).or(sections.first()) {
                *formats = section.formats.clone();
            }
        }
    }
    for (number, name) in &config.payload_types {
        let number = number.parse().map_err(|_| fault(format!("payload type {number:?}")))?;
        for formats in &mut formats {
            if !formats.map(number, name) {
                return Err(fault(format!("payload type {number}: cannot read {name:?}")));
            }
        }
    }
    Ok(formats)
}

/// The sockets of one call, its state and its session.
struct Connection<'a> {
    gateway: &'a Arc<Gateway>,
    call: RtpCall,
    session: Session,
    events: Vec<WireEvent>,
}

impl<'a> Connection<'a> {
    fn new(gateway: &'a Arc<Gateway>, settings: Vec<RtpSettings>) -> Self {
        let session = Session::new(Arc::clone(gateway), true, None);
        Self { gateway, call: RtpCall::new(settings), session, events: Vec::new() }
    }

    /// Listens until the call has ended, which its task decides by its silence.
    async fn run(mut self, ports: &Ports, shutdown: &CancellationToken) {
        let (mut first, mut second) = (vec![0; LONGEST], vec![0; LONGEST]);
        loop {
            // Errors are those of datagrams sent, and none are.
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.session.gone.cancelled() => return,
                () = until(self.call.deadline()) => {
                    self.call.poll(Instant::now(), &mut self.events);
                }
                received = ports.customer.recv_from(&mut first) => {
                    if let Ok((length, peer)) = received {
                        self.datagram(0, &first[..length], peer.ip());
                    }
                }
                received = receive(ports.agent.as_ref(), &mut second) => {
                    if let Ok((length, peer)) = received {
                        self.datagram(1, &second[..length], peer.ip());
                    }
                }
            }
            if let Err(refusal) = self.session.take(&mut self.events).await {
                self.gateway.metrics.refused(&refusal);
                // Nobody has this port after all: the next packet may be anyone's.
                self.call.forget();
            }
            self.session.report(self.call.counters());
        }
        self.call.flush(&mut self.events);
        // Its task is being stopped as well.
        let _ = self.session.take(&mut self.events).await;
        self.session.end(None).await;
    }

    fn datagram(&mut self, lane: usize, bytes: &[u8], peer: IpAddr) {
        let taken = self.gateway.config.admits(peer)
            && self.call.receive(lane, bytes, peer, Instant::now(), &mut self.events).is_ok();
        if !taken {
            self.gateway.metrics.refused(&Refusal::Address(peer));
        }
    }
}

/// A datagram of a port that may not be there.
async fn receive(
    port: Option<&UdpSocket>,
    buffer: &mut [u8],
) -> std::io::Result<(usize, SocketAddr)> {
    match port {
        Some(port) => port.recv_from(buffer).await,
        None => std::future::pending().await,
    }
}

/// Sleeps until an instant that may never come.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
