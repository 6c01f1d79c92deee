//! A rollout as it is shown.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use shiftboss_axeos::command::Settings;
use shiftboss_axeos::{Mac, Setting};
use shiftboss_farm::command::Outcome;
use shiftboss_farm::preset::PresetId;
use shiftboss_farm::rollout::{Progress, RolloutId, Share};
use utoipa::ToSchema;

use crate::api::device::Iso;
use crate::api::outcome::Came;
use crate::api::schema;

/// Settings for many devices, and what came of each.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rollout<'a> {
    /// Its id.
    #[schema(schema_with = schema::uuid)]
    id: RolloutId,
    /// `running`, `done`, `cancelled` or `failed`.
    state: &'static str,
    /// When it began.
    #[schema(schema_with = schema::time)]
    begun_at: Iso,
    /// When it ended; null while it runs.
    #[schema(value_type = Option<String>)]
    ended_at: Option<Iso>,
    /// Why it ended before it was done.
    fault: Option<&'a str>,
    /// The preset that the settings are from.
    #[schema(value_type = Option<String>)]
    preset_uuid: Option<PresetId>,
    /// What each device is given, without secrets.
    #[schema(value_type = Map<String, Value>)]
    settings: &'a Settings,
    /// The passwords that each is given, by name.
    #[schema(value_type = Vec<String>)]
    secrets: Vec<Setting>,
    /// Devices by what came of them; `waiting` and `running` too.
    #[schema(value_type = BTreeMap<String, usize>)]
    counts: BTreeMap<&'static str, usize>,
    /// Those that are done in the order in which they were, then those that run, then those that wait.
    devices: Vec<Part<'a>>,
}

/// What came of one device.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RolloutDevice)]
struct Part<'a> {
    /// Which.
    #[schema(value_type = String)]
    mac: Mac,
    #[serde(flatten)]
    came: Came<'a>,
    /// Whether it must be restarted before it acts on all of it.
    needs_restart: bool,
}

impl<'a> From<&'a Progress> for Rollout<'a> {
    fn from(progress: &'a Progress) -> Self {
        let done = progress.done.iter().map(|(mac, share)| Part::new(*mac, share));
        let running = progress.running.keys().map(|mac| Part::pending(*mac, "running"));
        let waiting = progress.waiting.iter().map(|mac| Part::pending(*mac, "waiting"));
        let devices: Vec<_> = done.chain(running).chain(waiting).collect();
        let mut counts = BTreeMap::new();
        for device in &devices {
            *counts.entry(device.came.result()).or_default() += 1;
        }
        let configure = &*progress.configure;
        Self {
            id: progress.id,
            state: state(progress),
            begun_at: Iso(progress.begun_ms),
            ended_at: progress.ended_ms.map(Iso),
            fault: progress.fault.as_deref(),
            preset_uuid: configure.preset,
            settings: configure.changes.settings(),
            secrets: configure.changes.secrets().collect(),
            counts,
            devices,
        }
    }
}

fn state(progress: &Progress) -> &'static str {
    match progress {
        Progress { fault: Some(_), .. } => "failed",
        Progress { ended_ms: None, .. } => "running",
        Progress { cancelled: true, .. } => "cancelled",
        _ => "done",
    }
}

impl<'a> Part<'a> {
    fn new(mac: Mac, share: &'a Share) -> Self {
        match share {
            Share::Told(Outcome { verdict, needs_restart, .. }) => {
                Self { mac, came: verdict.into(), needs_restart: *needs_restart }
            }
            Share::Error(error) => Self { mac, came: Came::failed(error.to_string()), needs_restart: false },
            Share::Cancelled => Self::pending(mac, "cancelled"),
        }
    }

    fn pending(mac: Mac, result: &'static str) -> Self {
        Self { mac, came: Came::plain(result), needs_restart: false }
    }
}

/// What the document shows.
pub(super) fn example() -> Value {
    json!({
        "id": "019a0000-0000-7000-8000-000000000002", "state": "done", "begunAt": "2026-01-31T23:59:50.000Z",
        "endedAt": "2026-01-31T23:59:59.999Z", "fault": null, "presetUuid": null, "settings": {"frequency": 525},
        "secrets": [], "counts": {"verified": 1},
        "devices": [{"mac": "aa:bb:cc:dd:ee:05", "result": "verified", "needsRestart": false}],
    })
}
