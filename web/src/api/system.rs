//! `/devices/{mac}/system`: what a device is told. Its own status is passed on when it does not do it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shiftboss_axeos::command::{Changes, Shown};
use shiftboss_axeos::{Mac, Setting};
use shiftboss_farm::command::{Command, CommandError, Configure, Failure, Outcome, Verdict};
use shiftboss_farm::preset::{Preset, PresetId};
use shiftboss_farm::record::View;
use shiftboss_farm::router::{Forget, ORDER_WITHIN, Order, Revise};
use utoipa::ToSchema;

use crate::api::device::{self, Envelope, Imprinted, Single};
use crate::api::endpoint::Endpoint;
use crate::api::outcome::{Came, Configured};
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{Fields, MacInPath, NoQuery};
use crate::api::{Api, CHANGE_WITHIN, imprint, origin, presets, schema};

const CONFIGURED: &str = "Device system info updated successfully";
const RESTARTED: &str = "Device restarted successfully";
const FORGOTTEN: &str = "Device's wanted settings forgotten successfully";

/// What the Node.js system says when a device did not do it.
const NOT_CONFIGURED: &str = "Failed to update device system info";
const NOT_RESTARTED: &str = "Failed to restart the device";
const NOT_DONE: &str = "Failed to tell the device";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let command = |endpoint: Endpoint| {
        endpoint
            .at_mac()
            .refuses(404, "No device is imprinted by this MAC.")
            .refuses(500, "The device cannot be reached, or what became of the command is not known.")
            .passes_on("The device did not do it: its own status, and what it said.")
            .waits()
    };
    let configured = json!({"message": CONFIGURED, "data": {"frequency": 525}, "result": "verified",
        "sent": ["frequency"], "needsRestart": false, "ignored": []});
    let done = json!({"message": "Device told successfully", "data": null, "result": "acknowledged"});
    vec![
        command(Endpoint::patch("/devices/{mac}/system", configure, "Gives a device settings"))
            .about(
                "Only what the device does not show already is sent. The settings are kept as wanted first: the \
                 device's view shows as `drift` what it shows otherwise. What is no setting is skipped; `ignored` names \
                 what is no reading of the device either.",
            )
            .reads::<System>(json!({"info": {"frequency": 525}}))
            .answers::<Answer<'static>>("It took them; `result` says whether it shows them.", configured)
            .refuses(409, "The device has never answered, so what it takes is not known."),
        command(Endpoint::post("/devices/{mac}/system/restart", restart, "Restarts a device"))
            .about("Answered when the device has said that it will; its view shows when it is back.")
            .answers::<Envelope<Value>>(
                "It will.",
                json!({"message": RESTARTED, "data": "System will restart shortly."}),
            )
            .refuses(403, "A page of another site made a browser send it."),
        command(Endpoint::post("/devices/{mac}/system/{command}", tell, "Pauses, resumes or identifies a device"))
            .about("ESP-Miner since 2.14.0 can pause and resume, since 2.12.0 it can identify itself on its display.")
            .asks_nothing()
            .at("command", "`pause`, `resume` or `identify`.", schema::one_of(&["pause", "resume", "identify"]))
            .answers::<Told<'static>>("It was told; `result` says what came of it.", done)
            .refuses(403, "A page of another site made a browser send it.")
            .refuses(409, "The device has never answered, so what it can is not known."),
        Endpoint::delete("/devices/{mac}/desired", forget, "Forgets what a device was asked to be set to")
            .about("It does not drift from that any more. Nothing is sent to it.")
            .asks_nothing()
            .at_mac()
            .answers::<Single>("The device.", device::example_one(FORGOTTEN))
            .refuses(404, "No device is imprinted by this MAC.")
            .refuses(500, "The farm could not do it; `details` says why.")
            .waits(),
    ]
}

/// What a device is to be set to.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct System {
    /// A preset, the URL, port and password of whose pool take the place of those in `info`.
    #[schema(required = false, value_type = Option<String>)]
    preset_uuid: Option<String>,
    /// Settings by their names. A whole `info` of the device, with some of them changed, will do.
    #[schema(required = false, schema_with = schema::settings)]
    info: Map<String, Value>,
    /// Also a frequency or core voltage that its ASIC is not known to bear.
    #[schema(required = false, default = false)]
    force: bool,
}

impl System {
    fn read(fields: &Fields) -> Result<Self, Flaw> {
        let preset_uuid = match fields.filled("presetUuid") {
            true => Some(fields.text("presetUuid")?.to_owned()),
            false => None,
        };
        Ok(Self { preset_uuid, info: fields.object("info")?, force: fields.flag("force")? })
    }
}

/// An answer with what came of it beside the members of the Node.js system.
#[derive(Serialize, ToSchema)]
struct Answer<'a> {
    message: &'static str,
    /// What was asked for, without secrets.
    data: Map<String, Value>,
    #[serde(flatten)]
    came: Configured<'a>,
    /// Members that are neither settings nor shown by the device, such as a setting with a slip of the pen; those of
    /// `info` as `info.frequenzy`.
    ignored: Vec<String>,
}

/// `PATCH /devices/{mac}/system`.
async fn configure(api: web::Data<Api>, mac: MacInPath, body: web::Payload) -> Result<HttpResponse, Problem> {
    let fields = Fields::read(body, api.body_limit_bytes, r#"{"info":{"frequency":525}}"#).await?;
    let System { preset_uuid, info, force } = System::read(&fields)?;
    let unknown = || Problem::of_command(CommandError::Unknown(mac.0), NOT_CONFIGURED);
    let view = imprint::look(&api, mac.0).await?.ok_or_else(unknown)?;
    let mut changes = wanted(&view, &info)?;
    let ignored = ignored(&fields, &info, &view);
    let mut data = shown(info);
    let preset = match preset_uuid {
        Some(id) => Some(preset(&api, &id).await?),
        None => None,
    };
    if let Some(preset) = &preset {
        let pool = preset.configuration.pool().map_err(shiftboss_farm::Error::Preset)?;
        data.extend(pool.settings().iter().map(|(setting, value)| (setting.name().to_owned(), json!(value))));
        changes.extend(pool);
    }
    let preset = preset.map(|preset| preset.id);
    let outcome = if changes.is_empty() {
        revise(&api, mac.0, preset).await?;
        None
    } else {
        let configure = Configure { changes, force, preset };
        Some(order(&api, mac.0, Command::Configure(configure), NOT_CONFIGURED).await?)
    };
    let came = outcome.as_ref().map_or_else(Configured::unchanged, Configured::from);
    Ok(HttpResponse::Ok().json(Answer { message: CONFIGURED, data, came, ignored }))
}

async fn preset(api: &Api, id: &str) -> Result<Arc<Preset>, Problem> {
    let told = "presetUuid: there is no such preset; /presets lists them";
    let known = presets::known(api, id).await?;
    known.ok_or_else(|| Problem::NoSuchPreset(Flaw::body(&[&"presetUuid"], told)))
}

/// Notes the preset of a device that has all of it already.
async fn revise(api: &Api, mac: Mac, preset: Option<PresetId>) -> Result<(), Problem> {
    if preset.is_some() {
        let revise = Revise { mac, address: None, preset: Some(preset) };
        api.farm.router.ask(revise, CHANGE_WITHIN).await.map_err(Problem::refused("router"))??;
    }
    Ok(())
}

/// What of an `info` is to be changed.
fn wanted(View { record, seen, .. }: &View, info: &Map<String, Value>) -> Result<Changes, Problem> {
    let mac = record.mac;
    let refuse = |error| Problem::of_command(error, NOT_CONFIGURED);
    let seen = seen.as_ref().ok_or_else(|| refuse(CommandError::Unheard(mac)))?;
    Shown::read(seen.body.as_bytes())
        .and_then(|shown| Changes::of_info(info, &shown))
        .map_err(|why| refuse(CommandError::Refused { mac, why }))
}

/// The members of a body that are lost: a client that sends a whole device back has none.
fn ignored(fields: &Fields, info: &Map<String, Value>, view: &View) -> Vec<String> {
    let device = serde_json::to_value(Imprinted::from(view)).unwrap_or_default();
    let is_known = |name: &str| name == "force" || device.get(name).is_some();
    let is_told = |name: &str| Setting::named(name).is_some() || device["info"].get(name).is_some();
    let outside = fields.names().filter(|name| !is_known(name)).map(str::to_owned);
    let inside = info.keys().filter(|name| !is_told(name)).map(|name| format!("info.{name}"));
    outside.chain(inside).collect()
}

/// The settings of an `info`, without secrets.
fn shown(mut info: Map<String, Value>) -> Map<String, Value> {
    info.retain(|name, value| {
        !value.is_null() && Setting::named(name).is_some_and(|setting| !setting.is_secret())
    });
    info
}

/// `POST /devices/{mac}/system/restart`.
async fn restart(api: web::Data<Api>, http: HttpRequest, mac: MacInPath) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let outcome = order(&api, mac.0, Command::Restart, NOT_RESTARTED).await?;
    Ok(device::enveloped(RESTARTED, words(outcome.said)))
}

/// What a device said: JSON where it is that, else text, or null.
fn words(said: Option<String>) -> Value {
    let Some(said) = said else { return Value::Null };
    serde_json::from_str(&said).unwrap_or(Value::String(said))
}

/// An answer with what came of a command.
#[derive(Serialize, ToSchema)]
struct Told<'a> {
    message: &'static str,
    /// What the device said.
    data: Value,
    #[serde(flatten)]
    came: Came<'a>,
}

/// `POST /devices/{mac}/system/{command}`.
async fn tell(
    api: web::Data<Api>,
    http: HttpRequest,
    _: NoQuery,
    mac: MacInPath,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let command = match http.match_info().query("command") {
        "pause" => Command::Pause,
        "resume" => Command::Resume,
        "identify" => Command::Identify,
        _ => return Err(Problem::NoRoute { path: http.path().to_owned() }),
    };
    let outcome = order(&api, mac.0, command, NOT_DONE).await?;
    let came = Came::from(&outcome.verdict);
    Ok(HttpResponse::Ok().json(Told {
        message: "Device told successfully",
        data: words(outcome.said.clone()),
        came,
    }))
}

/// `DELETE /devices/{mac}/desired`.
async fn forget(api: web::Data<Api>, _: NoQuery, mac: MacInPath) -> Result<HttpResponse, Problem> {
    let forgotten = api.farm.router.ask(Forget { mac: mac.0, settings: None }, CHANGE_WITHIN).await;
    forgotten.map_err(Problem::refused("router"))??.ok_or(Problem::NoDevice(mac.0))?;
    let view = imprint::look(&api, mac.0).await?.ok_or(Problem::NoDevice(mac.0))?;
    Ok(device::one(FORGOTTEN, &view))
}

/// Tells a device; one that did not do it is a refusal.
async fn order(api: &Api, mac: Mac, command: Command, words: &'static str) -> Result<Outcome, Problem> {
    let told = api.farm.router.ask(Order { mac, command }, ORDER_WITHIN).await;
    let outcome =
        told.map_err(Problem::refused("router"))?.map_err(|error| Problem::of_command(error, words))?;
    match outcome.verdict {
        Verdict::Failed(Failure { status, reason }) => {
            Err(Problem::Undone { words, status: of_device(status), cause: reason })
        }
        _ => Ok(outcome),
    }
}

/// A device's status, if it is one of a refusal.
fn of_device(status: u16) -> StatusCode {
    let refusal = StatusCode::from_u16(status)
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error());
    refusal.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_an_info_is_its_settings_without_secrets() {
        let info = json!({"frequency": "525", "power": 12, "stratumPassword": "hunter2", "wifiPass": "hunter2",
            "wifiPassword": "hunter2", "hostname": null, "fanspeed": 50});
        let Value::Object(info) = info else { panic!() };
        assert_eq!(Value::Object(shown(info)), json!({"frequency": "525", "fanspeed": 50}));
    }

    #[test]
    fn what_a_device_said_is_json_where_it_is_and_else_text() {
        for (said, data) in [
            (None, Value::Null),
            (Some("<h1>Soon</h1>"), json!("<h1>Soon</h1>")),
            (Some(r#"{"message":"Soon"}"#), json!({"message": "Soon"})),
        ] {
            assert_eq!(words(said.map(str::to_owned)), data);
        }
    }

    #[test]
    fn a_status_that_is_no_refusal_is_not_passed_on_as_one() {
        for (status, passed) in [(400, 400), (401, 401), (503, 503), (200, 500), (302, 500), (7, 500)] {
            assert_eq!(of_device(status).as_u16(), passed);
        }
    }
}
