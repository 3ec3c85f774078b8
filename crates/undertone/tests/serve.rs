//! A call through each kind of gateway gives what its recording gives.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket, connect};

const CONFIG: &str = r#"
http = { listen = "127.0.0.1:0" }
gateway = [
    { name = "asterisk", kind = "audiosocket", listen = "127.0.0.1:0", silence_s = 60 },
    { name = "twilio", kind = "twilio", listen = "127.0.0.1:0", token = "t", silence_s = 60 },
    { name = "raw", kind = "raw", listen = "127.0.0.1:0", silence_s = 60 },
    { name = "rtp", kind = "rtp", listen = "127.0.0.1:0", silence_s = 6 },
]
"#;

/// `undertone serve`, and what it has said.
struct Serving {
    process: Child,
    events: Arc<Mutex<Vec<Value>>>,
    addresses: Vec<(String, SocketAddr)>,
}

fn serve(config: &std::path::Path) -> Serving {
    let mut process = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["serve", "--config", config.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let (out, heard) = (BufReader::new(process.stdout.take().unwrap()), Arc::clone(&events));
    std::thread::spawn(move || {
        for line in out.lines() {
            heard.lock().unwrap().push(serde_json::from_str(&line.unwrap()).unwrap());
        }
    });
    let mut addresses = Vec::new();
    for line in BufReader::new(process.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        let (name, address) = line
            .strip_prefix("undertone: ")
            .and_then(|line| line.split_once(" listens on "))
            .unwrap_or_else(|| panic!("{line}"));
        addresses.push((name.to_owned(), address.parse().unwrap()));
        if name == "http" {
            break;
        }
    }
    Serving { process, events, addresses }
}

impl Serving {
    fn address(&self, name: &str) -> SocketAddr {
        self.addresses.iter().find(|(own, _)| own == name).unwrap().1
    }

    /// Events of one call and type; RTP calls are named after their gateway.
    fn of(&self, call: &str, kind: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        let is = |event: &&Value| {
            event["type"] == kind && event["call"].as_str().is_some_and(|id| id.starts_with(call))
        };
        events.iter().filter(is).cloned().collect()
    }

    /// Waits until something is so.
    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// How far the customer of a call has been judged.
    fn judged(&self, call: &str) -> f64 {
        let tones = self.of(call, "tone");
        let customer = tones.iter().rev().find(|tone| tone["lane"] == "customer");
        customer.map_or(0.0, |tone| tone["end_s"].as_f64().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// A peer that sends the customer's and the agent's next samples.
trait Peer {
    fn send(&mut self, customer: &[i16], agent: &[i16]);
    fn hang_up(&mut self);
}

struct Asterisk(TcpStream);

impl Asterisk {
    fn call(address: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        let mut uuid = vec![0x01, 0x00, 0x10];
        uuid.extend(0xa5_u128.to_be_bytes());
        socket.write_all(&uuid).unwrap();
        Self(socket)
    }
}

impl Peer for Asterisk {
    fn send(&mut self, customer: &[i16], _: &[i16]) {
        let mut message = vec![0x10];
        message.extend((2 * customer.len() as u16).to_be_bytes());
        message.extend(customer.iter().flat_map(|sample| sample.to_le_bytes()));
        self.0.write_all(&message).unwrap();
    }

    fn hang_up(&mut self) {
        self.0.write_all(&[0, 0, 0]).unwrap();
    }
}

struct Twilio {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    sent: usize,
}

impl Twilio {
    fn call(address: SocketAddr) -> Self {
        let mut socket = connect(format!("ws://{address}/media/t")).unwrap().0;
        let start = json!({"event": "start", "sequenceNumber": "1", "start": {
            "callSid": "CA1", "tracks": ["inbound", "outbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}});
        socket.send(Message::text(start.to_string())).unwrap();
        Self { socket, sent: 0 }
    }
}

impl Peer for Twilio {
    fn send(&mut self, customer: &[i16], agent: &[i16]) {
        for (track, samples) in [("inbound", customer), ("outbound", agent)] {
            let payload = STANDARD.encode(mulaw(samples));
            let timestamp = (self.sent / 8).to_string();
            let media = json!({"event": "media",
                "media": {"track": track, "timestamp": timestamp, "payload": payload}});
            self.socket.send(Message::text(media.to_string())).unwrap();
        }
        self.sent += customer.len();
    }

    fn hang_up(&mut self) {
        self.socket.send(Message::text(r#"{"event":"stop"}"#)).unwrap();
    }
}

struct Raw(WebSocket<MaybeTlsStream<TcpStream>>);

impl Raw {
    fn call(address: SocketAddr) -> Self {
        let mut socket = connect(format!("ws://{address}/")).unwrap().0;
        let hello = json!({"type": "hello", "call": "raw-1", "rate": 8000,
            "lanes": ["customer", "agent"]});
        socket.send(Message::text(hello.to_string())).unwrap();
        Self(socket)
    }
}

impl Peer for Raw {
    fn send(&mut self, customer: &[i16], agent: &[i16]) {
        let both = customer.iter().zip(agent).flat_map(|(a, b)| [*a, *b]);
        let bytes: Vec<u8> = both.flat_map(i16::to_le_bytes).collect();
        self.0.send(Message::binary(bytes)).unwrap();
    }

    fn hang_up(&mut self) {
        self.0.close(None).unwrap();
        self.0.flush().unwrap();
    }
}

/// PCMU; every third packet comes after the one that follows it.
struct Rtp {
    socket: UdpSocket,
    sent: u16,
    held: Option<Vec<u8>>,
}

impl Rtp {
    fn call(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(address).unwrap();
        Self { socket, sent: 0, held: None }
    }
}

impl Peer for Rtp {
    fn send(&mut self, customer: &[i16], _: &[i16]) {
        let mut packet = vec![0x80, 0];
        packet.extend(self.sent.wrapping_add(65_000).to_be_bytes());
        packet.extend((u32::from(self.sent) * 160).to_be_bytes());
        packet.extend([1, 2, 3, 4]);
        packet.extend(mulaw(customer));
        self.sent += 1;
        if self.sent % 3 == 2 {
            self.held = Some(packet);
            return;
        }
        self.socket.send(&packet).unwrap();
        if let Some(held) = self.held.take() {
            self.socket.send(&held).unwrap();
        }
    }

    fn hang_up(&mut self) {}
}

/// G.711 µ-law of samples that were µ-law before: exact.
fn mulaw(samples: &[i16]) -> Vec<u8> {
    let encode = |&sample: &i16| {
        let sign = if sample < 0 { 0x80 } else { 0 };
        let magnitude = (i32::from(sample).abs() + 132).min(32_767);
        let exponent = (magnitude >> 7).ilog2() as u8;
        let mantissa = (magnitude >> (exponent + 3)) as u8 & 0x0f;
        !(sign | exponent << 4 | mantissa)
    };
    samples.iter().map(encode).collect()
}

/// The first 50 seconds of a shipped telephone call, which turns in the 39th, as
/// 16-bit samples of each side.
fn call(cut: &std::path::Path) -> (Vec<i16>, Vec<i16>) {
    let (rate, channels, mut samples) = support::read(&support::fixture("delivery.wav"));
    assert_eq!((rate, channels), (8_000, 2));
    samples.truncate(50 * 8_000 * 2);
    support::write_wav(cut, rate, channels, &samples);
    let side = |first: usize| {
        let side = samples.iter().skip(first).step_by(2);
        side.map(|sample| (sample * 32_768.0) as i16).collect()
    };
    (side(0), side(1))
}

/// What must agree: state, onset and time of each alert.
fn alerts(events: &[Value]) -> Vec<(String, f64, f64)> {
    let alert = |event: &Value| {
        let number = |field: &str| event[field].as_f64().unwrap();
        (event["state"].as_str().unwrap().to_owned(), number("onset_s"), number("at_s"))
    };
    events.iter().map(alert).collect()
}

#[test]
fn a_call_alerts_the_same_through_every_gateway_as_from_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (cut, config) = (folder.path().join("call.wav"), folder.path().join("serve.toml"));
    let (customer, agent) = call(&cut);
    let recorded = support::analyze(&cut, &[]);
    let wanted: Vec<Value> = support::of_type(&recorded, "alert").into_iter().cloned().collect();
    let wanted = alerts(&wanted);
    assert!(wanted.len() >= 2, "{wanted:?}");

    std::fs::write(&config, CONFIG).unwrap();
    let mut serving = serve(&config);
    let mut peers: Vec<(&str, Box<dyn Peer>)> = vec![
        (
            "00000000-0000-0000-0000-0000000000a5",
            Box::new(Asterisk::call(serving.address("asterisk"))),
        ),
        ("CA1", Box::new(Twilio::call(serving.address("twilio")))),
        ("raw-1", Box::new(Raw::call(serving.address("raw")))),
        ("rtp-", Box::new(Rtp::call(serving.address("rtp")))),
    ];
    // As fast as the server hears, and no faster: live sound that comes too fast is
    // dropped.
    for (number, (customer, agent)) in customer.chunks(160).zip(agent.chunks(160)).enumerate() {
        for (_, peer) in &mut peers {
            peer.send(customer, agent);
        }
        let sent = (number + 1) as f64 * 0.02;
        if (number + 1) % 12 == 0 {
            for (name, _) in &peers {
                serving.until(name, |serving| serving.judged(name) >= sent - 0.6);
            }
        }
    }
    for (name, peer) in &mut peers {
        peer.hang_up();
        serving.until(name, |serving| !serving.of(name, "summary").is_empty());
        let summary = &serving.of(name, "summary")[0];
        assert_eq!(summary["lanes"]["customer"]["dropped_windows"], 0, "{name}: {summary}");
        let heard = alerts(&serving.of(name, "alert"));
        assert_eq!(heard.len(), wanted.len(), "{name}: {heard:?}, not {wanted:?}");
        for (heard, wanted) in heard.iter().zip(&wanted) {
            let close = (heard.1 - wanted.1).abs() < 0.1 && (heard.2 - wanted.2).abs() < 0.1;
            assert!(heard.0 == wanted.0 && close, "{name}: {heard:?}, not {wanted:?}");
        }
    }
    let stopped = Command::new("kill").arg(serving.process.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert!(serving.process.wait().unwrap().success(), "SIGTERM is a request, not an error");
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused_with_its_fault() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("serve.toml");
    std::fs::write(&config, CONFIG.replace("\"raw\", kind = \"raw\"", "\"raw\", kind = \"fax\""))
        .unwrap();
    let output = support::undertone(&["serve", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("serve.toml: line 6: ") && said.contains("fax"), "{said}");
}

#[test]
fn config_init_writes_what_config_check_finds_good() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("serve.toml");
    let run = |command: &str| {
        let output = support::undertone(&["config", command, file.to_str().unwrap()]);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    assert_eq!(run("init").0, Some(0));
    let (code, said) = run("check");
    assert!(code == Some(0) && said.contains("good (1 gateways, 0 tokens)"), "{said}");
    let (code, said) = run("init");
    assert!(code == Some(2) && said.contains("is there already"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + "ports = 2\n").unwrap();
    let (code, said) = run("check");
    assert!(
        code == Some(2) && said.contains("serve.toml: line ") && said.contains("`ports`"),
        "{said}"
    );
}
