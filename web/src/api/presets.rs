//! `/presets`: settings under a name, and to whom they are given. Their passwords are in no answer.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shiftboss_farm::command::Configure;
use shiftboss_farm::preset::{
    AlterPreset, Alteration, Configuration, CreatePreset, ListPresets, LookPreset, Mode, Preset, PresetId,
    RemovePreset, check_name,
};
use utoipa::ToSchema;

use crate::api::device::{Envelope, Imprinted, Iso, enveloped};
use crate::api::endpoint::Endpoint;
use crate::api::problem::{Flaw, Problem};
use crate::api::request::{Fields, NoQuery};
use crate::api::rollouts::{self, Targets};
use crate::api::{ANSWER_WITHIN, Api, CHANGE_WITHIN, imprint, origin, schema};

const LISTED: &str = "Presets retrieved successfully";
const SHOWN: &str = "Preset retrieved successfully";
const CREATED: &str = "Preset created successfully";
const CHANGED: &str = "Preset updated successfully";
const REMOVED: &str = "Preset deleted successfully";

/// What clients send back of what they were shown, and the server decides.
const OURS: [&str; 5] = ["uuid", "secrets", "associatedDevices", "createdAt", "updatedAt"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    const UNDONE: &str = "The farm could not do it; `details` says why.";
    const KEPT: &str = "Passwords that are not named stay as they are, because no answer shows them; null takes one \
        away. Devices that were given the preset keep what they have until it is applied again.";
    let with_id = |endpoint: Endpoint| {
        endpoint
            .at("id", "The id of the preset.", schema::uuid())
            .refuses(404, "There is no such preset.")
            .waits()
    };
    let configuration = json!({"stratumURL": "pool.example", "stratumPort": 3333, "stratumPassword": "x"});
    let body = json!({"name": "Day", "configuration": configuration});
    vec![
        Endpoint::get("/presets", list, "All presets")
            .answers::<Envelope<Vec<Shown<'static>>>>("All, the latest first.", example(LISTED, |one| json!([one])))
            .waits(),
        Endpoint::post("/presets", create, "Makes a preset")
            .reads::<New>(body.clone())
            .answers::<Envelope<Shown<'static>>>("The preset, with its id.", example(CREATED, |one| one))
            .refuses(403, "A page of another site made a browser send it.")
            .refuses(409, "There are as many presets as are kept.")
            .refuses(500, UNDONE)
            .waits(),
        with_id(Endpoint::get("/presets/{id}", look, "One preset"))
            .answers::<Envelope<Shown<'static>>>("The preset.", example(SHOWN, |one| one)),
        with_id(Endpoint::put("/presets/{id}", replace, "Replaces a preset"))
            .about(KEPT)
            .reads::<New>(body)
            .answers::<Envelope<Shown<'static>>>("What it is now.", example(CHANGED, |one| one))
            .refuses(500, UNDONE),
        with_id(Endpoint::patch("/presets/{id}", merge, "Changes parts of a preset"))
            .about(KEPT)
            .reads::<Parts>(json!({"configuration": {"stratumPort": 3334}}))
            .answers::<Envelope<Shown<'static>>>("What it is now.", example(CHANGED, |one| one))
            .refuses(500, UNDONE),
        with_id(Endpoint::delete("/presets/{id}", remove, "Deletes a preset"))
            .about("Devices that it was given to keep what they have, and the id; `associatedDevices` tells them.")
            .answers::<Envelope<Removed<'static>>>("What was deleted.", example(REMOVED, |mut one| {
                one["associatedDevices"] = json!([]);
                one
            }))
            .refuses(500, UNDONE),
        rollouts::begins(Endpoint::post("/presets/{id}/apply", apply, "Gives a preset to many devices"))
            .at("id", "The id of the preset.", schema::uuid())
            .reads::<Targets>(json!({"macs": ["aa:bb:cc:dd:ee:05"]}))
            .refuses(404, "There is no such preset, or none of the devices is imprinted."),
    ]
}

fn example(message: &str, data: impl Fn(Value) -> Value) -> Value {
    let time = "2026-01-31T23:59:59.999Z";
    let preset = json!({"uuid": "019a0000-0000-7000-8000-000000000001", "name": "Day",
        "configuration": {"stratumURL": "pool.example", "stratumPort": 3333}, "secrets": ["stratumPassword"],
        "createdAt": time, "updatedAt": time});
    json!({"message": message, "data": data(preset)})
}

/// A preset, as it is shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Preset)]
struct Shown<'a> {
    /// Its id.
    #[schema(schema_with = schema::uuid)]
    uuid: PresetId,
    /// What people call it.
    name: &'a str,
    /// Settings by their names, and whatever else was put there, without secrets.
    configuration: Map<String, Value>,
    /// The passwords that it has, by where they are, such as `stratumPassword` or `pools[1].password`.
    secrets: Vec<String>,
    /// When it was made.
    #[schema(schema_with = schema::time)]
    created_at: Iso,
    /// When it was changed last.
    #[schema(schema_with = schema::time)]
    updated_at: Iso,
}

impl<'a> From<&'a Preset> for Shown<'a> {
    fn from(Preset { id, name, configuration, created_ms, updated_ms }: &'a Preset) -> Self {
        Self {
            uuid: *id,
            name,
            configuration: configuration.shown(),
            secrets: configuration.secrets(),
            created_at: Iso(*created_ms),
            updated_at: Iso(*updated_ms),
        }
    }
}

/// A preset that is gone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Removed<'a> {
    #[serde(flatten)]
    preset: Shown<'a>,
    /// The devices that were given it last.
    associated_devices: Vec<Imprinted<'a>>,
}

/// A whole preset.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct New {
    /// What people call it.
    #[schema(schema_with = schema::preset_name)]
    name: String,
    /// Settings by their names, which are checked, and whatever else is to be kept with them.
    #[schema(schema_with = schema::settings)]
    configuration: Map<String, Value>,
}

impl New {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        let Parts { name, configuration } = Parts::read(fields)?;
        let missing = |field: &str| Flaw::body(&[&field], format!("{field} is missing"));
        Ok(Self {
            name: name.ok_or_else(|| missing("name"))?,
            configuration: configuration.ok_or_else(|| missing("configuration"))?,
        })
    }
}

/// Parts of a preset.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Parts {
    /// Its new name.
    #[schema(schema_with = schema::preset_name, required = false)]
    name: Option<String>,
    /// Members that take the place of those of the same name; null takes one away.
    #[schema(schema_with = schema::settings, required = false)]
    configuration: Option<Map<String, Value>>,
}

impl Parts {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        fields.only(&[&["name", "configuration"], &OURS[..]].concat())?;
        let name = if fields.has("name") { Some(fields.text("name")?.trim().to_owned()) } else { None };
        name.as_deref().map_or(Ok(()), check_name)?;
        let configuration =
            if fields.has("configuration") { Some(fields.object("configuration")?) } else { None };
        Ok(Self { name, configuration })
    }
}

/// `GET /presets`.
async fn list(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    let presets =
        api.farm.presets.ask(ListPresets, ANSWER_WITHIN).await.map_err(Problem::refused("presets"))?;
    let shown: Vec<_> = presets.iter().map(|preset| Shown::from(&**preset)).collect();
    Ok(enveloped(LISTED, shown))
}

/// `POST /presets`.
async fn create(api: web::Data<Api>, http: HttpRequest, body: web::Payload) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let New { name, configuration } = New::read(&read(&api, body).await?)?;
    let create = CreatePreset { name, configuration: Configuration::new(configuration)? };
    let created =
        api.farm.presets.ask(create, CHANGE_WITHIN).await.map_err(Problem::refused("presets"))??;
    Ok(enveloped(CREATED, Shown::from(&*created)))
}

/// `GET /presets/{id}`.
async fn look(api: web::Data<Api>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(enveloped(SHOWN, Shown::from(&*find(&api, &id).await?)))
}

/// `PUT /presets/{id}`.
async fn replace(
    api: web::Data<Api>,
    id: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let New { name, configuration } = New::read(&read(&api, body).await?)?;
    let parts = Parts { name: Some(name), configuration: Some(configuration) };
    alter(&api, &id, Mode::Replace, parts).await
}

/// `PATCH /presets/{id}`.
async fn merge(
    api: web::Data<Api>,
    id: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    alter(&api, &id, Mode::Merge, Parts::read(&read(&api, body).await?)?).await
}

async fn alter(api: &Api, id: &str, mode: Mode, parts: Parts) -> Result<HttpResponse, Problem> {
    let Parts { name, configuration } = parts;
    let configuration = configuration.map(|members| Alteration { mode, members });
    let alter = AlterPreset { id: preset_id(id)?, name, configuration };
    let altered = api.farm.presets.ask(alter, CHANGE_WITHIN).await.map_err(Problem::refused("presets"))??;
    let preset = altered.ok_or_else(|| Problem::NoPreset(id.to_owned()))?;
    Ok(enveloped(CHANGED, Shown::from(&*preset)))
}

async fn read(api: &Api, body: web::Payload) -> Result<Fields, Problem> {
    const EXAMPLE: &str =
        r#"{"name":"Day","configuration":{"stratumURL":"pool.example","stratumPort":3333}}"#;
    Fields::read(body, api.body_limit_bytes, EXAMPLE).await
}

/// `DELETE /presets/{id}`.
async fn remove(api: web::Data<Api>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let preset = preset_id(&id)?;
    let removed = api.farm.presets.ask(RemovePreset(preset), CHANGE_WITHIN).await;
    let removed = removed.map_err(Problem::refused("presets"))??;
    let removed = removed.ok_or_else(|| Problem::NoPreset(id.into_inner()))?;
    let devices = imprint::of_preset(&api, preset).await?;
    let associated_devices = devices.iter().map(Imprinted::from).collect();
    Ok(enveloped(REMOVED, Removed { preset: Shown::from(&*removed), associated_devices }))
}

/// `POST /presets/{id}/apply`.
async fn apply(
    api: web::Data<Api>,
    http: HttpRequest,
    _: NoQuery,
    id: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    origin::refuse_foreign(&http)?;
    let fields = Fields::read(body, api.body_limit_bytes, r#"{"macs":["aa:bb:cc:dd:ee:05"]}"#).await?;
    fields.only(&["macs", "q", "force"])?;
    let targets = Targets::read(&fields)?;
    let preset = find(&api, &id).await?;
    let changes = preset.configuration.changes().map_err(shiftboss_farm::Error::Preset)?;
    let configure = Configure { changes, force: targets.force, preset: Some(preset.id) };
    rollouts::begin(&api, &http, configure, targets.find(&api).await?).await
}

/// A text that is no id is that of no preset.
fn preset_id(text: &str) -> Result<PresetId, Problem> {
    text.parse().map_err(|_| Problem::NoPreset(text.to_owned()))
}

async fn find(api: &Api, id: &str) -> Result<Arc<Preset>, Problem> {
    let known = api.farm.presets.ask(LookPreset(preset_id(id)?), ANSWER_WITHIN).await;
    known.map_err(Problem::refused("presets"))?.ok_or_else(|| Problem::NoPreset(id.to_owned()))
}

/// The preset of this id, if there is one.
pub(super) async fn known(api: &Api, id: &str) -> Result<Option<Arc<Preset>>, Problem> {
    match find(api, id).await {
        Ok(preset) => Ok(Some(preset)),
        Err(Problem::NoPreset(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
