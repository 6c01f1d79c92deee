//! One HTTP service of a thread, shared by all listeners that have the same routes.
//!
//! What differs from one listener to the next travels with the connection, as its tag: thousands of miners need one
//! actix-web application, not thousands of them.

use std::fmt::Debug;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::time::Duration;

use actix_http::body::{BoxBody, MessageBody};
use actix_http::{HttpServiceBuilder, KeepAlive, Request, Response, StatusCode};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, fn_service, map_config};
use actix_web::dev::{AppConfig, Payload};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::{PayloadConfig, ServiceConfig};
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use crate::connection::Connection;
use crate::faults::{Link, afflicted};

/// Content types, as Express sends them.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// The longest request body that is read.
pub(crate) const BODY_BYTES: usize = 10 * 1024;

/// A connection without a request is closed after this time, as by Node.
const IDLE: Duration = Duration::from_secs(5);

/// The time that a client has to send the head of its first request.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// The time that a client has to take note of the end of a connection.
const FAREWELL_WITHIN: Duration = Duration::from_secs(1);

/// Serves one connection until it ends.
type Serve<T> = Box<dyn Fn(Connection<T>) -> LocalBoxFuture<'static, ()>>;

/// The service, built when the first connection comes.
pub(crate) struct HttpServer<T> {
    build: Box<dyn Fn() -> Building<T>>,
    serve: OnceCell<Serve<T>>,
}

type Building<T> = LocalBoxFuture<'static, Result<Serve<T>, ()>>;

impl<T: Clone + Unpin + 'static> HttpServer<T> {
    /// Answers by routes.
    pub(crate) fn new(routes: fn(&mut ServiceConfig)) -> Self {
        let app = move || {
            let app = App::new().app_data(PayloadConfig::new(BODY_BYTES)).configure(routes);
            map_config(app.into_factory(), |()| AppConfig::default())
        };
        Self { build: Box::new(move || build(app(), IDLE).boxed_local()), serve: OnceCell::new() }
    }

    /// Answers every request alike, down to the words of its status. A connection may be idle for so long.
    pub(crate) fn plain<F, B>(answer: fn(Request) -> F, idle: Duration) -> Self
    where
        F: Future<Output = Response<B>> + 'static,
        B: MessageBody + 'static,
    {
        let service = move || fn_service(move |request| answer(request).map(Ok::<_, actix_http::Error>));
        Self { build: Box::new(move || build(service(), idle).boxed_local()), serve: OnceCell::new() }
    }

    /// Serves one connection until it ends; its requests carry its [`Tag`]. What strikes a miner strikes it, too.
    pub(crate) async fn serve(&self, stream: TcpStream, tag: T, link: Rc<Link>) {
        match self.serve.get_or_try_init(|| (self.build)()).await {
            Ok(serve) => serve(Connection { tag, stream, link }).await,
            Err(()) => log::error!(target: "shiftboss::mockfleet", "the HTTP service could not be built"),
        }
    }
}

async fn build<T, S, B>(answers: S, idle: Duration) -> Result<Serve<T>, ()>
where
    T: Clone + Unpin + 'static,
    S: ServiceFactory<Request, Config = ()> + 'static,
    S::Service: 'static,
    S::Error: Into<Response<BoxBody>> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let service = HttpServiceBuilder::default()
        .keep_alive(KeepAlive::Timeout(idle))
        .client_request_timeout(HEAD_WITHIN)
        .client_disconnect_timeout(FAREWELL_WITHIN)
        .on_connect_ext(|connection: &Connection<T>, data| {
            data.insert(Seat { tag: connection.tag.clone(), link: Rc::clone(&connection.link) });
        })
        .h1(afflicted(answers, link::<T>))
        .new_service(())
        .await
        .map_err(|_| ())?;
    Ok(Box::new(move |connection| {
        let served = service.call((connection, None));
        async move {
            if let Err(error) = served.await {
                // What clients do wrong is no event of ours.
                log::debug!(target: "shiftboss::mockfleet", "a connection failed: {error}");
            }
        }
        .boxed_local()
    }))
}

/// An answer that waits for its body.
pub(crate) fn answer(status: StatusCode, content_type: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CONTENT_TYPE, HeaderValue::from_static(content_type)));
    answer
}

/// What the requests of a connection have in common. One entry, for each is looked up and read on its own.
struct Seat<T> {
    tag: T,
    link: Rc<Link>,
}

fn link<T: 'static>(request: &Request) -> Option<&Rc<Link>> {
    request.conn_data::<Seat<T>>().map(|seat| &seat.link)
}

/// The tag of the connection that a request came over.
pub(crate) fn tag<T: Clone + 'static>(request: &Request) -> Option<T> {
    request.conn_data::<Seat<T>>().map(|seat| seat.tag.clone())
}

/// The tag of the connection that a request came over, for its handler to ask for.
#[derive(Clone)]
pub(crate) struct Tag<T>(pub(crate) T);

impl<T: Clone + 'static> FromRequest for Tag<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tag = request.conn_data::<Seat<T>>().map(|seat| Self(seat.tag.clone()));
        ready(tag.ok_or_else(|| ErrorInternalServerError("the connection has no tag")))
    }
}
