//! `PUT /devices/listen`: which devices are polled: these, and no others.

use actix_web::{HttpResponse, web};
use shiftboss_farm::router::Listen;

use crate::api::problem::Problem;
use crate::api::request::Fields;
use crate::api::{Api, CHANGE_WITHIN, device, imprint};

/// An empty list stops all. One that names no imprinted device changes nothing: it was not meant to stop all.
pub(super) async fn listen(api: web::Data<Api>, body: web::Payload) -> Result<HttpResponse, Problem> {
    let fields = Fields::read(body, api.body_limit_bytes).await?;
    let (macs, trace_logs) = (fields.macs("macs")?, fields.flag("traceLogs")?);
    if !macs.is_empty() && imprint::views(&api, &macs).await?.is_empty() {
        return Err(Problem::NoDevices(macs));
    }
    let listening = api.farm.router.ask(Listen { macs, trace_logs }, CHANGE_WITHIN).await;
    let listening = listening.map_err(Problem::refused("router"))??;
    let listening = listening.iter().map(|record| record.mac).collect();
    Ok(device::many("Devices listeners set successfully", imprint::views(&api, &listening).await?))
}
