//! Faults on demand over HTTP: `PUT /faults` replaces them, `GET /faults` tells which are in force and whom each
//! strikes, `DELETE /faults` ends them all.

use std::time::Duration;

use actix_http::StatusCode;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::Serialize;

use super::{Desk, nothing};
use crate::error::Error;
use crate::faults;
use crate::fleet::{Afflict, Afflicted, InForce};
use crate::http::unread;
use crate::server::{JSON, Tag, answer};

/// The time that the fleet has to tell all miners.
const TAKEN_WITHIN: Duration = Duration::from_secs(12);

#[derive(Serialize)]
struct Document {
    faults: Vec<InForce>,
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/faults")
            .route(web::get().to(get))
            .route(web::put().to(put))
            .route(web::delete().to(delete))
            .default_service(web::to(nothing)),
    );
}

async fn get(Tag(desk): Tag<Desk>) -> Result<HttpResponse, Error> {
    let faults = desk.fleet.ask(Afflicted, TAKEN_WITHIN).await?;
    Ok(answer(StatusCode::OK, JSON).json(Document { faults }))
}

async fn put(
    Tag(desk): Tag<Desk>,
    body: Result<web::Bytes, actix_web::Error>,
) -> Result<HttpResponse, Error> {
    let body = body.map_err(|error| unread(&error))?;
    let faults = faults::read(&body).map_err(Error::NoFault)?;
    let faults = desk.fleet.ask(Afflict(faults), TAKEN_WITHIN).await??;
    Ok(answer(StatusCode::OK, JSON).json(Document { faults }))
}

async fn delete(Tag(desk): Tag<Desk>) -> Result<HttpResponse, Error> {
    desk.fleet.ask(Afflict(Vec::new()), TAKEN_WITHIN).await??;
    Ok(HttpResponse::NoContent().finish())
}
