//! The server with good gateways and bad ones; no weights, no hardware.
#![allow(clippy::unwrap_used, clippy::panic)]

mod api;
mod hostile;
mod rtp;
mod support;
mod tls;

use futures_util::{SinkExt, StreamExt};
use support::{hello, server, sound};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};

pub(crate) const RAW: &str = "name = \"raw\"\nkind = \"raw\"\ntoken = \"s3cret\"\nsilence_s = 0.4\nhandshake_s = 0.4\n\
                   max_message_bytes = 100000\nmax_calls = 2";
const TWILIO: &str = "name = \"twilio\"\nkind = \"twilio\"\ntoken = \"s3cret\"\n";
pub(crate) const SOCKET: &str =
    "name = \"socket\"\nkind = \"audiosocket\"\nsilence_s = 0.4\nhandshake_s = 0.4\n";

/// The code with which the server closes a connection.
pub(crate) async fn close_code(mut client: support::Client) -> u16 {
    while let Some(Ok(message)) = client.next().await {
        if let Message::Close(Some(frame)) = message {
            return frame.code.into();
        }
    }
    panic!("no close frame");
}

#[tokio::test]
async fn a_call_comes_in_and_its_events_go_out() {
    let server = server(&[RAW]).await;
    let mut reader = server.reader("types=start,summary").await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A-17", "s3cret")).await.unwrap();
    client.send(sound(1.0)).await.unwrap();
    client.send(Message::text(r#"{"type":"end"}"#)).await.unwrap();
    assert_eq!(close_code(client).await, 1000);
    let summary = server.until("summary", 1).await[0].clone();
    assert_eq!((&summary["call"], &summary["complete"]), (&"A-17".into(), &true.into()));
    assert_eq!(summary["lanes"]["customer"]["audio_s"], 1.0);
    for kind in ["start", "summary"] {
        let Some(Ok(Message::Text(line))) = reader.next().await else { panic!("no {kind}") };
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&event["type"], &event["call"]), (&kind.into(), &"A-17".into()));
    }
    assert_eq!(server.get("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(server.metric("events_total{type=\"summary\"}").await, 1);
    assert_eq!(server.metric("gateway_calls_total{gateway=\"raw\"}").await, 1);
    assert_eq!(server.metric("calls_running").await, 0);
    server.stop().await;
}

#[tokio::test]
async fn without_the_right_token_there_is_no_call() {
    let chan = "name = \"chan\"\nkind = \"chan-websocket\"\ntoken = \"s3cret\"\n";
    let server = server(&[RAW, TWILIO, chan]).await;
    for (gateway, path) in [("raw", "/?token=wrong"), ("twilio", "/?token="), ("chan", "/")] {
        let refused = server.websocket(gateway, path).await;
        let Err(Error::Http(answer)) = refused else { panic!("{gateway}: {refused:?}") };
        assert_eq!(answer.status(), 401);
        server.refused(gateway, "token", 1).await;
    }
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A-17", "wrong")).await.unwrap();
    assert_eq!(close_code(client).await, 1008);
    server.refused("raw", "token", 2).await;
    assert!(server.websocket("chan", "/media/s3cret").await.is_ok(), "the path may carry it");
    let start = r#"{"event":"start","start":{"callSid":"CA1","tracks":["inbound"],
        "customParameters":{"token":"s3cret"}}}"#;
    let mut twilio = server.websocket("twilio", "/").await.unwrap();
    twilio.send(Message::text(start)).await.unwrap();
    assert_eq!(server.until("start", 1).await[0]["call"], "CA1");
    let mut stream = TcpStream::connect(server.address("http")).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 401"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn malformed_streams_are_closed_with_a_reason_and_counted() {
    let server = server(&[RAW, TWILIO, SOCKET]).await;
    // Longer than the listener allows.
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("long", "s3cret")).await.unwrap();
    let _ = client.send(Message::binary(vec![0; 200_000])).await;
    server.refused("raw", "oversize", 1).await;
    // Binary where text is due; media before start; not JSON; audio before hello.
    let media = r#"{"event":"media","media":{"track":"inbound","payload":"gAD/"}}"#;
    let wrong = [Message::binary(vec![1, 2]), Message::text(media), Message::text("{")];
    for (count, message) in (1..).zip(wrong) {
        let mut client = server.websocket("twilio", "/s3cret").await.unwrap();
        client.send(message).await.unwrap();
        assert_eq!(close_code(client).await, 1003);
        server.refused("twilio", "protocol", count).await;
    }
    let mut client = server.websocket("raw", "/?token=s3cret").await.unwrap();
    client.send(sound(0.1)).await.unwrap();
    assert_eq!(close_code(client).await, 1003);
    // AudioSocket: audio before the UUID.
    let mut socket = TcpStream::connect(server.address("socket")).await.unwrap();
    socket.write_all(&[0x10, 0, 2, 0, 0]).await.unwrap();
    assert_eq!(socket.read(&mut [0; 8]).await.unwrap(), 0, "closed");
    server.refused("socket", "protocol", 1).await;
    // A call that was going on ends with an error and its summary.
    let summary = &server.until("summary", 1).await[0];
    assert_eq!((&summary["call"], &summary["complete"]), (&"long".into(), &false.into()));
    assert!(server.of_type("error")[0]["message"].as_str().unwrap().contains("too long"));
    server.stop().await;
}

#[tokio::test]
async fn silence_ends_what_says_nothing() {
    let server = server(&[RAW, SOCKET]).await;
    // No TLS, no HTTP, no hello: each is left alone only for so long.
    let mut mute = TcpStream::connect(server.address("raw")).await.unwrap();
    assert_eq!(mute.read(&mut [0; 8]).await.unwrap(), 0, "no request came");
    let client = server.websocket("raw", "/").await.unwrap();
    assert_eq!(close_code(client).await, 1003);
    let mut socket = TcpStream::connect(server.address("socket")).await.unwrap();
    assert_eq!(socket.read(&mut [0; 8]).await.unwrap(), 0, "no UUID came");
    server.refused("raw", "handshake", 1).await;
    server.refused("socket", "handshake", 1).await;
    // A half-open connection: the call is there, its sound is not.
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("mute", "s3cret")).await.unwrap();
    let summary = &server.until("summary", 1).await[0];
    assert_eq!(summary["complete"], false);
    assert_eq!(server.of_type("error")[0]["message"], "raw: no sound for 0.4 s");
    assert_eq!(close_code(client).await, 1000);
    server.stop().await;
}

#[tokio::test]
async fn a_call_outlives_its_connection_for_a_while() {
    let patient = RAW.replace("silence_s = 0.4", "silence_s = 2");
    let server = server(&[&patient]).await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    client.send(sound(0.5)).await.unwrap();
    server.until("tone", 1).await;
    drop(client);
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    client.send(sound(0.5)).await.unwrap();
    server.until_metric("gateway_reconnections_total{gateway=\"raw\"}", 1).await;
    server.until("tone", 3).await;
    // A third takes over while the second is still there; the second is let go.
    let mut third = server.websocket("raw", "/").await.unwrap();
    third.send(hello("A", "s3cret")).await.unwrap();
    assert_eq!(close_code(client).await, 1000);
    third.send(sound(0.5)).await.unwrap();
    // It vanishes and nobody comes back.
    drop(third);
    let summary = &server.until("summary", 1).await[0];
    assert_eq!(server.of_type("start").len(), 1, "it was one call");
    assert!(summary["audio_s"].as_f64().unwrap() >= 1.5, "{summary}");
    let message = server.of_type("error")[0]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "raw: the connection broke and did not come back for 2 s");
    server.stop().await;
}

#[tokio::test]
async fn limits_hold_and_are_counted() {
    let patient = RAW.replace("silence_s = 0.4", "silence_s = 30");
    let server = server(&[&format!("{patient}\nmax_connections = 3")]).await;
    let mut clients = Vec::new();
    for call in ["1", "2"] {
        let mut client = server.websocket("raw", "/").await.unwrap();
        client.send(hello(call, "s3cret")).await.unwrap();
        clients.push(client);
    }
    server.until("start", 2).await;
    let mut third = server.websocket("raw", "/").await.unwrap();
    third.send(hello("3", "s3cret")).await.unwrap();
    assert_eq!(close_code(third).await, 1013);
    server.refused("raw", "calls", 1).await;
    let mut idle = TcpStream::connect(server.address("raw")).await.unwrap();
    let mut one_more = TcpStream::connect(server.address("raw")).await.unwrap();
    assert_eq!(one_more.read(&mut [0; 8]).await.unwrap_or(0), 0, "closed at once");
    server.refused("raw", "connections", 1).await;
    idle.shutdown().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_calls() {
    let server = server(&[RAW]).await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    client.send(sound(0.3)).await.unwrap();
    server.until("tone", 1).await;
    let mut reader = server.reader("").await;
    let events = server.stop().await;
    assert_eq!(events.last().unwrap()["type"], "summary");
    let mut read = Vec::new();
    while let Some(Ok(Message::Text(line))) = reader.next().await {
        read.push(serde_json::from_str::<serde_json::Value>(&line).unwrap());
    }
    assert_eq!(read.last().unwrap()["type"], "summary", "readers are told too");
}
