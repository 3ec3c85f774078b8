//! A running server with a fake model, and what its clients need.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::format_push_string,
    dead_code,
    unreachable_pub
)]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use undertone_engine::{Engine, EngineSettings, Pace, fake};
use undertone_server::{Config, Server, ServerError};

pub type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The lines the server has written.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub struct Running {
    pub lines: Lines,
    addresses: Vec<(String, SocketAddr)>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

/// Starts a server; each gateway is the lines of its table, but for `listen`.
pub async fn server(gateways: &[&str]) -> Running {
    let gateways: Vec<(&str, u16)> = gateways.iter().map(|lines| (*lines, 0)).collect();
    server_at(&gateways).await
}

/// The same, with a port for each.
pub async fn server_at(gateways: &[(&str, u16)]) -> Running {
    let mut config = "[http]\nlisten = \"127.0.0.1:0\"\ntoken = \"api\"\n".to_owned();
    for (gateway, port) in gateways {
        config += &format!("[[gateway]]\nlisten = \"127.0.0.1:{port}\"\n{gateway}\n");
    }
    start(&config).await
}

/// Starts a server with a configuration.
pub async fn start(config: &str) -> Running {
    let (server, lines) = bind(config).await.unwrap();
    let addresses = server.addresses().unwrap();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running { lines, addresses, stop, task }
}

/// A server that is about to run, with a model that judges everything calm.
pub async fn bind(config: &str) -> Result<(Server, Lines), ServerError> {
    let settings = EngineSettings { pace: Pace::Live, ..EngineSettings::default() };
    let (engine, events) = Engine::start(settings, fake::models()).unwrap();
    let lines = Lines::default();
    let out = Box::new(lines.clone());
    let server = Server::bind(Config::parse(config)?, engine, events, out).await?;
    Ok((server, lines))
}

impl Running {
    pub fn address(&self, name: &str) -> SocketAddr {
        self.addresses.iter().find(|(own, _)| own == name).unwrap().1
    }

    pub fn events(&self) -> Vec<serde_json::Value> {
        let bytes = self.lines.0.lock().unwrap().clone();
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect()
    }

    pub fn of_type(&self, kind: &str) -> Vec<serde_json::Value> {
        self.events().into_iter().filter(|event| event["type"] == kind).collect()
    }

    /// Waits until there are `count` events of a type.
    pub async fn until(&self, kind: &str, count: usize) -> Vec<serde_json::Value> {
        let began = Instant::now();
        loop {
            let events = self.of_type(kind);
            if events.len() >= count {
                return events;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "no {kind}: {:?}", self.events());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn websocket(&self, gateway: &str, path: &str) -> Result<Client, Error> {
        let url = format!("ws://{}{path}", self.address(gateway));
        connect_async(url).await.map(|(client, _)| client)
    }

    /// A reader of the stream, by WebSocket.
    pub async fn reader(&self, query: &str) -> Client {
        let url = format!("ws://{}/v1/stream?{query}", self.address("http"));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("authorization", "Bearer api".parse().unwrap());
        connect_async(request).await.unwrap().0
    }

    /// A request of the HTTP listener: status and body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"), "").await
    }

    /// The same, with a body of JSON.
    pub async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
        );
        self.ask(&head, body).await
    }

    async fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address("http")).await.unwrap();
        let rest = "Host: localhost\r\nAuthorization: Bearer api\r\nConnection: close\r\n\r\n";
        stream.write_all(format!("{head}{rest}{body}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// The value of a metric, by its whole name with labels.
    pub async fn metric(&self, name: &str) -> u64 {
        let (_, text) = self.get("/metrics").await;
        let line = text.lines().find(|line| line.starts_with(&format!("undertone_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .rsplit(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Waits until a metric has a value.
    pub async fn until_metric(&self, name: &str, value: u64) {
        let began = Instant::now();
        while self.metric(name).await != value {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "{name} is {}",
                self.metric(name).await
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn refused(&self, gateway: &str, reason: &str, count: u64) {
        let labels = format!("{{gateway=\"{gateway}\",reason=\"{reason}\"}}");
        self.until_metric(&format!("gateway_refused_total{labels}"), count).await;
    }

    /// Stops the server and waits for it; the events it wrote.
    pub async fn stop(self) -> Vec<serde_json::Value> {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        let bytes = self.lines.0.lock().unwrap().clone();
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect()
    }
}

/// A hello of the raw protocol: 16 kHz, the customer alone.
pub fn hello(call: &str, token: &str) -> Message {
    Message::text(format!(r#"{{"type":"hello","call":"{call}","rate":16000,"token":"{token}"}}"#))
}

/// Seconds of a faint tone, 16-bit little-endian at 16 kHz.
pub fn sound(seconds: f64) -> Message {
    let samples = (seconds * 16_000.0) as usize;
    let wave = (0..samples).map(|i| (f64::from(i as u32) * 0.1).sin() * 3000.0);
    Message::binary(wave.flat_map(|x| (x as i16).to_le_bytes()).collect::<Vec<u8>>())
}
