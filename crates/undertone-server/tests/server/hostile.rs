//! Clients that mean harm, or are broken: the others do not notice.

use crate::support::{hello, server, sound};
use crate::{RAW, SOCKET, close_code};
use futures_util::SinkExt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_reader_that_stops_reading_holds_nobody_up() {
    let server = server(&[&RAW.replace("silence_s = 0.4", "silence_s = 5")]).await;
    // By Server-Sent Events and by WebSocket: neither reads a byte of what it asked for.
    let mut stuck = TcpStream::connect(server.address("http")).await.unwrap();
    let request = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: bearer api\r\n\r\n";
    stuck.write_all(request.as_bytes()).await.unwrap();
    let stuck_too = server.reader("").await;
    server.until_metric("subscribers", 2).await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    for _ in 0..40 {
        client.send(sound(0.5)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.send(tokio_tungstenite::tungstenite::Message::text(r#"{"type":"end"}"#)).await.unwrap();
    let summary = server.until("summary", 1).await[0].clone();
    assert_eq!((&summary["complete"], summary["audio_s"].as_f64()), (&true.into(), Some(20.0)));
    // Gone, they are forgotten.
    drop((stuck, stuck_too));
    server.until_metric("subscribers", 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_says_no_more_is_let_go() {
    let server = server(&[RAW, SOCKET]).await;
    // The UUID, a moment of sound, and then nothing, the connection open all the while.
    let mut socket = TcpStream::connect(server.address("socket")).await.unwrap();
    socket.write_all(&[1, 0, 16]).await.unwrap();
    socket.write_all(&[7; 16]).await.unwrap();
    socket.write_all(&[0x10, 1, 64]).await.unwrap();
    socket.write_all(&[0; 320]).await.unwrap();
    assert_eq!(socket.read(&mut [0; 8]).await.unwrap(), 0, "closed by the server");
    let summary = server.until("summary", 1).await[0].clone();
    assert_eq!(summary["complete"], false);
    assert_eq!(server.of_type("error")[0]["message"], "socket: no sound for 0.4 s");
    // Half a message for ever: the handshake has its time.
    let mut half = TcpStream::connect(server.address("raw")).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nUpg").await.unwrap();
    let mut said = Vec::new();
    half.read_to_end(&mut said).await.unwrap();
    server.until_metric("gateway_connected{gateway=\"raw\"}", 0).await;
    server.until_metric("gateway_connected{gateway=\"socket\"}", 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_call_of_another_gateway_cannot_be_taken_over() {
    let other = RAW.replace("\"raw\"\nkind", "\"other\"\nkind");
    let server = server(&[RAW, &other]).await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    server.until("start", 1).await;
    let mut thief = server.websocket("other", "/").await.unwrap();
    thief.send(hello("A", "s3cret")).await.unwrap();
    assert_eq!(close_code(thief).await, 1003);
    server.refused("other", "elsewhere", 1).await;
    server.stop().await;
}

/// Open files, threads and resident memory (KiB) of this process.
#[cfg(target_os = "linux")]
fn held() -> (usize, usize, usize) {
    let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib = resident.trim().trim_end_matches(" kB").parse().unwrap();
    (count("/proc/self/fd"), count("/proc/self/task"), kib)
}

/// Opens connections of every kind of incompleteness and drops them.
#[cfg(target_os = "linux")]
async fn flood(server: &crate::support::Running, connections: usize) {
    for round in 0..connections {
        let name = if round % 2 == 0 { "raw" } else { "socket" };
        let mut stream = TcpStream::connect(server.address(name)).await.unwrap();
        if round % 3 == 0 {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n").await;
        }
    }
    for gateway in ["raw", "socket"] {
        server.until_metric(&format!("gateway_connected{{gateway=\"{gateway}\"}}"), 0).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ten_thousand_connections_leave_nothing_behind() {
    let server = server(&[RAW, SOCKET]).await;
    // What is allocated once and kept is not a leak.
    flood(&server, 500).await;
    let before = held();
    flood(&server, 10_000).await;
    let after = held();
    println!("files, threads, KiB before: {before:?}, after: {after:?}");
    assert!(after.0 <= before.0 + 8 && after.1 <= before.1 + 8, "{before:?}, then {after:?}");
    assert!(after.2 <= before.2 + 8 * 1024, "{before:?}, then {after:?}");
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    server.until("start", 1).await;
    server.stop().await;
}
