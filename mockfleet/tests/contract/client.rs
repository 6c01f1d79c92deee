//! An HTTP client that shows what is on the wire, and sends what no proper client would.

use std::io::Write;
use std::net::IpAddr;

use futures_util::FutureExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{HOST, SOON};

/// How a whole frame of a WebSocket begins.
const TEXT: u8 = 0x81;
const PONG: u8 = 0x8a;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    /// Status, content type and body in one.
    pub(crate) fn all(&self) -> (u16, &str, &str) {
        (self.status, self.header("content-type").unwrap_or_default(), &self.body)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One connection, which stays open.
pub(crate) struct Client {
    stream: TcpStream,
    /// What has been read and not been asked for yet.
    ahead: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Self {
        Self::at(HOST, port).await
    }

    pub(crate) async fn at(host: IpAddr, port: u16) -> Self {
        let stream = TcpStream::connect((host, port)).await.expect("the port is open");
        Self { stream, ahead: Vec::new() }
    }

    /// One who has asked for the info document, while nobody else of this thread had a turn.
    pub(crate) fn asks_at_once(port: u16) -> Self {
        let mut stream = std::net::TcpStream::connect((HOST, port)).expect("the port is open");
        stream.write_all(b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n").expect("it is taken");
        stream.set_nonblocking(true).expect("it can be");
        Self { stream: TcpStream::from_std(stream).expect("it can be"), ahead: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the connection is open");
    }

    pub(crate) async fn call(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        self.send(request.as_bytes()).await;
        if method == "HEAD" { self.head().await } else { self.answer().await }
    }

    /// The next answer, whole.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        answer.body = String::from_utf8(self.take(length).await).expect("a body is text");
        answer
    }

    /// The next answer up to its body.
    pub(crate) async fn head(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.append(&mut self.take(1).await);
        }
        let head = String::from_utf8(head).expect("a head is text");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head, body: String::new() }
    }

    /// The next so many bytes.
    pub(crate) async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.ahead.len() < length {
            assert!(
                self.read().await > 0,
                "the connection ended after {:?}",
                String::from_utf8_lossy(&self.ahead)
            );
        }
        self.ahead.drain(..length).collect()
    }

    /// The next chunk of a body without a length.
    pub(crate) async fn chunk(&mut self) -> Vec<u8> {
        let mut size = Vec::new();
        while !size.ends_with(b"\r\n") {
            size.append(&mut self.take(1).await);
        }
        let size = String::from_utf8(size).expect("text");
        let chunk = self.take(usize::from_str_radix(size.trim_end(), 16).expect("hexadecimal")).await;
        assert_eq!(self.take(2).await, b"\r\n");
        chunk
    }

    /// Sends a WebSocket ping of "hi", masked with zeros, and waits for its pong, whatever texts come before.
    pub(crate) async fn ping(&mut self) {
        self.send(b"\x89\x82\0\0\0\0hi").await;
        loop {
            match self.frame().await {
                (TEXT, _) => {}
                pong => return assert_eq!(pong, (PONG, b"hi".to_vec())),
            }
        }
    }

    /// The payload of the next frame, which must be a text of the server.
    pub(crate) async fn text_frame(&mut self) -> Vec<u8> {
        let (kind, text) = self.frame().await;
        assert_eq!(kind, TEXT, "a text in one frame");
        text
    }

    async fn frame(&mut self) -> (u8, Vec<u8>) {
        let head = self.take(2).await;
        let length = match head[1] {
            126 => u16::from_be_bytes(self.take(2).await.try_into().expect("two bytes")).into(),
            length => usize::from(length),
        };
        (head[0], self.take(length).await)
    }

    /// Whether the other side closes without having said anything.
    pub(crate) async fn ends_silently(&mut self) -> bool {
        self.read().await == 0 && self.ahead.is_empty()
    }

    /// Whether nothing has come.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.ahead.is_empty() && self.stream.read_buf(&mut self.ahead).now_or_never().is_none()
    }

    /// Forgets all that has come so far over a connection that stays open.
    pub(crate) fn forget(&mut self) {
        while !self.is_silent() {
            assert!(!self.ahead.is_empty(), "the connection has ended");
            self.ahead.clear();
        }
    }

    /// Whether the other side has closed, whatever it still sends before.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let end = async { while self.read().await > 0 {} };
        timeout(SOON, end).await.is_ok()
    }

    /// A reset counts as an end.
    async fn read(&mut self) -> usize {
        let read = timeout(SOON, self.stream.read_buf(&mut self.ahead)).await;
        read.expect("something comes").unwrap_or(0)
    }
}

/// One request over a connection of its own.
pub(crate) async fn call(port: u16, method: &str, path: &str, body: &str) -> Answer {
    Client::connect(port).await.call(method, path, body).await
}

pub(crate) async fn info(port: u16) -> Value {
    let answer = call(port, "GET", "/api/system/info", "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Asks for a WebSocket on a connection of its own; that connection and the status.
pub(crate) async fn upgrade(port: u16, path: &str) -> (Client, u16) {
    let mut client = Client::connect(port).await;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: mock\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    client.send(request.as_bytes()).await;
    let answer = client.head().await;
    if answer.status == 101 {
        assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
    (client, answer.status)
}
