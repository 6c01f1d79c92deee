//! `/devices/imprint`: the devices that the farm keeps.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use shiftboss_axeos::Mac;
use shiftboss_farm::directory::{List, Look};
use shiftboss_farm::discovery::Known;
use shiftboss_farm::record::View;
use shiftboss_farm::router::{Imprint, Remove};

use crate::api::filter::Filter;
use crate::api::problem::Problem;
use crate::api::request::{Fields, MacInPath};
use crate::api::{ANSWER_WITHIN, Api, CHANGE_WITHIN, device};

/// `PUT /devices/imprint`: keeps devices that were discovered. Those of the list that were not are left out.
pub(super) async fn imprint(api: web::Data<Api>, body: web::Payload) -> Result<HttpResponse, Problem> {
    let macs = Fields::read(body, api.body_limit_bytes).await?.macs("macs")?;
    if macs.is_empty() {
        return Err(Problem::Bad("macs is empty; name the devices to imprint".into()));
    }
    let known = api.farm.discovery.ask(Known(macs.iter().copied().collect()), ANSWER_WITHIN).await;
    let found = known.map_err(Problem::refused("discovery"))?;
    if found.is_empty() {
        return Err(Problem::NoDevices(macs));
    }
    let imprinted = api.farm.router.ask(Imprint(found), CHANGE_WITHIN).await;
    let imprinted = imprinted.map_err(Problem::refused("router"))??;
    let imprinted = imprinted.iter().map(|record| record.mac).collect();
    Ok(device::many("Devices imprint successful", views(&api, &imprinted).await?))
}

/// What to look for in the list.
#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /devices/imprint`: all devices, or those that a search means.
pub(super) async fn list(api: web::Data<Api>, search: web::Query<Search>) -> Result<HttpResponse, Problem> {
    let filter = Filter::new(&search.q);
    let mut views = all(&api).await?;
    views.retain(|view| filter.accepts(view));
    Ok(device::many("Devices retrieved successfully", views))
}

/// `GET /devices/imprint/{mac}`.
pub(super) async fn one(api: web::Data<Api>, mac: MacInPath) -> Result<HttpResponse, Problem> {
    Ok(device::one("Device retrieved successfully", &look(&api, mac.0).await?))
}

/// `DELETE /devices/imprint/{mac}`: answers with what it removed.
pub(super) async fn remove(api: web::Data<Api>, mac: MacInPath) -> Result<HttpResponse, Problem> {
    let view = look(&api, mac.0).await?;
    let removed = api.farm.router.ask(Remove(mac.0), CHANGE_WITHIN).await;
    removed.map_err(Problem::refused("router"))??.ok_or(Problem::NoDevice(mac.0))?;
    Ok(device::one("Device deleted successfully", &view))
}

async fn look(api: &Api, mac: Mac) -> Result<View, Problem> {
    let view = api.farm.directory.ask(Look(mac), ANSWER_WITHIN).await;
    view.map_err(Problem::refused("directory"))?.ok_or(Problem::NoDevice(mac))
}

pub(super) async fn all(api: &Api) -> Result<Vec<View>, Problem> {
    api.farm.directory.ask(List, ANSWER_WITHIN).await.map_err(Problem::refused("directory"))
}

/// Several, with one question.
pub(super) async fn views(api: &Api, macs: &BTreeSet<Mac>) -> Result<Vec<View>, Problem> {
    let mut views = all(api).await?;
    views.retain(|view| macs.contains(&view.record.mac));
    Ok(views)
}
