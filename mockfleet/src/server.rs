//! One HTTP service of a thread, shared by all listeners that have the same routes.
//!
//! What differs from one listener to the next travels with the connection, as its tag: thousands of miners need one
//! actix-web application, not thousands of them.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_http::{HttpServiceBuilder, KeepAlive, StatusCode};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, map_config};
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
    routes: fn(&mut ServiceConfig),
    serve: OnceCell<Serve<T>>,
}

impl<T: Clone + Unpin + 'static> HttpServer<T> {
    pub(crate) fn new(routes: fn(&mut ServiceConfig)) -> Self {
        Self { routes, serve: OnceCell::new() }
    }

    /// Serves one connection until it ends; its requests carry its [`Tag`].
    pub(crate) async fn serve(&self, stream: TcpStream, tag: T) {
        match self.serve.get_or_try_init(|| build(self.routes)).await {
            Ok(serve) => serve(Connection { tag, stream }).await,
            Err(()) => log::error!(target: "shiftboss::mockfleet", "the HTTP service could not be built"),
        }
    }
}

async fn build<T: Clone + Unpin + 'static>(routes: fn(&mut ServiceConfig)) -> Result<Serve<T>, ()> {
    let app = App::new().app_data(PayloadConfig::new(BODY_BYTES)).configure(routes);
    let service = HttpServiceBuilder::default()
        .keep_alive(KeepAlive::Timeout(IDLE))
        .client_request_timeout(HEAD_WITHIN)
        .client_disconnect_timeout(FAREWELL_WITHIN)
        .on_connect_ext(|connection: &Connection<T>, data| {
            data.insert(Tag(connection.tag.clone()));
        })
        .h1(map_config(app.into_factory(), |()| AppConfig::default()))
        .new_service(())
        .await?;
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

/// The tag of the connection that a request came over, for its handler to ask for.
#[derive(Clone)]
pub(crate) struct Tag<T>(pub(crate) T);

impl<T: Clone + 'static> FromRequest for Tag<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tag = request.conn_data::<Self>().cloned();
        ready(tag.ok_or_else(|| ErrorInternalServerError("the connection has no tag")))
    }
}
