//! `PATCH /devices/imprint/{mac}`: what an operator corrects of a device by hand. Nothing is sent to the device.
//!
//! Clients of the Node.js system send the whole device back, with what they were shown of it. Only its address and its
//! preset are anybody's to say; what else is sent is not kept, and named in the answer.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shiftboss_axeos::Mac;
use shiftboss_farm::discovery::{Discover, Known};
use shiftboss_farm::preset::PresetId;
use shiftboss_farm::record::Found;
use shiftboss_farm::router::{Imprint, Revise};
use utoipa::ToSchema;

use crate::api::device::{self, Imprinted};
use crate::api::discover::address;
use crate::api::endpoint::Endpoint;
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{Fields, MacInPath};
use crate::api::{ANSWER_WITHIN, Api, CHANGE_WITHIN, SEARCH_WITHIN, imprint, presets};

const AMENDED: &str = "Device updated successfully";

/// What is kept of what is sent, and what must only be right.
const KEPT: [&str; 3] = ["ip", "presetUuid", "mac"];

pub(super) fn endpoint() -> Endpoint {
    let mut example = device::example_one(AMENDED);
    example["ignored"] = json!(["info"]);
    Endpoint::patch("/devices/imprint/{mac}", amend, "Corrects a device's address or preset")
        .about(
            "Nothing is sent to the device. Of the members only `ip` and `presetUuid` are kept; `ignored` names the \
             others. A device that is not imprinted is, if discovery knows it or it answers at `ip`.",
        )
        .at_mac()
        .reads::<Body>(json!({"device": {"ip": "192.168.1.20", "presetUuid": null}}))
        .answers::<Amended<'static>>("What it is now.", example)
        .refuses(404, "No device is imprinted by this MAC, and none is found.")
        .refuses(409, "Another device is imprinted at that address; nothing was changed.")
        .refuses(500, "The farm could not do it; `details` says why.")
        .waits()
}

/// A device, or those of its members that are to be changed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Body {
    #[expect(dead_code, reason = "it is read member by member, so that each can be told")]
    device: Correction,
}

/// What is to be changed of a device.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Correction {
    /// Where it is: a host, with a port if that is not 80.
    #[schema(nullable = false, example = "192.168.1.20")]
    ip: Option<String>,
    /// The preset that it counts to; null for none.
    #[schema(value_type = Option<String>)]
    preset_uuid: Option<Option<PresetId>>,
    /// Members that are not kept.
    #[schema(ignore)]
    ignored: Vec<String>,
}

/// An answer that tells what was not kept.
#[derive(Serialize, ToSchema)]
struct Amended<'a> {
    message: &'static str,
    data: Imprinted<'a>,
    /// Members that were sent and are not kept.
    ignored: Vec<String>,
}

async fn amend(api: web::Data<Api>, mac: MacInPath, body: web::Payload) -> Result<HttpResponse, Problem> {
    let fields = Fields::read(body, api.body_limit_bytes, r#"{"device":{"ip":"192.168.1.20"}}"#).await?;
    fields.only(&["device"])?;
    fields.needed("device")?;
    let correction = Correction::read(&api, mac.0, &fields.object("device")?).await?;
    let Correction { ip, preset_uuid, ignored } = correction;
    if imprint::look(&api, mac.0).await?.is_none() {
        let found = find(&api, mac.0, ip.clone()).await?;
        api.farm
            .router
            .ask(Imprint(vec![found]), CHANGE_WITHIN)
            .await
            .map_err(Problem::refused("router"))??;
    }
    let revise = Revise { mac: mac.0, address: ip, preset: preset_uuid };
    let revised = api.farm.router.ask(revise, CHANGE_WITHIN).await;
    revised.map_err(Problem::refused("router"))??.ok_or(Problem::NoDevice(mac.0))?;
    let view = imprint::look(&api, mac.0).await?.ok_or(Problem::NoDevice(mac.0))?;
    Ok(HttpResponse::Ok().json(Amended { message: AMENDED, data: Imprinted::from(&view), ignored }))
}

impl Correction {
    async fn read(api: &Api, mac: Mac, device: &Map<String, Value>) -> Result<Self, Problem> {
        if device.get("mac").is_some_and(|said| said.as_str().and_then(|said| said.parse().ok()) != Some(mac))
        {
            let told = format!("device.mac is not {mac}; a device cannot become another");
            return Err(Flaw::body(&[&"device", &"mac"], told).into());
        }
        Ok(Self {
            ip: device.get("ip").map(ip).transpose()?,
            preset_uuid: match device.get("presetUuid") {
                None => None,
                Some(Value::Null) => Some(None),
                // Clients of the Node.js system say none so, too.
                Some(Value::String(id)) if id.is_empty() => Some(None),
                Some(id) => Some(Some(preset(api, id).await?)),
            },
            ignored: device.keys().filter(|name| !KEPT.contains(&name.as_str())).cloned().collect(),
        })
    }
}

fn ip(value: &Value) -> Result<String, Flaw> {
    let told = |flaw: Flaw| Flaw::body(&[&"device", &"ip"], format!("device.{flaw}"));
    let text = value.as_str().ok_or_else(|| Flaw::new("ip must be a text in quotes"));
    text.and_then(|text| address("ip", text)).map_err(told)
}

async fn preset(api: &Api, id: &Value) -> Result<PresetId, Problem> {
    let known = match id.as_str() {
        Some(id) => presets::known(api, id).await?,
        None => None,
    };
    let told = "device.presetUuid: there is no such preset; /presets lists them";
    known
        .map(|preset| preset.id)
        .ok_or_else(|| Problem::NoSuchPreset(Flaw::body(&[&"device", &"presetUuid"], told)))
}

/// A device that is to be imprinted: as discovery knows it, or as it answers now.
async fn find(api: &Api, mac: Mac, ip: Option<String>) -> Result<Found, Problem> {
    let found = match ip {
        Some(_) => {
            let asked = api.farm.discovery.ask(Discover { address: ip, mac: Some(mac) }, SEARCH_WITHIN).await;
            asked.map_err(Problem::refused("discovery"))??
        }
        None => {
            let known = api.farm.discovery.ask(Known(vec![mac]), ANSWER_WITHIN).await;
            known.map_err(Problem::refused("discovery"))?
        }
    };
    found.into_iter().find(|found| found.mac == mac).ok_or(Problem::NoDevice(mac))
}
