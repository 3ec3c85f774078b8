//! The API and the stream of a running server.

use crate::RAW;
use crate::support::{Client, Running, hello, server, sound, start};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A server with a store in a folder.
async fn with_store(folder: &std::path::Path) -> Running {
    let path = folder.join("calls.db");
    start(&format!(
        "[http]\nlisten = \"localhost:0\"\ntoken = \"api\"\n[store]\npath = '{}'\n\
         [[gateway]]\nlisten = \"127.0.0.1:0\"\n{RAW}\n",
        path.display()
    ))
    .await
}

/// A whole call of one second.
async fn call(server: &Running, name: &str) {
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello(name, "s3cret")).await.unwrap();
    client.send(sound(1.0)).await.unwrap();
    client.send(Message::text(r#"{"type":"end"}"#)).await.unwrap();
    while client.next().await.is_some_and(|message| message.is_ok()) {}
}

async fn next(reader: &mut Client) -> Value {
    let message = tokio::time::timeout(Duration::from_secs(30), reader.next()).await.unwrap();
    let Some(Ok(Message::Text(line))) = message else { panic!("{message:?}") };
    serde_json::from_str(&line).unwrap()
}

/// What a reader gets up to the summary of a call.
async fn until_summary(reader: &mut Client, call: &str) -> Vec<Value> {
    let mut lines = Vec::new();
    loop {
        lines.push(next(reader).await);
        let last = lines.last().unwrap();
        if last["type"] == "summary" && last["call"] == call {
            return lines;
        }
    }
}

fn positions(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["position"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_reader_that_joins_in_mid_call_has_the_state_and_then_every_event() {
    let server = server(&[&RAW.replace("silence_s = 0.4", "silence_s = 5")]).await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello("A", "s3cret")).await.unwrap();
    client.send(sound(1.0)).await.unwrap();
    server.until("tone", 4).await;
    let mut reader = server.reader("").await;
    let snapshot = next(&mut reader).await;
    assert_eq!(
        (&snapshot["type"], &snapshot["calls"][0]["call"]),
        (&"snapshot".into(), &"A".into())
    );
    assert_eq!(snapshot["calls"][0]["state"], "live");
    let line = &snapshot["calls"][0]["lanes"]["customer"]["line"];
    assert!(line.as_array().is_some_and(|line| line.len() >= 4), "{snapshot}");
    client.send(sound(0.5)).await.unwrap();
    client.send(Message::text(r#"{"type":"end"}"#)).await.unwrap();
    let lines = until_summary(&mut reader, "A").await;
    let first = snapshot["position"].as_u64().unwrap() + 1;
    let wanted: Vec<u64> = (first..first + lines.len() as u64).collect();
    assert_eq!(positions(&lines), wanted);
    server.stop().await;
}

#[tokio::test]
async fn a_reader_resumes_across_a_restart_without_a_gap_or_a_double() {
    let folder = tempfile::tempdir().unwrap();
    let first = with_store(folder.path()).await;
    let mut reader = first.reader("").await;
    assert_eq!(next(&mut reader).await["type"], "snapshot");
    call(&first, "A").await;
    let seen = until_summary(&mut reader, "A").await;
    assert!(seen.len() >= 4, "{seen:?}");
    call(&first, "B").await;
    first.until("summary", 2).await;
    first.stop().await;

    let second = with_store(folder.path()).await;
    let last = seen[1]["position"].as_u64().unwrap();
    let mut reader = second.reader(&format!("after={last}")).await;
    let mut lines = until_summary(&mut reader, "B").await;
    call(&second, "C").await;
    lines.extend(until_summary(&mut reader, "C").await);
    let wanted: Vec<u64> = (last + 1..=last + lines.len() as u64).collect();
    assert_eq!(positions(&lines), wanted);
    let calls: Vec<&str> = lines
        .iter()
        .filter(|line| line["type"] == "summary")
        .map(|line| line["call"].as_str().unwrap())
        .collect();
    assert_eq!(calls, ["A", "B", "C"]);
    // A position that this journal has not had is another's: the reader begins anew.
    let mut lost = second.reader("after=999999999").await;
    assert_eq!(next(&mut lost).await["type"], "snapshot");
    second.stop().await;
}

#[tokio::test]
async fn without_a_store_a_reader_that_comes_back_too_late_begins_anew() {
    let server = server(&[RAW]).await;
    let mut reader = server.reader("after=12").await;
    assert_eq!(next(&mut reader).await["type"], "snapshot");
    server.stop().await;
}

#[tokio::test]
async fn calls_are_listed_shown_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let first = with_store(folder.path()).await;
    call(&first, "A").await;
    first.until("summary", 1).await;
    first.stop().await;
    let server = with_store(folder.path()).await;
    let get = async |path: &str| -> Value {
        let (status, body) = server.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let calls = get("/v1/calls").await;
    let row = &calls["calls"][0];
    assert_eq!(
        (&row["call"], &row["state"], &row["complete"]),
        (&"A".into(), &"ended".into(), &true.into())
    );
    assert_eq!(get("/v1/calls?state=live").await["calls"], Value::Array(Vec::new()));
    assert_eq!(get("/v1/calls?call=B").await["calls"], Value::Array(Vec::new()));
    let run = row["run"].as_str().unwrap();
    let view = get(&format!("/v1/calls/{run}")).await;
    assert_eq!(view, get("/v1/calls/A").await);
    assert_eq!((&view["summary"]["complete"], &view["missing"]), (&true.into(), &0.into()));
    assert_eq!(get("/v1/alerts").await["alerts"], Value::Array(Vec::new()));
    let outcome = |body: &'static str| server.post("/v1/calls/A/outcome", body);
    assert_eq!(outcome(r#"{"resolved": true, "csat": 4}"#).await.0, 204);
    assert_eq!(outcome(r#"{"colour": 4}"#).await.0, 422);
    let feedback = server.post("/v1/calls/A/alerts/1/feedback", r#"{"helpful": true}"#).await;
    assert!(feedback.0 == 404 && feedback.1.contains("has no alert"), "{feedback:?}");
    assert_eq!(server.get("/v1/calls/nobody").await.0, 404);
    assert_eq!(server.get("/v1/calls?state=asleep").await.0, 400);
    assert_eq!(server.get("/v1/calls/A?lang=fr").await.0, 400);
    server.stop().await;
    let store = undertone_store::Store::open(&folder.path().join("calls.db")).unwrap();
    let kept = store.outcome(run.parse().unwrap()).unwrap().unwrap();
    assert_eq!((kept.resolved, kept.csat), (Some(true), Some(4.0)));
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_acknowledged() {
    let server = server(&[RAW]).await;
    call(&server, "A").await;
    server.until("summary", 1).await;
    let (status, body) = server.post("/v1/calls/A/outcome", r#"{"resolved": true}"#).await;
    assert!(status == 503 && body.contains("[store]"), "{status} {body}");
    server.stop().await;
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_open_a_websocket() {
    let open = "name = \"open\"\nkind = \"raw\"\n";
    let server = server(&[RAW, open]).await;
    for (listener, path) in [("http", "/v1/stream"), ("http", "/v1/events"), ("open", "/")] {
        let url = format!("ws://{}{path}", server.address(listener));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
        request.headers_mut().insert("authorization", "Bearer api".parse().unwrap());
        let refused = tokio_tungstenite::connect_async(request).await;
        let Err(Error::Http(answer)) = refused else { panic!("{path}: {refused:?}") };
        assert_eq!(answer.status(), 403, "{listener} {path}");
    }
    server.refused("open", "origin", 1).await;
    server.stop().await;
}

/// Milliseconds from an event's own clock to its reader, sorted.
async fn delays(server: &Running, call: &str) -> Vec<i64> {
    let mut reader = server.reader(&format!("call={call}&types=tone,summary")).await;
    let mut client = server.websocket("raw", "/").await.unwrap();
    client.send(hello(call, "s3cret")).await.unwrap();
    let sending = async {
        for _ in 0..400 {
            client.send(sound(0.05)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        client.send(Message::text(r#"{"type":"end"}"#)).await.unwrap();
    };
    let reading = async {
        let mut delays = Vec::new();
        loop {
            let line = next(&mut reader).await;
            let now = undertone_signal::Timestamp::now().as_millisecond();
            let time: undertone_signal::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
            delays.push(now - time.as_millisecond());
            if line["type"] == "summary" {
                return delays;
            }
        }
    };
    let ((), mut delays) = tokio::join!(sending, reading);
    delays.sort_unstable();
    delays
}

/// A measurement, not a test: `cargo test --release -p undertone-server -- --ignored
/// --nocapture fifty`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; run it on a quiet machine"]
async fn fifty_readers_that_never_read_delay_a_healthy_one_by_less_than_50_ms() {
    let server = server(&[&RAW.replace("silence_s = 0.4", "silence_s = 5")]).await;
    let p99 = |delays: &[i64]| delays[(delays.len() - 1) * 99 / 100];
    let alone = p99(&delays(&server, "alone").await);
    let mut stuck = Vec::new();
    for _ in 0..50 {
        stuck.push(server.reader("").await);
    }
    let crowded = p99(&delays(&server, "crowded").await);
    let began = Instant::now();
    let mut late = server.reader("").await;
    next(&mut late).await;
    println!(
        "p99 alone {alone} ms, with fifty stuck readers {crowded} ms; joined in {:?}",
        began.elapsed()
    );
    assert!(crowded - alone < 50, "{alone} ms, then {crowded} ms");
    server.stop().await;
}
