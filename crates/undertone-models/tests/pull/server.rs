//! A web server that misbehaves on purpose.
#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How one request is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// All that was asked for.
    Whole,
    /// All of the file, whatever range was asked for.
    IgnoreRange,
    /// The right headers, then this many bytes, then the connection closes.
    Cut(usize),
    /// As `Cut`, but the connection stays open and silent.
    Stall(usize),
    /// A range that begins elsewhere than asked.
    WrongRange,
    /// This status and no file.
    Status(u16),
    /// The connection closes without a word.
    HangUp,
}

/// Serves `body` under any path; each request takes the next answer, the last
/// one again and again. Ends with the test process.
pub(crate) struct TestServer {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl TestServer {
    pub(crate) fn start(body: Vec<u8>, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut answers: VecDeque<Answer> = answers.iter().copied().collect();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let last = answers.len() == 1;
                let answer = if last { answers[0] } else { answers.pop_front().unwrap() };
                let (body, seen) = (body.clone(), Arc::clone(&seen));
                std::thread::spawn(move || serve(&stream.unwrap(), &body, answer, &seen));
            }
        });
        Self { url, requests }
    }

    /// The `Range` of each request so far, empty where it had none.
    pub(crate) fn ranges(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: &TcpStream, body: &[u8], answer: Answer, seen: &Mutex<Vec<String>>) {
    let mut range = String::new();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap_or_default().to_ascii_lowercase();
        if let Some(asked) = line.strip_prefix("range: bytes=") {
            asked.clone_into(&mut range);
        }
        if line.is_empty() {
            break;
        }
    }
    seen.lock().unwrap().push(range.clone());
    let asked: usize = range.trim_end_matches('-').parse().unwrap_or(0);
    let from = if matches!(answer, Answer::IgnoreRange) { 0 } else { asked };
    let (head, rest) = if from == 0 {
        ("HTTP/1.1 200 OK\r\n".to_owned(), body)
    } else {
        let first = from - usize::from(matches!(answer, Answer::WrongRange));
        let (last, all) = (body.len() - 1, body.len());
        let range = format!("Content-Range: bytes {first}-{last}/{all}\r\n");
        (format!("HTTP/1.1 206 Partial Content\r\n{range}"), &body[from..])
    };
    let (sent, silent) = match answer {
        Answer::HangUp => return,
        Answer::Status(status) => {
            let _ = write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        Answer::Cut(count) => (count.min(rest.len()), false),
        Answer::Stall(count) => (count.min(rest.len()), true),
        _ => (rest.len(), false),
    };
    let head = format!("{head}Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len());
    // The client may have gone: that is what some tests are about.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&rest[..sent]));
    if silent {
        std::thread::sleep(Duration::from_secs(20));
    }
}
