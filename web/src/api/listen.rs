//! `PUT /devices/listen`: which devices are polled: these, and no others.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde_json::json;
use shiftboss_axeos::Mac;
use shiftboss_farm::router::Listen;
use utoipa::ToSchema;

use crate::api::device::{self, Listed};
use crate::api::endpoint::Endpoint;
use crate::api::problem::Problem;
use crate::api::request::{self, Fields};
use crate::api::{Api, CHANGE_WITHIN, imprint, schema};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let listen = Endpoint::put("/devices/listen", listen, "Polls these devices, and no others")
        .about("The list replaces the one before; an empty one stops all. Unknown devices are left out.")
        .reads::<Wanted>(json!({"macs": ["aa:bb:cc:dd:ee:05"], "traceLogs": false}))
        .answers::<Listed>("Those that are polled now, the newest first.", device::example_list(DONE))
        .refuses(404, "None of the devices is imprinted; nothing was changed.")
        .refuses(500, "The farm could not do it; `details` says why.")
        .waits();
    vec![listen]
}

const DONE: &str = "Devices listeners set successfully";

/// Which devices are to be polled.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Wanted {
    /// Their MAC addresses.
    #[schema(schema_with = schema::macs)]
    macs: BTreeSet<Mac>,
    /// Whether their log streams are wanted too.
    #[schema(required = false, default = false)]
    trace_logs: bool,
}

impl Wanted {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        Ok(Self { macs: fields.macs("macs")?, trace_logs: fields.flag("traceLogs")? })
    }
}

/// An empty list stops all. One that names no imprinted device changes nothing: it was not meant to stop all.
async fn listen(api: web::Data<Api>, body: web::Payload) -> Result<HttpResponse, Problem> {
    let fields = Fields::read(body, api.body_limit_bytes, request::MACS).await?;
    let Wanted { macs, trace_logs } = Wanted::read(&fields)?;
    if !macs.is_empty() && imprint::views(&api, &macs).await?.is_empty() {
        return Err(Problem::NoDevices(macs));
    }
    let listening = api.farm.router.ask(Listen { macs, trace_logs }, CHANGE_WITHIN).await;
    let listening = listening.map_err(Problem::refused("router"))??;
    let listening = listening.iter().map(|record| record.mac).collect();
    Ok(device::many(DONE, imprint::views(&api, &listening).await?))
}
