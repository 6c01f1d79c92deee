//! A WebSocket of a device: texts go out as they come, in frames that need not be whole characters, which no client of
//! a proper server would see. What a client says is not listened to, but for a ping and a close.

use std::convert::Infallible;

use actix_http::body::{BodyStream, BoxBody};
use actix_http::ws::{self, CloseCode, CloseReason, OpCode, Parser};
use actix_http::{Payload, Request, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, LocalBoxStream, Stream, StreamExt};

/// The longest frame that is taken.
const FRAME_BYTES: usize = 1_024;

/// How much may have come that is no whole frame yet.
const UNTAKEN_BYTES: usize = 16 * 1_024;

/// A client and what it is told.
struct Socket {
    texts: LocalBoxStream<'static, Vec<u8>>,
    payload: Payload,
    came: BytesMut,
    ended: bool,
}

/// Answers a handshake, and tells the client these texts for as long as it stays.
pub(super) fn upgrade(
    request: &Request,
    payload: Payload,
    texts: impl Stream<Item = Vec<u8>> + 'static,
) -> Response<BoxBody> {
    let mut switching = match ws::handshake(request.head()) {
        Ok(switching) => switching,
        Err(error) => return error.into(),
    };
    let socket = Socket { texts: texts.boxed_local(), payload, came: BytesMut::new(), ended: false };
    let frames = BodyStream::new(stream::unfold(socket, next));
    match switching.message_body(frames) {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => error.into(),
    }
}

async fn next(mut socket: Socket) -> Option<(Result<Bytes, Infallible>, Socket)> {
    let mut out = BytesMut::new();
    while out.is_empty() {
        if socket.ended {
            return None;
        }
        tokio::select! {
            chunk = socket.payload.next() => socket.take(&chunk?.ok()?, &mut out),
            text = socket.texts.next() => Parser::write_message(&mut out, text?, OpCode::Text, true, false),
        }
    }
    Some((Ok(out.freeze()), socket))
}

impl Socket {
    fn take(&mut self, chunk: &[u8], out: &mut BytesMut) {
        self.came.extend_from_slice(chunk);
        while !self.ended {
            match Parser::parse(&mut self.came, true, FRAME_BYTES) {
                Ok(Some((_, OpCode::Ping, payload))) => {
                    Parser::write_message(out, payload.unwrap_or_default(), OpCode::Pong, true, false);
                }
                Ok(Some((_, OpCode::Close, payload))) => {
                    Parser::write_message(out, payload.unwrap_or_default(), OpCode::Close, true, false);
                    self.ended = true;
                }
                Ok(Some(_)) => {}
                Ok(None) if self.came.len() > UNTAKEN_BYTES => self.refuse(CloseCode::Size, out),
                Ok(None) => return,
                Err(_) => self.refuse(CloseCode::Protocol, out),
            }
        }
    }

    fn refuse(&mut self, code: CloseCode, out: &mut BytesMut) {
        Parser::write_close(out, Some(CloseReason::from(code)), false);
        self.ended = true;
    }
}
