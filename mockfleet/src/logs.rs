//! The log that a miner publishes over a WebSocket: one made-up line every 5 s.
//!
//! actix-web-actors is deprecated upstream; it is named here and nowhere else in this crate. A stream belongs to its
//! connection, not to a supervisor: it ends with it, keeps nothing, and a panic in it ends that connection only.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, StreamHandler};
use actix_http::ws::{Codec, Item};
use actix_web::error::PayloadError;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws::{
    CloseCode, CloseReason, Message, ProtocolError, WebsocketContext, WsResponseBuilder,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::draw::Draw;

#[cfg(test)]
mod tests;

const PERIOD: Duration = Duration::from_secs(5);

/// The longest frame that is taken. Clients have nothing to say here but pings and a close.
const FRAME_BYTES: usize = 1024;

/// How much may have come that is not taken yet.
const UNTAKEN_BYTES: usize = 16 * 1024;

const TEXTS: [&str; 10] = [
    "System started",
    "Temperature reading failed",
    "Fan speed increased",
    "Power supply issue detected",
    "System performance optimal",
    "Network connection lost",
    "ASIC failure detected",
    "Overclocking applied successfully",
    "Temperature is stable",
    "Fan is operating within limits",
];

/// Answers an upgrade with a log stream.
///
/// # Errors
/// The upgrade is no proper handshake.
pub(crate) fn stream(
    draw: Draw,
    request: &HttpRequest,
    body: Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let untaken = Untaken::default();
    let body = limited(body, Rc::clone(&untaken));
    WsResponseBuilder::new(LogStream { draw, untaken }, request, body).codec(codec()).start()
}

fn codec() -> Codec {
    Codec::new().max_size(FRAME_BYTES)
}

/// Bytes that have come and were not taken as frames yet.
type Untaken = Rc<Cell<usize>>;

/// The codec buffers all that comes, and checks the length of a frame only when the whole of it is there.
fn limited<S>(body: S, untaken: Untaken) -> impl Stream<Item = Result<Bytes, PayloadError>> + 'static
where
    S: Stream<Item = Result<Bytes, PayloadError>> + 'static,
{
    body.map(move |chunk| {
        let chunk = chunk?;
        untaken.set(untaken.get() + chunk.len());
        if untaken.get() > UNTAKEN_BYTES { Err(PayloadError::Overflow) } else { Ok(chunk) }
    })
}

/// One client's log.
struct LogStream {
    draw: Draw,
    untaken: Untaken,
}

impl Actor for LogStream {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(PERIOD, |this, ctx| ctx.text(this.line()));
    }
}

impl LogStream {
    fn line(&mut self) -> String {
        let text = TEXTS[self.draw.below(TEXTS.len() as u64) as usize];
        format!(r#"{{"log":"{text}"}}"#)
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for LogStream {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        match message {
            Ok(Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Ok(message) => {
                self.untaken.set(self.untaken.get().saturating_sub(frame_bytes(&message)));
                if let Message::Ping(payload) = message {
                    ctx.pong(&payload);
                }
            }
            Err(error) => {
                ctx.close(Some(farewell(&error)));
                ctx.stop();
            }
        }
    }
}

/// What a client's message took on the wire: two bytes, two more for a longer payload, four of a mask, the payload.
fn frame_bytes(message: &Message) -> usize {
    let payload = match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Continuation(
            Item::FirstText(bytes) | Item::FirstBinary(bytes) | Item::Continue(bytes) | Item::Last(bytes),
        ) => bytes.len(),
        Message::Close(_) | Message::Nop => 0,
    };
    payload + if payload > 125 { 8 } else { 6 }
}

fn farewell(error: &ProtocolError) -> CloseReason {
    let code = match error {
        ProtocolError::Overflow => CloseCode::Size,
        _ => CloseCode::Protocol,
    };
    CloseReason { code, description: Some(error.to_string()) }
}
