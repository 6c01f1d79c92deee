//! `/devices/imprint`: the devices that the farm keeps.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use shiftboss_axeos::Mac;
use shiftboss_farm::directory::{List, Look};
use shiftboss_farm::discovery::Known;
use shiftboss_farm::preset::PresetId;
use shiftboss_farm::record::View;
use shiftboss_farm::router::{Imprint, Remove};
use utoipa::{IntoParams, ToSchema};

use crate::api::device::{self, Envelope, Imprinted, Listed, Single};
use crate::api::endpoint::Endpoint;
use crate::api::filter::Filter;
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{self, Fields, MacInPath};
use crate::api::{ANSWER_WITHIN, Api, CHANGE_WITHIN, schema};

const IMPRINTED: &str = "Devices imprint successful";
const LISTED: &str = "Devices retrieved successfully";
const SHOWN: &str = "Device retrieved successfully";
const REMOVED: &str = "Device deleted successfully";
const OF_PRESET: &str = "Devices by preset retrieved successfully";

pub(super) fn endpoints() -> Vec<Endpoint> {
    const TAKEN: &str = "Another device is imprinted at that address; nothing was changed.";
    const UNDONE: &str = "The farm could not do it; `details` says why.";
    vec![
        Endpoint::get("/devices/imprint", list, "The devices that the farm keeps")
            .asks::<Search>()
            .answers::<Listed>("All, or those that `q` means, the newest first.", device::example_list(LISTED))
            .waits(),
        Endpoint::put("/devices/imprint", imprint, "Imprints devices that were discovered")
            .about("One that is imprinted already takes the address at which it was found last. Devices that were \
                not discovered are left out.")
            .reads::<Macs>(json!({"macs": ["aa:bb:cc:dd:ee:05"]}))
            .answers::<Listed>("Those that are imprinted now, the newest first.", device::example_list(IMPRINTED))
            .refuses(404, "None of the devices was discovered.")
            .refuses(409, TAKEN)
            .refuses(500, UNDONE)
            .waits(),
        Endpoint::patch("/devices/imprint", add, "Imprints one more device")
            .reads::<OneMac>(json!({"mac": "aa:bb:cc:dd:ee:05"}))
            .answers::<Listed>("All that are imprinted now, the newest first.", device::example_list(IMPRINTED))
            .refuses(404, "The device was not discovered.")
            .refuses(409, TAKEN)
            .refuses(500, UNDONE)
            .waits(),
        Endpoint::get("/devices/imprint/{mac}", one, "One device")
            .at_mac()
            .answers::<Envelope<Option<Imprinted<'static>>>>("The device, or null if none is imprinted by this MAC.", device::example_one(SHOWN))
            .waits(),
        Endpoint::delete("/devices/imprint/{mac}", remove, "Removes a device")
            .at_mac()
            .about("It is not polled any more when this is answered.")
            .answers::<Single>("What was removed.", device::example_one(REMOVED))
            .refuses(404, "No device is imprinted by this MAC.")
            .refuses(500, UNDONE)
            .waits(),
        Endpoint::get("/devices/presets/{presetId}", with_preset, "The devices that were given a preset last")
            .at("presetId", "The id of the preset.", schema::text("019a0000-0000-7000-8000-000000000001").build())
            .answers::<Listed>("Those devices, the newest first.", device::example_list(OF_PRESET))
            .waits(),
    ]
}

/// Devices to be imprinted.
#[derive(ToSchema)]
struct Macs {
    /// Their MAC addresses; at least one.
    #[schema(schema_with = schema::some_macs)]
    macs: BTreeSet<Mac>,
}

/// `PUT /devices/imprint`: keeps devices that were discovered. Those of the list that were not are left out.
async fn imprint(api: web::Data<Api>, body: web::Payload) -> Result<HttpResponse, Problem> {
    let fields = Fields::read(body, api.body_limit_bytes, request::MACS).await?;
    let Macs { macs } = Macs { macs: fields.macs("macs")? };
    if macs.is_empty() {
        return Err(Flaw::body(&[&"macs"], "macs is empty; name the devices to imprint").into());
    }
    let imprinted = imprint_known(&api, macs).await?;
    Ok(device::many(IMPRINTED, views(&api, &imprinted).await?))
}

/// A device to be imprinted.
#[derive(ToSchema)]
struct OneMac {
    /// Its MAC address.
    #[schema(schema_with = schema::mac)]
    mac: Mac,
}

/// `PATCH /devices/imprint`: keeps one more device. Answers with all, as the Node.js system does, which imprinted all
/// of them anew.
async fn add(api: web::Data<Api>, body: web::Payload) -> Result<HttpResponse, Problem> {
    let fields = Fields::read(body, api.body_limit_bytes, r#"{"mac":"aa:bb:cc:dd:ee:05"}"#).await?;
    let OneMac { mac } = OneMac { mac: fields.mac("mac")? };
    imprint_known(&api, BTreeSet::from([mac])).await?;
    Ok(device::many(IMPRINTED, all(&api).await?))
}

/// Imprints those of the devices that discovery remembers, of which there must be one.
async fn imprint_known(api: &Api, macs: BTreeSet<Mac>) -> Result<BTreeSet<Mac>, Problem> {
    let known = api.farm.discovery.ask(Known(macs.iter().copied().collect()), ANSWER_WITHIN).await;
    let found = known.map_err(Problem::refused("discovery"))?;
    if found.is_empty() {
        return Err(Problem::NoDevices(macs));
    }
    let imprinted = api.farm.router.ask(Imprint(found), CHANGE_WITHIN).await;
    let imprinted = imprinted.map_err(Problem::refused("router"))??;
    Ok(imprinted.iter().map(|record| record.mac).collect())
}

/// What to look for in the list.
#[derive(Deserialize, IntoParams)]
struct Search {
    /// A part of an address, a MAC or a hostname, in any case; a whole IPv4 address means that one, on any port.
    #[serde(default)]
    #[param(required = false, example = "192.168.1.")]
    q: String,
}

/// `GET /devices/imprint`: all devices, or those that a search means.
async fn list(api: web::Data<Api>, search: web::Query<Search>) -> Result<HttpResponse, Problem> {
    let filter = Filter::new(&search.q);
    let mut views = all(&api).await?;
    if !filter.is_empty() {
        views.retain(|view| filter.accepts(view));
    }
    Ok(device::many(LISTED, views))
}

/// `GET /devices/imprint/{mac}`: null, and no refusal, if there is none: clients of the Node.js system look for that.
async fn one(api: web::Data<Api>, mac: MacInPath) -> Result<HttpResponse, Problem> {
    let view = look(&api, mac.0).await?;
    Ok(device::enveloped(SHOWN, view.as_ref().map(Imprinted::from)))
}

/// `GET /devices/presets/{presetId}`. A text that is no id is that of no device.
async fn with_preset(api: web::Data<Api>, preset: web::Path<String>) -> Result<HttpResponse, Problem> {
    let views = match preset.parse() {
        Ok(preset) => of_preset(&api, preset).await?,
        Err(_) => Vec::new(),
    };
    Ok(device::many(OF_PRESET, views))
}

/// `DELETE /devices/imprint/{mac}`: answers with what it removed.
async fn remove(api: web::Data<Api>, mac: MacInPath) -> Result<HttpResponse, Problem> {
    let view = look(&api, mac.0).await?.ok_or(Problem::NoDevice(mac.0))?;
    let removed = api.farm.router.ask(Remove(mac.0), CHANGE_WITHIN).await;
    removed.map_err(Problem::refused("router"))??.ok_or(Problem::NoDevice(mac.0))?;
    Ok(device::one(REMOVED, &view))
}

pub(super) async fn look(api: &Api, mac: Mac) -> Result<Option<View>, Problem> {
    api.farm.directory.ask(Look(mac), ANSWER_WITHIN).await.map_err(Problem::refused("directory"))
}

pub(super) async fn all(api: &Api) -> Result<Vec<View>, Problem> {
    api.farm.directory.ask(List, ANSWER_WITHIN).await.map_err(Problem::refused("directory"))
}

/// Those that were given a preset last.
pub(super) async fn of_preset(api: &Api, preset: PresetId) -> Result<Vec<View>, Problem> {
    let mut views = all(api).await?;
    views.retain(|view| view.record.preset == Some(preset));
    Ok(views)
}

/// Several, with one question.
pub(super) async fn views(api: &Api, macs: &BTreeSet<Mac>) -> Result<Vec<View>, Problem> {
    let mut views = all(api).await?;
    views.retain(|view| macs.contains(&view.record.mac));
    Ok(views)
}
