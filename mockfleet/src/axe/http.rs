//! A device's side of HTTP: turns what comes into a [`Call`], and the reply back into what a device sends.
//!
//! The words of the status and the headers are the device's. Only a `Date` is actix-http's own, which no device sends.

use std::cell::RefCell;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use actix_http::{ConnectionType, Payload, Request, Response, StatusCode};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt};
use shiftboss_kernel::Tx;

use super::ears::Ear;
use super::socket;
use super::streams::{Live, Log};
use super::{Answer, Axe, Call, Tell};
use crate::device::firmware::{Family, Firmware};
use crate::device::patch::BODY_BYTES;
use crate::device::reply::Reply;
use crate::device::routes;
use crate::door::Room;
use crate::server::{HttpServer, tag};

/// The time that a device has to answer; it takes microseconds, unless it is down.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Devices keep idle connections for ever. A mock drops those that were silent for so long.
const IDLE: Duration = Duration::from_secs(60);

/// How often a log has something to say, and how often the live stream looks for changes.
const LOG_PERIOD: Duration = Duration::from_secs(1);
const LIVE_PERIOD: Duration = Duration::from_millis(500);

/// Whom a connection is for, and who is at its other end.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) axe: Tx<Axe>,
    pub(crate) firmware: Firmware,
    pub(crate) peer: IpAddr,
}

thread_local! {
    /// Kept by the devices of this thread, and gone with the last of them.
    static SERVER: RefCell<Weak<HttpServer<Line>>> = const { RefCell::new(Weak::new()) };
}

/// The service that all devices of this thread share.
pub(crate) fn server() -> Rc<HttpServer<Line>> {
    SERVER.with_borrow_mut(|shared| {
        shared.upgrade().unwrap_or_else(|| {
            let server = Rc::new(HttpServer::plain(answer, IDLE));
            *shared = Rc::downgrade(&server);
            server
        })
    })
}

/// Connections that a device has sockets for, and whether it takes one more by what ESP-IDF calls an LRU purge.
pub(crate) fn sockets(firmware: Firmware) -> Room {
    let (connections, purges) = match (firmware.family, firmware.version) {
        (Family::NerdQaxe, _) => (10, true),
        (Family::EspMiner, version) if version < (2, 5, 0) => (7, false),
        (Family::EspMiner, version) if version < (2, 10, 0) => (10, false),
        (Family::EspMiner, _) => (20, true),
    };
    Room { connections, purges }
}

async fn answer(mut request: Request) -> Response<BoxBody> {
    let Some(line) = tag::<Line>(&request) else {
        return Response::internal_server_error();
    };
    let mut payload = request.take_payload();
    let mut call = call(&mut request, line.peer);
    if !request.upgrade() {
        match body(line.firmware, &call, &mut payload).await {
            Some(body) => call.body = body,
            None => return Response::bad_request(),
        }
    }
    match line.axe.ask(call, ANSWER_WITHIN).await {
        // The device takes the connection with it.
        Ok(Answer::Reply(reply)) if reply.is_silent() => std::future::pending().await,
        Ok(Answer::Reply(reply)) => response(reply),
        Ok(Answer::Log(ear)) => socket::upgrade(&request, payload, log(ear, line.firmware)),
        Ok(Answer::Live(ear)) => socket::upgrade(&request, payload, live(ear, line.axe)),
        Err(_) => Response::new(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Takes out of a request what the device is told of it.
fn call(request: &mut Request, peer: IpAddr) -> Call {
    let head = request.head_mut();
    let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    Call {
        method: head.method.clone(),
        uri: std::mem::take(&mut head.uri),
        origin: head.headers.get(ORIGIN).cloned(),
        content_length: length,
        peer,
        body: Bytes::new(),
    }
}

/// The body, or the beginning of one that is too long for a device to keep. `None` if it breaks off.
async fn body(firmware: Firmware, call: &Call, payload: &mut Payload) -> Option<Bytes> {
    if matches!(payload, Payload::None) {
        return Some(Bytes::new());
    }
    // Whether he may send it is the device's to say.
    let request = routes::Request {
        method: call.method.as_str(),
        path: call.uri.path(),
        query: None,
        content_length: None,
        peer: call.peer,
        origin: None,
    };
    let discards = routes::route(firmware, "", &request).is_ok_and(routes::Route::discards_body);
    let is_too_long = call.content_length.is_some_and(|length| length >= BODY_BYTES as u64);
    let mut kept = BytesMut::new();
    while !is_too_long && kept.len() < BODY_BYTES || discards {
        let Some(chunk) = payload.next().await else { break };
        let chunk = chunk.ok()?;
        if !discards {
            kept.extend_from_slice(&chunk);
        }
    }
    Some(kept.freeze())
}

/// Once a second, and never again once another has taken it over.
fn log(ear: Ear, firmware: Firmware) -> impl Stream<Item = Vec<u8>> {
    let log = Log::new(ear.draw.clone(), firmware);
    stream::unfold((ear, log), async |(ear, mut log)| {
        tokio::time::sleep(LOG_PERIOD).await;
        if ear.is_deaf() {
            std::future::pending::<()>().await;
        }
        let frame = log.frame(ear.uptime_ms());
        Some((frame, (ear, log)))
    })
}

/// At once, and then as often as something has changed.
fn live(ear: Ear, axe: Tx<Axe>) -> impl Stream<Item = Vec<u8>> {
    stream::unfold((ear, axe, Live::default()), async |(ear, axe, mut live)| {
        loop {
            if !live.is_new() {
                tokio::time::sleep(LIVE_PERIOD).await;
            }
            let document = axe.ask(Tell, ANSWER_WITHIN).await.ok()?;
            if let Some(told) = live.update(&document) {
                return Some((told, (ear, axe, live)));
            }
        }
    })
}

/// The reply as the device sends it.
fn response(reply: Reply) -> Response<BoxBody> {
    let (code, reason) = reply.status;
    let body = match reply.body {
        std::borrow::Cow::Borrowed(body) => Bytes::from_static(body),
        std::borrow::Cow::Owned(body) => body.into(),
    };
    let body = if reply.chunked { BoxBody::new(Chunked(Some(body))) } else { BoxBody::new(body) };
    let mut response = Response::with_body(StatusCode::from_u16(code).unwrap_or_default(), body);
    let head = response.head_mut();
    head.reason = Some(reason);
    head.set_camel_case_headers(true);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    for (name, value) in reply.headers {
        match HeaderName::try_from(name) {
            Ok(CONNECTION) => head.set_connection_type(ConnectionType::Close),
            Ok(name) => {
                head.headers.insert(name, HeaderValue::from_static(value));
            }
            // A device's own headers are all good ones.
            Err(_) => {}
        }
    }
    response
}

/// A body without a length. An empty one is its end alone.
struct Chunked(Option<Bytes>);

impl MessageBody for Chunked {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.0.take().filter(|body| !body.is_empty()).map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_the_sockets_of_its_firmware() {
        for (firmware, connections, purges) in [
            (Firmware::esp_miner(2, 0, 3), 7, false),
            (Firmware::esp_miner(2, 4, 0), 7, false),
            (Firmware::esp_miner(2, 5, 0), 10, false),
            (Firmware::esp_miner(2, 9, 0), 10, false),
            (Firmware::esp_miner(2, 10, 0), 20, true),
            (Firmware::esp_miner(2, 15, 0), 20, true),
            (Firmware::nerdqaxe(1, 0, 37), 10, true),
        ] {
            assert_eq!(sockets(firmware), Room { connections, purges }, "{firmware:#}");
        }
    }
}
