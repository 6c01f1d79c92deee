//! Schemas of what stands in paths, queries and bodies, where no type of ours has one.

use serde_json::json;
use shiftboss_farm::preset::NAME_AT_MOST;
use shiftboss_farm::record::State;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::{Object, RefOr, Schema};

/// A MAC address, as it is read.
pub(super) fn mac() -> Object {
    text("aa:bb:cc:dd:ee:05").pattern(Some("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$")).build()
}

pub(super) fn macs() -> RefOr<Schema> {
    ArrayBuilder::new().items(mac()).into()
}

/// Several MAC addresses, at least one.
pub(super) fn some_macs() -> RefOr<Schema> {
    ArrayBuilder::new().items(mac()).min_items(Some(1)).into()
}

/// A time in UTC, to the millisecond.
pub(super) fn time() -> RefOr<Schema> {
    text("2026-01-31T23:59:59.999Z").format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
}

/// Where a device is.
pub(super) fn state() -> RefOr<Schema> {
    const STATES: [State; 6] =
        [State::Idle, State::Waiting, State::Online, State::Stale, State::Offline, State::Restarting];
    text("online").enum_values(Some(STATES.map(|state| json!(state)))).into()
}

/// Settings by their names, and members of any other name. Each setting has more bounds than are told here.
pub(super) fn settings() -> RefOr<Schema> {
    common_settings().into()
}

/// Settings by their names, and nothing else; the commonest of them.
pub(super) fn only_settings() -> RefOr<Schema> {
    common_settings().additional_properties(Some(AdditionalProperties::FreeForm(false))).into()
}

fn common_settings() -> ObjectBuilder {
    let whole = |low: u32, high: u32| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(low)).maximum(Some(high))
    };
    ObjectBuilder::new()
        .property("hostname", text("bitaxe").pattern(Some("^[A-Za-z0-9-]{1,32}$")))
        .property("frequency", whole(1, 65_535))
        .property("coreVoltage", whole(1, 65_535))
        .property("autofanspeed", whole(0, 2))
        .property("manualFanSpeed", whole(0, 100))
        .property("stratumURL", text("pool.example").pattern(Some("^[A-Za-z0-9.-]{1,255}$")))
        .property("stratumPort", whole(1, 65_535))
        .property("stratumUser", text("bc1.bitaxe").pattern(Some("^[A-Za-z0-9._-]{1,255}$")))
        .property("stratumPassword", text("x").pattern(Some("^[A-Za-z0-9._-]{0,63}$")))
}

/// An id.
pub(super) fn uuid() -> RefOr<Schema> {
    text("019a0000-0000-7000-8000-000000000001").format(Some(SchemaFormat::Custom("uuid".into()))).into()
}

/// What a preset may be called.
pub(super) fn preset_name() -> RefOr<Schema> {
    text("Day").min_length(Some(1)).max_length(Some(NAME_AT_MOST)).into()
}

/// What a backup may be called.
pub(super) fn backup_name() -> RefOr<Schema> {
    text("before-upgrade").pattern(Some("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")).into()
}

/// One of these words.
pub(super) fn one_of(words: &[&'static str]) -> Object {
    text(words.first().copied().unwrap_or_default()).enum_values(Some(words.iter().copied())).build()
}

pub(super) fn text(example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).examples([example])
}
