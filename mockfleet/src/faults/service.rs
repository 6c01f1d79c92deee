//! Carries out what faults do to a request: around the service of all miners, before it answers or after.
//!
//! A half answer and bad JSON damage what has been done; a web page, status 500, a reset and silence come instead of it.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_http::body::{self, BodySize, BoxBody, EitherBody, MessageBody};
use actix_http::header::{CONTENT_TYPE, HeaderValue};
use actix_http::{Request, Response, StatusCode};
use actix_service::{Service, ServiceFactory, apply_fn_factory};
use bytes::Bytes;
use futures_util::future::{Either, FutureExt, LocalBoxFuture, TryFutureExt};

use super::link::Link;
use super::wire::{Deed, Strike};

/// The longest answer that is damaged; longer ones pass.
const ANSWER_BYTES: usize = 1 << 20;

const HTML: &str = "text/html";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Login</title></head>\
                    <body><form><input name=\"user\"><input name=\"password\"></form></body></html>";
const BROKEN: &str = "<html><body><h1>500 Internal Server Error</h1></body></html>";

/// The same service, whose answers suffer what strikes their miner.
pub(crate) fn afflicted<S, B>(
    answers: S,
    link_of: fn(&Request) -> Option<&Rc<Link>>,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = Response<EitherBody<B>>,
    Error = S::Error,
    InitError = S::InitError,
    Service = impl Service<Request, Response = Response<EitherBody<B>>, Error = S::Error, Future = impl Future>,
>
where
    S: ServiceFactory<Request, Config = ()>,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Error: 'static,
{
    apply_fn_factory(answers, move |request: Request, service: &S::Service| {
        let link = link_of(&request);
        if let Some(link) = link {
            link.takes_request(request.upgrade());
        }
        match link.and_then(|link| Some((link.strike()?, Rc::clone(link)))) {
            None => Either::Left(service.call(request).map_ok(|answer| whole(answer.into()))),
            Some((strike, link)) => Either::Right(struck(strike, link, request, service)),
        }
    })
}

type Struck<B, E> = LocalBoxFuture<'static, Result<Response<EitherBody<B>>, E>>;

fn struck<S, B>(strike: Strike, link: Rc<Link>, request: Request, service: &S) -> Struck<B, S::Error>
where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let Strike { delay, deed } = strike;
    // A future that is not polled has done nothing yet.
    let answered = match deed {
        None | Some(Deed::HalfAnswer | Deed::BadJson) => Some(service.call(request)),
        Some(_) => None,
    };
    async move {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let other = match (answered, deed) {
            (Some(answered), deed) => {
                let answer: Response<B> = answered.await?.into();
                return Ok(damaged(answer, deed, link).await);
            }
            (None, Some(Deed::Html)) => page(StatusCode::OK, PAGE),
            (None, Some(Deed::BlackHole)) => {
                link.hold().await;
                Response::new(StatusCode::SERVICE_UNAVAILABLE)
            }
            (None, Some(Deed::Reset)) => {
                link.reset();
                Response::new(StatusCode::SERVICE_UNAVAILABLE)
            }
            (None, _) => page(StatusCode::INTERNAL_SERVER_ERROR, BROKEN),
        };
        Ok(instead(other))
    }
    .boxed_local()
}

/// An answer as the service gave it.
fn whole<B>(answer: Response<B>) -> Response<EitherBody<B>> {
    answer.map_body(|_, body| EitherBody::left(body))
}

/// Another in place of it.
fn instead<B>(answer: Response<BoxBody>) -> Response<EitherBody<B>> {
    answer.map_body(|_, body| EitherBody::right(body))
}

fn page(status: StatusCode, text: &'static str) -> Response<BoxBody> {
    let mut answer = Response::with_body(status, BoxBody::new(text));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    answer
}

/// A whole document is damaged; streams and errors pass.
async fn damaged<B>(answer: Response<B>, deed: Option<Deed>, link: Rc<Link>) -> Response<EitherBody<B>>
where
    B: MessageBody + 'static,
{
    let is_whole = matches!(answer.body().size(), BodySize::Sized(2..));
    let content_type = answer.headers().get(CONTENT_TYPE);
    let is_json = content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let deed = match deed {
        Some(Deed::HalfAnswer) if is_whole => Deed::HalfAnswer,
        Some(Deed::BadJson) if is_whole && is_json => Deed::BadJson,
        _ => return whole(answer),
    };
    let (head, body) = answer.into_parts();
    let Ok(Ok(document)) = body::to_bytes_limited(body, ANSWER_BYTES).await else {
        return instead(Response::internal_server_error().map_into_boxed_body());
    };
    let body = match deed {
        Deed::HalfAnswer => BoxBody::new(Half { whole: document, is_sent: false, link }),
        _ => BoxBody::new(without_colon(&document)),
    };
    instead(head.set_body(body))
}

/// Of an object the first colon is missing, so that it is none; anything else loses its end.
fn without_colon(json: &[u8]) -> Bytes {
    let colon = json.iter().position(|byte| *byte == b':').unwrap_or(json.len().saturating_sub(1));
    [&json[..colon], &json[json.len().min(colon + 1)..]].concat().into()
}

/// A body that claims its whole length, of which only half is sent.
struct Half {
    whole: Bytes,
    is_sent: bool,
    link: Rc<Link>,
}

impl MessageBody for Half {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.whole.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        if self.is_sent {
            // The connection ends as soon as the half has been written: nothing wakes this any more.
            return Poll::Pending;
        }
        self.is_sent = true;
        self.link.end();
        Poll::Ready(Some(Ok(self.whole.slice(..self.whole.len() / 2))))
    }
}
