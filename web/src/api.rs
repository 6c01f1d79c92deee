//! What is reached over HTTP, one file per resource. Handlers ask actors and own nothing.
//!
//! Answers keep the names, envelopes and statuses of the Node.js system. A refusal is JSON too, in one form
//! ([`problem::Problem`]). To add a route, write an [`Endpoint`] beside its handler and its file's list into
//! [`endpoints`]: it is served and documented from there.

use std::path::PathBuf;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Compress, ErrorHandlerResponse, ErrorHandlers, NormalizePath, from_fn};
use actix_web::web::{self, QueryConfig};
use actix_web::{App, HttpRequest, HttpResponse};
use shiftboss_farm::Farm;
use shiftboss_kernel::Watchdog;

use crate::metrics;

mod amend;
mod backup;
mod device;
mod discover;
mod endpoint;
mod filter;
mod health;
mod imprint;
mod info;
mod listen;
pub(crate) mod openapi;
mod origin;
mod outcome;
mod presets;
pub mod problem;
mod request;
mod rollouts;
mod rows;
mod schema;
mod system;
pub mod tree;

pub(crate) use endpoint::Endpoint;
use problem::{Flaw, Problem};
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
                .error_handler(|error, _| Problem::from(unreadable(&error.to_string())).into()),
        )
        .configure(|config| endpoint::serve(config, endpoints()))
        .default_service(web::to(nothing))
        .wrap(Compress::default())
        .wrap(ErrorHandlers::new().handler(StatusCode::NOT_ACCEPTABLE, in_json))
        .wrap(from_fn(problem::labelled))
        .wrap(NormalizePath::trim())
}

/// What is wrong with a query may hold a key of it, whatever that holds.
fn unreadable(error: &str) -> Flaw {
    Flaw::new(format!("the query cannot be read: {:.200}", error.replace(char::is_control, " ")))
}

/// [`Compress`] refuses in words of its own.
fn in_json<B>(refused: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let refusal = refused.into_response(HttpResponse::from_error(Problem::Encoding));
    Ok(ErrorHandlerResponse::Response(refusal.map_into_right_body()))
}

/// Every route, in the order in which paths are matched.
fn endpoints() -> Vec<Endpoint> {
    let all = [
        discover::endpoints(),
        imprint::endpoints(),
        vec![amend::endpoint()],
        listen::endpoints(),
        system::endpoints(),
        presets::endpoints(),
        rollouts::endpoints(),
        vec![backup::endpoint()],
        tree::endpoints(),
        metrics::endpoints(),
        health::endpoints(),
        openapi::endpoints(),
    ];
    all.into_iter().flatten().collect()
}

async fn nothing(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::NoRoute { path: request.path().to_owned() })
}

#[cfg(test)]
mod tests;
