//! What is reached over HTTP, one file per resource. Handlers ask actors and own nothing.
//!
//! Answers keep the names, envelopes and statuses of the Node.js system. A refusal is JSON too: `{"error": "…"}`,
//! one line that names what was wrong.

use std::path::PathBuf;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Compress, ErrorHandlerResponse, ErrorHandlers, NormalizePath};
use actix_web::web::{self, QueryConfig, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, Resource, ResponseError, Route, guard};
use shiftboss_farm::Farm;
use shiftboss_kernel::Watchdog;

use crate::metrics;

mod backup;
mod device;
mod discover;
mod filter;
mod health;
mod imprint;
mod info;
mod listen;
mod origin;
pub mod problem;
mod request;
pub mod tree;

use problem::Problem;
pub(crate) use request::excerpt;
use tree::Lookout;

/// For an actor that answers from what it holds.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// For a change that is on the disk, and with every device that it is about.
const CHANGE_WITHIN: Duration = Duration::from_secs(15);

/// For a search of the network.
const SEARCH_WITHIN: Duration = Duration::from_secs(60);

/// What handlers answer from.
#[derive(Clone)]
pub struct Api {
    /// The ways to the farm's actors.
    pub farm: Farm,
    /// Where the tree is seen from.
    pub lookout: Lookout,
    /// The folder of backups.
    pub backups: PathBuf,
    /// The longest request body that is read.
    pub body_limit_bytes: usize,
    /// Whether `/metrics` carries the names of the Node.js system too.
    pub compat_metrics: bool,
    /// Knows which arbiters turn.
    pub watchdog: Watchdog,
    /// The silence of an arbiter that makes `/healthz` fail.
    pub stale_after: Duration,
}

/// The application of one worker thread.
pub fn app(
    api: web::Data<Api>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(api)
        .app_data(
            QueryConfig::default()
                .error_handler(|error, _| Problem::Bad(unreadable(&error.to_string())).into()),
        )
        .configure(routes)
        .wrap(Compress::default())
        .wrap(ErrorHandlers::new().handler(StatusCode::NOT_ACCEPTABLE, in_json))
        .wrap(NormalizePath::trim())
}

/// What is wrong with a query may hold a key of it, whatever that holds.
fn unreadable(error: &str) -> String {
    format!("the query cannot be read: {:.200}", error.replace(char::is_control, " "))
}

/// [`Compress`] refuses in words of its own.
fn in_json<B>(refused: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let refusal = refused.into_response(Problem::Encoding.error_response());
    Ok(ErrorHandlerResponse::Response(refusal.map_into_right_body()))
}

fn routes(config: &mut ServiceConfig) {
    let imprint = resource("/devices/imprint", "GET, HEAD, PUT");
    let imprinted = resource("/devices/imprint/{mac}", "GET, HEAD, DELETE");
    let listen = resource("/devices/listen", "PUT");
    config
        .service(resource("/devices/discover", READ).route(read().to(discover::discover)))
        .service(imprint.route(read().to(imprint::list)).route(web::put().to(imprint::imprint)))
        .service(imprinted.route(read().to(imprint::one)).route(web::delete().to(imprint::remove)))
        .service(listen.route(web::put().to(listen::listen)))
        .service(resource("/backup", "POST").route(web::post().to(backup::back_up)))
        .service(resource("/healthz", READ).route(read().to(health::healthz)))
        .service(resource("/readyz", READ).route(read().to(health::readyz)))
        .service(resource("/tree", READ).route(read().to(tree::tree)))
        .service(resource("/tree/{action}", "POST").route(web::post().to(tree::order::order)))
        .service(resource("/metrics", READ).route(read().to(metrics::metrics)))
        .default_service(web::to(nothing));
}

const READ: &str = "GET, HEAD";

/// A resource that refuses what is not among the methods `allow`.
fn resource(path: &str, allow: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move |request: HttpRequest| async move {
        Err::<HttpResponse, _>(Problem::Method { method: request.method().clone(), allow })
    }))
}

/// A route for whoever wants to read, be it the head only.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn nothing(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::NoRoute { path: request.path().to_owned() })
}

#[cfg(test)]
mod tests;
