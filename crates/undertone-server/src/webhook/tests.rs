//! Addresses that answer well, badly, late or not at all.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::Config;
use crate::hub::tests::entries;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

fn config(url: &str) -> WebhookConfig {
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[[webhook]]\nname = \"crm\"\nurl = \"{url}\"\n\
         secret = \"s\"\ntypes = [\"error\"]\n"
    );
    Config::parse(&text).unwrap().webhooks.remove(0)
}

/// One request: its headers, in lower case, and its body.
fn request(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let line = line.to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// An address that answers with these statuses, one after another.
fn answering(statuses: &'static [u16]) -> (String, JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let answer = |status: &u16| {
            let (mut stream, _) = listener.accept().unwrap();
            let request = request(&stream);
            let head =
                format!("HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            request
        };
        statuses.iter().map(answer).collect()
    });
    (url, thread)
}

/// Delivers `count` events to an address with short waits, and the dead letters of that.
fn deliver(url: &str, count: u64) -> Arc<DeadLetters> {
    let dead = Arc::new(DeadLetters::open(None).unwrap());
    let (queue, letters) = bounded(WAITING);
    for entry in entries(1, 0, count) {
        queue.send(Letter::new("crm", &entry)).unwrap();
    }
    drop(queue);
    let (_open, closed) = bounded(0);
    let waits = vec![Duration::from_millis(5); 2];
    deliver::Delivery::new(&config(url), closed).waiting(waits).run(&letters, &dead);
    dead
}

#[test]
fn an_event_is_posted_signed_and_tried_again_until_it_is_taken() {
    let (url, server) = answering(&[500, 503, 204, 200]);
    let dead = deliver(&url, 2);
    assert!(dead.list().is_empty());
    let requests = server.join().unwrap();
    assert_eq!(requests[0].1, requests[2].1, "the same event until it is taken");
    assert_ne!(requests[2].1, requests[3].1);
    let (head, body) = &requests[0];
    assert!(head.contains("content-type: application/cloudevents+json"), "{head}");
    let field = |name: &str| -> String {
        let line = head.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let event: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(field("webhook-id"), event["id"].as_str().unwrap());
    let timestamp = field("webhook-timestamp").parse().unwrap();
    let letter = Letter { webhook: "crm".into(), id: field("webhook-id"), body: body.clone() };
    let wanted = letter.signature(b"s", timestamp).to_lowercase();
    assert_eq!(field("webhook-signature"), wanted);
}

#[test]
fn what_is_never_taken_is_dead_and_what_follows_is_delivered() {
    let (url, server) = answering(&[500, 500, 500, 404, 200]);
    let dead = deliver(&url, 3).list();
    assert_eq!(server.join().unwrap().len(), 5);
    let causes: Vec<(u32, &str)> =
        dead.iter().map(|dead| (dead.attempts, dead.cause.as_str())).collect();
    assert_eq!(causes, [(3, "answered 500"), (1, "answered 404")]);
}

#[test]
fn an_address_that_does_not_answer_delays_nobody_and_loses_nothing() {
    // Takes connections and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let dead = Arc::new(DeadLetters::open(None).unwrap());
    let (mut webhook, outbox, thread) = start(config(&url), &dead).unwrap();
    let began = Instant::now();
    let count = WAITING as u64 + 100;
    webhook.write(&entries(1, 0, count)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let (waiting, gone) = (outbox.queue.lock().unwrap().as_ref().unwrap().len(), dead.list().len());
    assert!(waiting + gone + 1 >= count as usize, "{waiting} wait, {gone} are dead");
    // The journal ends: what waits is kept, and may be replayed.
    drop(listener);
    drop(webhook);
    thread.join().unwrap();
    assert_eq!(dead.list().len(), count as usize);
    assert!(outbox.post(Letter::new("crm", &entries(1, 0, 1)[0])).is_err());
}
