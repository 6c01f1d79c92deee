//! A device that says whatever a test wants, byte for byte.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::own_address;

/// A listener on port 80's place of an address of its own. Lives until the test process ends.
pub(crate) struct Hostile {
    pub(crate) address: SocketAddr,
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<AtomicU32>,
}

impl Hostile {
    /// It starts as a healthy device that says its MAC.
    pub(crate) fn start(mac: &str) -> Self {
        let host: Ipv4Addr = own_address();
        let listener = TcpListener::bind((host, 8080)).expect("an address of its own");
        let address = listener.local_addr().expect("bound");
        let answer = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::new(AtomicU32::new(0));
        let (shared, counted) = (Arc::clone(&answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            // What hangs is kept open until the process ends.
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                let answer = shared.lock().expect("not poisoned").clone();
                held.extend(serve(stream, &answer));
            }
        });
        let device = Self { address, answer, asked };
        let body = format!(
            r#"{{"ASICModel":"BM1370","hostname":"{mac}","macAddr":"{mac}","hashRate":1000,"power":15}}"#
        );
        device.says(&http("200 OK", &body));
        device
    }

    /// How often somebody came to it.
    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    /// From now on it sends exactly this; nothing at all keeps the connection open in silence.
    pub(crate) fn says(&self, bytes: &[u8]) {
        *self.answer.lock().expect("not poisoned") = bytes.to_vec();
    }
}

pub(crate) fn http(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Answers one request; gives the connection back when it is to stay open.
fn serve(mut stream: TcpStream, answer: &[u8]) -> Option<TcpStream> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request);
    if answer.is_empty() {
        return Some(stream);
    }
    // A client that has seen enough closes first.
    let _ = stream.write_all(answer);
    None
}
